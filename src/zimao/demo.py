"""``zimao demo``: everything that a visitor needs to try the platform, made where it is missing.

Two zones, accounts with one published password, the statutory calendars, the demo certificate authority, and what each
service adds. Nothing here runs by itself: the command asks for it. Running it again adds nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from zimao.kernel.calendars.operations import load_statutory_years
from zimao.kernel.documents import seals
from zimao.kernel.manifest import services
from zimao.kernel.parties.demo import DEMO_PASSWORD, load_demo
from zimao.kernel.parties.models import Membership, User
from zimao.kernel.parties.roles import APPLICANT, role_label
from zimao.kernel.text import Text, t

__all__ = ["Loaded", "accounts", "load"]

SHOWN = ("owner", "agent", "citizen", "acceptance1", "registration1", "manning1", "approver1", "certificate_room1", "supervisor1", "admin")
"""The accounts worth printing at every start; ``zimao parties users`` lists the rest."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the demonstration consists of now."""

    accounts: Sequence[tuple[str, Text, str]]
    years: int
    services: Sequence[Text]

    def as_dict(self, language: str) -> dict[str, Any]:
        """For ``--json``."""
        rows = [{"username": name, "role": role.into(language), "zones": zones} for name, role, zones in self.accounts]
        done = [name.into(language) for name in self.services]
        return {"password": DEMO_PASSWORD, "accounts": rows, "calendar_years_added": self.years, "services": done}

    def lines(self, language: str) -> list[str]:
        """For people."""
        head = t(
            "演示数据已就绪，{count} 个账户，密码均为 {password}",
            "The demonstration is ready: {count} accounts, all with the password {password}",
        )
        found = [head.fill(count=len(self.accounts), password=DEMO_PASSWORD).into(language)]
        found += [f"  {name:<20}{zones:<8}{role.into(language)}" for name, role, zones in self.accounts]
        if not settings.DEMO:
            shut = t("注意：未设置 ZIMAO_DEMO=1，演示密码不能登录", "Note: without ZIMAO_DEMO=1 the published password opens nothing")
            found.append(shut.into(language))
        return found


def load(told: Callable[[str], object]) -> Loaded:
    """Bring the database up to date and load the demonstration; ``told`` hears each step."""
    told("数据库 · database")
    call_command("migrate", interactive=False, verbosity=0)
    now = timezone.now()
    told("工作日历 · calendars")
    years = load_statutory_years(now)
    told("账户 · accounts")
    made = load_demo(now)
    seals.demo_ca()
    for service in services():
        if service.demo is not None:
            told(f"{service.name.zh} · {service.name.en}")
            service.demo(now)
    return Loaded(made, years, [service.name for service in services() if service.demo is not None])


def accounts() -> list[tuple[str, Text]]:
    """Those of the accounts in ``SHOWN`` that exist, with their roles."""
    users = {user.username: user for user in User.objects.filter(username__in=SHOWN)}
    held = dict.fromkeys(users, "")
    for row in Membership.objects.filter(user__in=users.values()).order_by("pk"):
        held[row.user.username] = held[row.user.username] or row.role
    return [(name, role_label(held[name] or APPLICANT)) for name in SHOWN if name in users]
