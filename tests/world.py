"""The demonstration as the world of the cross-cutting tests: two zones, every role, cases at every stage."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from zimao.kernel.calendars.operations import load_statutory_years
from zimao.kernel.manifest import services
from zimao.kernel.operations import Act, Actor
from zimao.kernel.parties.demo import load_demo
from zimao.kernel.parties.models import User
from zimao.kernel.parties.roles import registered_roles

__all__ = ["Writes", "act_with", "load_world", "people", "roles"]


def load_world() -> None:
    """What ``zimao demo`` loads, in the database of the test."""
    now = timezone.now()
    load_statutory_years(now)
    load_demo(now)
    for service in services():
        if service.demo is not None:
            service.demo(now)


@cache
def roles() -> tuple[str, ...]:
    """Every registered role."""
    return tuple(sorted(registered_roles()))


def act_with(role: str, at: datetime | None = None) -> Act:
    """An act of somebody who holds just this role in the first zone and has nothing to do with anything there."""
    return Act(Actor(None, None, "FZ", frozenset({role}), "stranger"), at or timezone.now())


def people() -> dict[str, str]:
    """A sign-in name for each kind of account of the demonstration, by role."""
    found: dict[str, str] = {}
    for user in User.objects.filter(is_active=True).order_by("pk").prefetch_related("memberships"):
        held = [row.role for row in user.memberships.all()] or ["applicant"]
        for role in held:
            found.setdefault(role, user.username)
    return found


class Writes(CaptureQueriesContext):
    """The statements of a block that change the database."""

    def __init__(self) -> None:
        super().__init__(connection)

    @property
    def found(self) -> list[str]:
        """Such statements, shortened."""
        words = ("INSERT", "UPDATE", "DELETE")
        return [one["sql"][:200] for one in self.captured_queries if one["sql"].lstrip().upper().startswith(words)]
