"""The calendar of a zone as it is released now.

A year that the installation has not released is as the package ``chinesecalendar`` knows it, so that deadlines are right
before anything is loaded; a year that neither knows is provisional.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

import chinese_calendar
from django.db.models import QuerySet

from zimao.kernel.calendars.days import DueDate, WorkingCalendar
from zimao.kernel.calendars.explaining import CountedDay, counted
from zimao.kernel.calendars.models import CalendarYear, ZoneClosure
from zimao.kernel.errors import Refused
from zimao.kernel.once import once
from zimao.kernel.text import t

__all__ = [
    "FIRST_YEAR",
    "LAST_YEAR",
    "MAX_DAYS",
    "Period",
    "YearSource",
    "calendar_of",
    "closures_of",
    "period",
    "statutory_exceptions",
    "statutory_source",
    "statutory_years",
    "year_source",
]

FIRST_YEAR, LAST_YEAR = 2004, 2100
MAX_DAYS = 2_000
_DAYS = t("请填写 0 至 {most} 的整数", "Give a whole number from 0 to {most}").fill(most=MAX_DAYS)
_SOURCE = "国务院办公厅关于{year}年部分节假日安排的通知 (chinesecalendar)"


@dataclass(frozen=True, slots=True)
class YearSource:
    """Where the working days of a year come from; ``released_at`` and the hash are there when it was released here."""

    source: str
    sha256: str = ""
    released_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """A period that was worked out: its last day, and each day on the way there."""

    start: date
    days: int
    due: DueDate
    counted: tuple[CountedDay, ...]

    @property
    def free(self) -> int:
        """How many days on the way do not count."""
        return sum(one.number is None for one in self.counted)


@once
def calendar_of(zone: str) -> WorkingCalendar:
    """The working days of a zone: the released years, else the package's, and its closures. Two queries; the rest is cached."""
    years = tuple(CalendarYear.objects.order_by("year").values_list("year", "sha256", "exceptions"))
    closures = tuple(ZoneClosure.objects.filter(zone_id=zone).order_by("day").values_list("day", "worked"))
    return _calendar(years, closures)


@lru_cache(maxsize=64)
def _calendar(years: tuple[tuple[int, str, str], ...], closures: tuple[tuple[date, bool], ...]) -> WorkingCalendar:
    read = {year: {date.fromisoformat(day): worked for day, worked in json.loads(text).items()} for year, _, text in years}
    return WorkingCalendar(dict(_statutory()) | read, dict(closures))


@lru_cache(maxsize=1)
def _statutory() -> Mapping[int, Mapping[date, bool]]:
    return {year: statutory_exceptions(year) for year in statutory_years()}


def period(zone: str, start: date, days: int) -> Period:
    """The ``days``-th working day after ``start`` in a zone, day by day. Refused before 2004, after 2100, beyond 2,000 days."""
    if not 0 <= days <= MAX_DAYS:
        raise Refused("calendar.days", _DAYS, "days")
    if start.year > LAST_YEAR:
        raise Refused("calendar.range", t("日期过远", "The day is too far away"), "start")
    calendar = calendar_of(zone)
    found = calendar.nth(start, days)
    return Period(start, days, found, tuple(counted(calendar, start, found.date)))


def closures_of(zone: str, year: int) -> QuerySet[ZoneClosure]:
    """The days of a year on which the zone is closed or open against the calendar."""
    return ZoneClosure.objects.filter(zone_id=zone, day__year=year).order_by("day")


def year_source(year: int) -> YearSource | None:
    """Where a year's working days come from; None when they are not known and Monday to Friday is assumed."""
    row = CalendarYear.objects.filter(year=year).first()
    if row is not None:
        return YearSource(row.source, row.sha256, row.released_at)
    return YearSource(statutory_source(year)) if year in _statutory() else None


def statutory_source(year: int) -> str:
    """What the package's days of a year come from."""
    return _SOURCE.format(year=year)


def statutory_years() -> list[int]:
    """The years that the package ``chinesecalendar`` knows."""
    found: list[int] = []
    year = FIRST_YEAR
    while True:
        try:
            chinese_calendar.is_workday(date(year, 3, 3))
        except NotImplementedError:
            return found
        found.append(year)
        year += 1


def statutory_exceptions(year: int) -> Mapping[date, bool]:
    """The days of a year that are not as their weekday says, by the State Council's notice."""
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    return {day: worked for day in days if day.year == year and (worked := chinese_calendar.is_workday(day)) != (day.weekday() < 5)}
