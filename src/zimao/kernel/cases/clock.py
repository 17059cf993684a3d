"""The clock of a case: which day it is, when a task is due, and what stops the counting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from zimao.kernel.calendars import DueDate, WorkingCalendar, calendar_of
from zimao.kernel.calendars import Suspension as Pause
from zimao.kernel.cases.diagram import Diagram
from zimao.kernel.cases.models import Case, WorkItem

__all__ = ["CaseClock", "period_of"]


@dataclass(frozen=True)
class CaseClock:
    """Working-day arithmetic for one case: its zone's calendar, its suspensions, its periods."""

    calendar: WorkingCalendar
    zone: ZoneInfo
    pauses: tuple[Pause, ...]
    running: bool

    @staticmethod
    def of(case: Case) -> CaseClock:
        """The clock of ``case`` as it stands in the database."""
        kept = list(case.suspensions.all())
        pauses = tuple(Pause(one.noticed_on, one.answered_on) for one in kept)
        return CaseClock(calendar_of(case.zone_id), ZoneInfo(case.zone.time_zone), pauses, all(one.answered_on for one in kept))

    def day(self, instant: datetime) -> date:
        """The legal date of an instant in the zone."""
        return instant.astimezone(self.zone).date()

    def end_of(self, day: date) -> datetime:
        """The instant at which ``day`` is over in the zone, in UTC."""
        return datetime.combine(day + timedelta(days=1), time(), self.zone).astimezone(UTC)

    def due(self, opened: datetime, days: int, extension: int = 0) -> DueDate:
        """The last day of a period of ``days`` working days that began on the day of ``opened``."""
        return self.calendar.due(self.day(opened), days, self.pauses, extension)

    def half(self, opened: datetime, days: int) -> DueDate:
        """The day on which half of the period is used up."""
        return self.calendar.due(self.day(opened), ceil(days / 2), self.pauses)

    def elapsed(self, since: datetime, on: date) -> int:
        """Day n of the clock on ``on``: working days after the day of ``since``, pauses left out."""
        return self.calendar.elapsed(self.day(since), on, self.pauses)


def period_of(case: Case, item: WorkItem, diagram: Diagram, days: Mapping[str, int]) -> tuple[datetime, int] | None:
    """Where the period of a task began and how many working days it has; None when the diagram gives it none.

    ``days`` are the periods in force. A task that shares a window (``within``) is due when the task that opened it was due.
    """
    node = diagram.nodes[item.element]
    if node.period:
        return item.opened_at, days[node.period]
    if node.within:
        openers = [one.id for one in diagram.nodes.values() if one.period == node.within]
        opener = WorkItem.objects.filter(case=case, element__in=openers).order_by("-pk").first()
        return (opener.opened_at if opener else item.opened_at), days[node.within]
    return None
