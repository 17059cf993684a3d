"""What waits for the reader: open tasks and how many are late, open cases, the newest notices."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from zimao.kernel.cases.models import Case, WorkItem
from zimao.kernel.cases.queries import my_cases, work_items
from zimao.kernel.notices.models import Notice
from zimao.kernel.notices.queries import notices_of
from zimao.kernel.operations import Actor
from zimao.kernel.parties.models import User, Zone
from zimao.kernel.parties.roles import APPLICANT
from zimao.portal.navigation import works_on_cases

__all__ = ["Overview", "overview_of"]

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Overview:
    """The signed-in reader's desk on the home page. ``None`` for what the reader's role does not have."""

    tasks: list[WorkItem] | None
    open_tasks: int
    overdue_tasks: int
    cases: list[Case] | None
    open_cases: int
    notices: list[Notice]


def overview_of(actor: Actor) -> Overview:
    """Read the desk: an officer's tasks, an applicant's tasks and cases, everybody's notices (seven queries at most)."""
    has_tasks = works_on_cases(actor) or actor.has(APPLICANT)
    items, mine = work_items(actor), my_cases(actor).filter(status=Case.Status.OPEN)
    user = User.objects.get(pk=actor.user_id or 0)
    tasks = list(items[:_SHOWN]) if has_tasks else None
    counted = _count(actor, items) if tasks else {"open": 0, "overdue": 0}
    cases = list(mine[:_SHOWN]) if actor.has(APPLICANT) else None
    return Overview(
        tasks=tasks,
        open_tasks=counted["open"],
        overdue_tasks=counted["overdue"],
        cases=cases,
        open_cases=mine.count() if cases and len(cases) == _SHOWN else len(cases or ()),
        notices=list(notices_of(user)[:_SHOWN]),
    )


def _count(actor: Actor, items: QuerySet[WorkItem]) -> dict[str, int]:
    """How many tasks there are, and how many of them are past their day in the actor's zone."""
    today = Zone.objects.get(pk=actor.zone).day(timezone.now())
    found: dict[str, int] = items.order_by().aggregate(open=Count("pk"), overdue=Count("pk", filter=Q(due_on__lt=today)))
    return found
