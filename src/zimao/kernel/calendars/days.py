"""Working days: the statutory calendar with its shifted working days, the closures of a zone, deadlines that may stand still.

The day after the start is day 1 (行政许可法 art. 82: periods are in working days). No Django, no database, no clock.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

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
        """The ``days``-th working day after ``start``; ``start`` itself for 0. ValueError when ``days`` is negative."""
        if days < 0:
            raise ValueError("a period has no negative days")
        if days == 0:
            return DueDate(start, self.is_provisional(start))
        place = self._place(start) + days - 1
        while place >= len(self._worked):
            self._grow()
        found = date.fromordinal(self._worked[place])
        return DueDate(found, any(year not in self.years for year in range(start.year, found.year + 1)))

    def count(self, after: date, until: date) -> int:
        """The working days later than ``after``, up to and including ``until``; 0 when there are none."""
        while until.toordinal() >= self._reach:
            self._grow()
        return max(self._place(until) - self._place(after), 0)

    def due(self, start: date, days: int, suspensions: Sequence[Suspension] = (), extension: int = 0) -> DueDate:
        """The last day of a period of ``days`` plus ``extension`` working days; days under a suspension do not count.

        While a suspension has no end yet its days are counted, and the day is provisional.
        """
        if not suspensions:
            return self.nth(start, days + extension)
        closed = [one for one in suspensions if one.answered is not None]
        wanted = days + extension
        found = self.nth(start, wanted)
        while (missing := wanted - self.elapsed(start, found.date, closed)) > 0:
            found = DueDate(self.nth(found.date, missing).date, found.provisional)
        still = len(closed) < len(suspensions)
        return DueDate(found.date, still or any(year not in self.years for year in range(start.year, found.date.year + 1)))

    def elapsed(self, start: date, on: date, suspensions: Sequence[Suspension] = ()) -> int:
        """Day n of the clock on ``on``: working days after ``start`` up to and including ``on`` that no suspension covers."""
        spans = [(max(one.notice, start), min(one.answered or on, on)) for one in suspensions]
        return self.count(start, on) - sum(self.count(first, last) for first, last in _merged(spans))

    # --- the sorted ordinals of worked days, grown year by year when a later one is asked for ---

    @cached_property
    def _worked(self) -> list[int]:
        return []

    @cached_property
    def _bounds(self) -> list[int]:
        first = min([*self.years, 2004]) if self.years else 2004
        return [first, first]

    @property
    def _reach(self) -> int:
        return date(self._bounds[1], 1, 1).toordinal() if self._bounds[1] > self._bounds[0] else 0

    def _grow(self) -> None:
        year = self._bounds[1]
        if year >= date.max.year:
            raise ValueError("no such day")
        first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
        self._worked.extend(one for one in range(first, last + 1) if self.is_working(date.fromordinal(one)))
        self._bounds[1] = year + 1

    def _place(self, day: date) -> int:
        """How many worked days there are up to and including ``day``."""
        if day.year < self._bounds[0]:
            raise ValueError(f"working days are known from {self._bounds[0]}")
        while day.toordinal() >= self._reach:
            self._grow()
        return bisect_right(self._worked, day.toordinal())


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

