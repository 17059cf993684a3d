"""The plan of a case, by the critical-path method, over the same diagram that runs it.

The path that the given decisions take is unrolled (``network.py``), then two passes give every date:

* forward: how early each task ends if every task not yet done uses its whole period, or what the caller knows better;
* backward from the target: how late it may end without moving the last day.

Times are whole working days of the case's clock. Day 0 is the day from which the periods are counted; the day after is day 1
(行政许可法 art. 82: periods are in working days). No Django, no database, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from zimao.kernel.cases.diagram import Diagram
from zimao.kernel.cases.expressions import Fact
from zimao.kernel.cases.network import Network, Times, backward, forward, network_of
from zimao.kernel.text import Text, t

__all__ = ["Calendar", "Known", "Planned", "RedFlag", "Schedule", "Strand", "plan"]

Actual = tuple[date, date | None]


class DueDate(Protocol):
    """A day, and whether the calendar of its year is released yet."""

    @property
    def date(self) -> date: ...
    @property
    def provisional(self) -> bool: ...


class Calendar(Protocol):
    """What the plan asks of a working-day calendar (``kernel.calendars.WorkingCalendar`` is one)."""

    def due(self, start: date, days: int, suspensions: Any = ()) -> DueDate:
        """The day on which ``days`` working days after ``start`` are used up."""
        ...

    def elapsed(self, start: date, on: date, suspensions: Any = ()) -> int:
        """The number of working days after ``start``, up to and with ``on``, that count."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a case beyond its periods.

    ``facts``: the routing facts so far, decisions included; where they leave a gateway open the plan takes the happy path.
    ``durations``: working days that replace the period of single elements. ``done``: the actual first and last day of tasks
    (last day None while open). ``suspensions``: the stretches in which the clock stands still, as the calendar understands
    them. ``today``: no task that is not done can end before it.
    """

    facts: Mapping[str, Fact] = field(default_factory=dict)
    durations: Mapping[str, int] = field(default_factory=dict)
    done: Mapping[str, Actual] = field(default_factory=dict)
    suspensions: Sequence[Any] = ()
    today: date | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """One user task in the plan. ``*_day`` are day numbers of the case's clock, the dates are theirs.

    ``float_days`` is how many days it can still slip before the target moves: 0 on the critical path of a plan that just
    meets its target, below 0 when the target is missed. ``due`` is the end of its legal period, whatever the plan says.
    """

    element: str
    name: Text
    track: str
    start_day: int
    finish_day: int
    due_day: int
    latest_day: int
    start: date
    finish: date
    due: date
    latest: date
    float_days: int
    critical: bool
    done: bool


@dataclass(frozen=True, slots=True)
class Strand:
    """A track of the case (a certificate, a document) in the plan: from its first task to its last."""

    track: str
    start_day: int
    finish_day: int
    due_day: int
    start: date
    finish: date
    due: date
    float_days: int
    critical: bool
    done: bool


@dataclass(frozen=True, slots=True)
class RedFlag:
    """The first day on which the prognosis exceeds the target, the task that moved it, and why in words."""

    day: int
    date: date
    element: str
    reason: Text


@dataclass(frozen=True, slots=True)
class Schedule:
    """The plan of a case: ``total_days`` to the end of its last task, at most ``target_days`` wanted."""

    start: date
    finish: date
    provisional: bool
    total_days: int
    target_days: int
    today_day: int | None
    elements: tuple[Planned, ...]
    tracks: tuple[Strand, ...]
    red_from: RedFlag | None

    def element(self, key: str) -> Planned:
        """The planned task of that element; KeyError when the path does not pass it."""
        for one in reversed(self.elements):
            if one.element == key:
                return one
        raise KeyError(key)

    def track(self, key: str) -> Strand:
        """The strand of that track; KeyError when the path has none."""
        for one in self.tracks:
            if one.track == key:
                return one
        raise KeyError(key)


def plan(
    diagram: Diagram,
    periods: Mapping[str, int],
    start: date,
    calendar: Calendar,
    known: Known | None = None,
    *,
    target: int | None = None,
) -> Schedule:
    """The schedule of a case that began on ``start``, from its diagram, the working days of each period and what is known.

    ``target`` is the number of days promised; without it, what the periods add up to. Raises KeyError for a period key that
    ``periods`` does not hold, ValueError when the path of the decisions comes to no end.
    """
    known = known or Known()
    network = network_of(diagram, known.facts, periods)
    clock = _Clock(calendar, start, known.suspensions)
    actual = {element: (clock.day(first), None if last is None else clock.day(last)) for element, (first, last) in known.done.items()}
    today_day = None if known.today is None else clock.day(known.today)
    norm = forward(network, {}, {}, None)
    wanted = max(norm.finish, default=0) if target is None else target
    told = forward(network, known.durations, actual, today_day)
    total = max(told.finish, default=0)
    elements = _planned(network, clock, told, backward(network, told, wanted))
    red = _red(elements, backward(network, norm, wanted), total, wanted, clock) if total > wanted else None
    last = calendar.due(start, total, known.suspensions)
    return Schedule(
        start=start,
        finish=last.date,
        provisional=last.provisional,
        total_days=total,
        target_days=wanted,
        today_day=today_day,
        elements=elements,
        tracks=_strands(elements),
        red_from=red,
    )


# --- the result ------------------------------------------------------------------------------------------------------


class _Clock:
    """Day numbers to dates and back, each date asked for once."""

    def __init__(self, calendar: Calendar, start: date, suspensions: Sequence[Any]) -> None:
        self._calendar = calendar
        self._start = start
        self._suspensions = suspensions
        self._dates: dict[int, date] = {}

    def day(self, on: date) -> int:
        """The day number of a date."""
        return self._calendar.elapsed(self._start, on, self._suspensions)

    def date(self, day: int) -> date:
        """The date of a day number; day 0 and before it are the start."""
        if day <= 0:
            return self._start
        if day not in self._dates:
            self._dates[day] = self._calendar.due(self._start, day, self._suspensions).date
        return self._dates[day]


def _planned(network: Network, clock: _Clock, times: Times, latest: list[int]) -> tuple[Planned, ...]:
    slip = max(times.finish, default=0) - max(latest, default=0)
    return tuple(
        Planned(
            element=activity.node.id,
            name=activity.node.name,
            track=activity.node.track,
            start_day=times.start[index],
            finish_day=times.finish[index],
            due_day=times.due[index],
            latest_day=latest[index],
            start=clock.date(times.start[index]),
            finish=clock.date(times.finish[index]),
            due=clock.date(times.due[index]),
            latest=clock.date(latest[index]),
            float_days=latest[index] - times.finish[index],
            critical=latest[index] + slip == times.finish[index],
            done=times.done[index],
        )
        for index, activity in enumerate(network)
    )


def _strands(elements: Sequence[Planned]) -> tuple[Strand, ...]:
    by_track: dict[str, list[Planned]] = {}
    for one in elements:
        if one.track:
            by_track.setdefault(one.track, []).append(one)
    return tuple(
        Strand(
            track=track,
            start_day=min(one.start_day for one in members),
            finish_day=max(one.finish_day for one in members),
            due_day=max(one.due_day for one in members),
            start=min(one.start for one in members),
            finish=max(one.finish for one in members),
            due=max(one.due for one in members),
            float_days=min(one.float_days for one in members),
            critical=any(one.critical for one in members),
            done=all(one.done for one in members),
        )
        for track, members in by_track.items()
    )


_REASON = t(
    "“{name}”最迟应在第{latest}个工作日结束，现预计第{finish}个工作日结束；全程将需{total}个工作日，超过{target}个工作日的目标",
    "“{name}” had to end by working day {latest} and is now expected on day {finish}; the whole will take {total} working days, "
    "more than the {target} aimed at",
)


def _red(elements: Sequence[Planned], latest: Sequence[int], total: int, target: int, clock: _Clock) -> RedFlag:
    """The task that passed its latest day first: on the day after, what was known already exceeded the target."""
    late = [index for index, one in enumerate(elements) if one.finish_day > latest[index]]
    first = min(late, key=lambda index: (latest[index], index))
    one, day = elements[first], max(latest[first] + 1, 1)
    reason = _REASON.fill(name=one.name, latest=latest[first], finish=one.finish_day, total=total, target=target)
    return RedFlag(day, clock.date(day), one.element, reason)
