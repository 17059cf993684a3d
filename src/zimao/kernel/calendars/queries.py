"""The calendar of a zone as it is released now."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar

from zimao.kernel.calendars.days import WorkingCalendar
from zimao.kernel.calendars.models import CalendarYear, ZoneClosure

__all__ = ["calendar_of", "statutory_exceptions", "statutory_years"]

FIRST_YEAR = 2004


def calendar_of(zone: str) -> WorkingCalendar:
    """The working days of a zone: the released years and its own closures. Two queries; the calendar itself is cached."""
    years = tuple(CalendarYear.objects.order_by("year").values_list("year", "sha256", "exceptions"))
    closures = tuple(ZoneClosure.objects.filter(zone_id=zone).order_by("day").values_list("day", "worked"))
    return _calendar(years, closures)


@lru_cache(maxsize=64)
def _calendar(years: tuple[tuple[int, str, str], ...], closures: tuple[tuple[date, bool], ...]) -> WorkingCalendar:
    read = {year: {date.fromisoformat(day): worked for day, worked in json.loads(text).items()} for year, _, text in years}
    return WorkingCalendar(read, dict(closures))


def statutory_years() -> list[int]:
    """The years that the package ``chinesecalendar`` knows."""
    found, year = [], FIRST_YEAR
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
