"""Live cases as the frame that the lab fills too: the history of ended cases, each moment with its working day."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

from zimao.kernel.calendars import WorkingCalendar, calendar_of
from zimao.kernel.cases.models import Case, CaseEvent
from zimao.kernel.measures.frame import EVENT_SCHEMA
from zimao.kernel.parties.models import Zone

__all__ = ["live_events"]

_COLUMNS = ("case__number", "at", "type", "element", "track", "data", "case__zone_id", "case__process_key")


class _Row(NamedTuple):
    case: str
    at: datetime
    type: str
    element: str
    track: str
    data: str
    zone: str
    process_key: str


class _Days:
    """Instants of a zone to ordinals of its working days."""

    def __init__(self, zone: Zone) -> None:
        self._calendar: WorkingCalendar = calendar_of(zone.code)
        self._time_zone = ZoneInfo(zone.time_zone)
        self.of_date = lru_cache(maxsize=None)(self._of_date)

    def of(self, at: datetime) -> int:
        """The ordinal of the date on which ``at`` falls in the zone."""
        return self.of_date(at.astimezone(self._time_zone).date())

    def _of_date(self, day: date) -> int:
        return self._calendar.count(date(min(self._calendar.years, default=2000), 1, 1), day)


def live_events(service: str, zone: str, since: datetime, until: datetime) -> pl.DataFrame:
    """All events of the service's cases that were completed from ``since`` to before ``until``, in ``zone`` or (empty) everywhere.

    Columns as EVENT_SCHEMA: no name of a person is among them. A stop or start of the clock counts on the day that its
    notice names. A handful of queries, whatever the number of cases.
    """
    done = Case.objects.filter(service=service, status=Case.Status.COMPLETED, closed_at__gte=since, closed_at__lt=until)
    if zone:
        done = done.filter(zone_id=zone)
    days = {one.code: _Days(one) for one in Zone.objects.filter(pk__in=done.values("zone_id"))}
    rows = CaseEvent.objects.filter(case__in=done).order_by("case__number", "at", "pk").values_list(*_COLUMNS)
    return pl.DataFrame(list(_told(map(_Row._make, rows.iterator(chunk_size=5000)), days)), schema=EVENT_SCHEMA, orient="row")


def _told(rows: Iterable[_Row], days: dict[str, _Days]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        data = json.loads(row.data)
        named = data.get("on") if row.type in {"clock.suspended", "clock.resumed"} else None
        zone = days[row.zone]
        day = zone.of_date(date.fromisoformat(named)) if named else zone.of(row.at)
        role = str(data.get("role", ""))
        yield row.case, row.at, day, row.type, row.element, row.track, role, row.zone, row.process_key, row.data
