"""Taking items so that no other worker takes them: a lease in the row, set in a short transaction of its own.

On PostgreSQL workers pass by the rows that another is just taking (SKIP LOCKED); on SQLite transactions begin IMMEDIATE, so
there is only one taker at a time. The lease outlives the transaction: a worker that dies gives its items back when it ends.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from django.db import models
from django.db.models import F, Q

__all__ = ["give_back_lease", "skip_taken", "take_lease", "unheld"]

M = TypeVar("M", bound=models.Model)


def unheld(now: datetime) -> Q:
    """Rows that nobody holds at ``now``."""
    return Q(leased_until=None) | Q(leased_until__lte=now)


def skip_taken(found: models.QuerySet[M]) -> models.QuerySet[M]:
    """``found``, locked, without the rows another transaction has locked. A database without row locks ignores it."""
    return found.select_for_update(skip_locked=True, of=("self",))


def take_lease(found: list[M], until: datetime) -> None:
    """Write the lease and count the attempt, in the caller's transaction: an attempt that kills the worker counts too."""
    model = type(found[0])
    model._default_manager.filter(pk__in=[row.pk for row in found]).update(leased_until=until, attempts=F("attempts") + 1)


def give_back_lease(found: list[M], until: datetime) -> None:
    """Undo :func:`take_lease` for rows that were not tried after all."""
    if found:
        model = type(found[0])
        mine = model._default_manager.filter(pk__in=[row.pk for row in found], leased_until=until)
        mine.update(leased_until=None, attempts=F("attempts") - 1)
