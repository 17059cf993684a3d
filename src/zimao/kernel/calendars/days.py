"""Working days: the statutory calendar with its shifted working days, the closures of a zone, deadlines that may stand still.

The day after the start is day 1 (行政许可法 art. 82: periods are in working days). No Django, no database, no clock.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from zimao.kernel.errors import Refused
from zimao.kernel.text import t

__all__ = ["DueDate", "Suspension", "WorkingCalendar"]


@dataclass(frozen=True, slots=True)
class DueDate:
    """The last day of a period; ``provisional`` when it lies in, or crosses, a year whose calendar is not released yet."""

    date: date
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Suspension:
    """The clock stands still on the days after ``notice`` up to and including ``answered``; still standing when that is None."""

    notice: date
    answered: date | None = None

    def covers(self, day: date) -> bool:
        """True when ``day`` does not count."""
        return self.notice < day and (self.answered is None or day <= self.answered)


@dataclass(frozen=True)
class WorkingCalendar:
    """Which days are worked.

    ``years``: for each released year the days that are not as their weekday says: True for a Saturday or Sunday that is
    worked, False for a weekday that is free. In a year that is not released Monday to Friday are taken as worked, and what
    is computed from them is provisional. ``closures``: exceptions of the zone, which win over the year.
    """

    years: Mapping[int, Mapping[date, bool]]
    closures: Mapping[date, bool] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        """True when ``day`` is worked."""
        if day in self.closures:
            return self.closures[day]
        return self.years.get(day.year, {}).get(day, day.weekday() < 5)

    def is_provisional(self, day: date) -> bool:
        """True when the year of ``day`` is not released."""
        return day.year not in self.years

    def nth(self, start: date, days: int) -> DueDate:
        """The ``days``-th working day after ``start``; ``start`` itself for 0. ValueError when ``days`` is negative.

        Refused for a start before the first year that is known.
        """
        if days < 0:
            raise ValueError("a period has no negative days")
        if days == 0:
            return DueDate(start, self.is_provisional(start))
        self._refuse_before_the_first(start)
        year = start.year + days // 200
        worked = self._worked(year)
        place = bisect_right(worked, start.toordinal()) + days - 1
        while place >= len(worked):
            year += 1
            worked = self._worked(year)
        found = date.fromordinal(worked[place])
        return DueDate(found, self._crosses_unreleased(start, found))

    def count(self, after: date, until: date) -> int:
        """The working days later than ``after``, up to and including ``until``; 0 when there are none."""
        if until <= after:
            return 0
        worked = self._worked(until.year)
        self._refuse_before_the_first(after)
        return bisect_right(worked, until.toordinal()) - bisect_right(worked, after.toordinal())

    def due(self, start: date, days: int, suspensions: Sequence[Suspension] = (), extension: int = 0) -> DueDate:
        """The last day of a period of ``days`` plus ``extension`` working days; days under a suspension do not count.

        While a suspension has no end yet its days are counted, and the day is provisional.
        """
        if not suspensions:
            return self.nth(start, days + extension)
        closed = [one for one in suspensions if one.answered is not None]
        wanted = days + extension
        found = self.nth(start, wanted).date
        while (missing := wanted - self.elapsed(start, found, closed)) > 0:
            found = self.nth(found, missing).date
        return DueDate(found, len(closed) < len(suspensions) or self._crosses_unreleased(start, found))

    def elapsed(self, start: date, on: date, suspensions: Sequence[Suspension] = ()) -> int:
        """Day n of the clock on ``on``: working days after ``start`` up to and including ``on`` that no suspension covers."""
        spans = [(max(one.notice, start), min(one.answered or on, on)) for one in suspensions]
        return self.count(start, on) - sum(self.count(first, last) for first, last in _merged(spans))

    def _crosses_unreleased(self, first: date, last: date) -> bool:
        return any(year not in self.years for year in range(first.year, last.year + 1))

    # --- the sorted ordinals of worked days, up to the end of the latest year that was asked for ---

    @cached_property
    def _first_year(self) -> int:
        return min(self.years, default=2000)

    @cached_property
    def _table(self) -> tuple[int, list[int]]:
        return self._first_year - 1, []

    def _worked(self, year: int) -> list[int]:
        """The worked days from the first known year to the end of ``year`` at least.

        A longer table replaces the shorter one in one step, so threads that share a calendar never see half of one.
        """
        last, worked = self._table
        if year <= last:
            return worked
        if year >= date.max.year:
            raise Refused("calendar.range", t("期限过长", "The period is too long"), "days")
        longer = list(worked)
        for one in range(last + 1, year + 1):
            days = range(date(one, 1, 1).toordinal(), date(one + 1, 1, 1).toordinal())
            longer.extend(number for number in days if self.is_working(date.fromordinal(number)))
        self.__dict__["_table"] = (year, longer)
        return longer

    def _refuse_before_the_first(self, day: date) -> None:
        if day.year < self._first_year:
            sentence = t("工作日历自{year}年起有效，请填写之后的日期", "Working days are known from {year}; give a later date")
            raise Refused("calendar.range", sentence.fill(year=self._first_year), "start")


def _merged(spans: Iterable[tuple[date, date]]) -> list[tuple[date, date]]:
    """The same days as non-overlapping spans, so that a day under two suspensions is left out once."""
    found: list[tuple[date, date]] = []
    for first, last in sorted(spans):
        if last <= first:
            continue
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found
