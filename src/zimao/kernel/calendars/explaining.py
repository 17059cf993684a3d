"""Words for a calendar: why a day counts or not, a period day by day, the months of a year. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from zimao.kernel.calendars.days import WorkingCalendar
from zimao.kernel.text import Text, t

__all__ = ["WHY", "CountedDay", "Month", "Why", "counted", "months", "why"]

Why = Literal["weekday", "weekend", "holiday", "shifted", "closed", "opened"]
WHY: Mapping[Why, Text] = {
    "weekday": t("工作日", "Working day"),
    "weekend": t("周末休息", "Weekend"),
    "holiday": t("法定节假日休息", "Public holiday"),
    "shifted": t("调休上班", "Weekend that is worked"),
    "closed": t("片区临时休息", "Closed by the zone"),
    "opened": t("片区临时上班", "Opened by the zone"),
}


@dataclass(frozen=True, slots=True)
class CountedDay:
    """One day of a period: its place in the count, None when it does not count, and why."""

    day: date
    number: int | None
    why: Why

    @property
    def words(self) -> Text:
        """The reason in words."""
        return WHY[self.why]


@dataclass(frozen=True, slots=True)
class Month:
    """A month as weeks from Monday to Sunday (None: a day of another month), with how many days are worked and free."""

    number: int
    weeks: tuple[tuple[tuple[date, Why] | None, ...], ...]
    worked: int
    free: int


def why(calendar: WorkingCalendar, day: date) -> Why:
    """Why ``day`` is worked or free: the zone's word, else the year's, else its weekday."""
    if day in calendar.closures:
        return "opened" if calendar.closures[day] else "closed"
    if calendar.is_working(day):
        return "weekday" if day.weekday() < 5 else "shifted"
    return "holiday" if day.weekday() < 5 else "weekend"


def counted(calendar: WorkingCalendar, start: date, until: date) -> Iterator[CountedDay]:
    """Each day after ``start`` up to and including ``until``, numbered when it counts."""
    number = 0
    for offset in range(1, (until - start).days + 1):
        day = start + timedelta(days=offset)
        is_worked = calendar.is_working(day)
        number += is_worked
        yield CountedDay(day, number if is_worked else None, why(calendar, day))


def months(calendar: WorkingCalendar, year: int) -> tuple[Month, ...]:
    """The twelve months of a year."""
    return tuple(_month(calendar, year, number) for number in range(1, 13))


def _month(calendar: WorkingCalendar, year: int, number: int) -> Month:
    first = date(year, number, 1)
    after = date(year + number // 12, number % 12 + 1, 1)
    days = [first + timedelta(days=offset) for offset in range((after - first).days)]
    cells: list[tuple[date, Why] | None] = [None] * first.weekday()
    cells += [(day, why(calendar, day)) for day in days]
    cells += [None] * (-len(cells) % 7)
    worked = sum(calendar.is_working(day) for day in days)
    weeks = tuple(tuple(cells[place : place + 7]) for place in range(0, len(cells), 7))
    return Month(number, weeks, worked, len(days) - worked)
