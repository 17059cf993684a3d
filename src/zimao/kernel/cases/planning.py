"""The plan of a running case, from the diagram it runs on: the forecast, the plan by the periods alone, and what really happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from zimao.kernel.cases.clock import CaseClock
from zimao.kernel.cases.models import Case, WorkItem
from zimao.kernel.cases.processes import diagram_of, process
from zimao.kernel.cases.queries import restored
from zimao.kernel.cases.schedule import Known, Planned, Schedule, plan
from zimao.kernel.text import Text

__all__ = ["Bar", "Chart", "Row", "case_chart", "case_schedule"]

Actual = dict[str, tuple[date, date | None]]


def case_schedule(case: Case, today: date | None = None) -> Schedule:
    """The plan of a case: what is done at its actual dates, the rest by its periods.

    KeyError for a period that is in no table, ValueError when the path of its decisions comes to no end.
    """
    clock = CaseClock.of(case)
    return _schedule(case, clock, _known(case, clock, today))


def _known(case: Case, clock: CaseClock, today: date | None) -> Known:
    return Known(facts=restored(case).facts, done=_actual(case, clock), suspensions=clock.pauses, today=today)


def _schedule(case: Case, clock: CaseClock, known: Known) -> Schedule:
    spec, start = process(case.process_key), clock.day(case.submitted_at)
    periods, target = spec.periods(case.zone_id, start), spec.target(case.zone_id, start)
    return plan(diagram_of(case.process_sha256), periods, start, clock.calendar, known, target=target)


def _actual(case: Case, clock: CaseClock) -> Actual:
    """First and last day of each task; of one that was done twice, those of the first time."""
    found: Actual = {}
    kept = (item for item in case.work_items.all() if item.status != WorkItem.Status.CANCELLED)
    for item in sorted(kept, key=lambda item: item.pk):
        found.setdefault(item.element, (clock.day(item.opened_at), clock.day(item.done_at) if item.done_at else None))
    return found


# --- the chart of planned and actual ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bar:
    """A step of a row. ``kind``: ``planned`` by its period, ``done``, ``running``, ``late``, or ``forecast``."""

    kind: str
    name: Text
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Row:
    """A track, or a step that belongs to none. ``finish`` is when it ended or is expected to end; ``due`` its legal end."""

    key: str
    name: Text | None
    planned: tuple[Bar, ...]
    actual: tuple[Bar, ...]
    due: date
    finish: date
    done: bool
    late: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """Planned and actual, row by row. ``statutory`` is the day on which all periods are used up, ``target`` the promised day."""

    rows: tuple[Row, ...]
    first: date
    last: date
    today: date
    statutory: date
    target: date
    target_days: int
    schedule: Schedule
    free_days: tuple[date, ...]


def case_chart(case: Case, today: date) -> Chart:
    """What the Gantt of a case shows. KeyError and ValueError as for :func:`case_schedule`."""
    clock = CaseClock.of(case)
    is_open = case.status == Case.Status.OPEN
    known = _known(case, clock, today if is_open else None)
    told = _schedule(case, clock, known)
    norm = _schedule(case, clock, Known(facts=known.facts, suspensions=known.suspensions))
    rows = tuple(_rows(norm, told, dict(known.done), today, is_open))
    statutory = max((one.due for one in norm.elements), default=norm.finish)
    target = clock.calendar.due(norm.start, norm.target_days, clock.pauses).date
    ends = [bar.last for row in rows for bar in (*row.planned, *row.actual)]
    last = max([statutory, target, *ends, *([today] if is_open else [])]) + timedelta(days=1)
    days = (norm.start + timedelta(days=n) for n in range((last - norm.start).days + 1))
    free = tuple(day for day in days if not clock.calendar.is_working(day))
    return Chart(rows, norm.start, last, today, statutory, target, norm.target_days, told, free)


def _rows(norm: Schedule, told: Schedule, actual: Actual, today: date, is_open: bool) -> list[Row]:
    planned: dict[str, list[Planned]] = {}
    for one in norm.elements:
        planned.setdefault(one.track or one.element, []).append(one)
    forecast: dict[str, list[Planned]] = {}
    for one in told.elements:
        forecast.setdefault(one.track or one.element, []).append(one)
    return [_row(key, steps, forecast.get(key, []), actual, (today, is_open)) for key, steps in planned.items()]


def _row(key: str, norm: list[Planned], told: list[Planned], actual: Actual, now: tuple[date, bool]) -> Row:
    today, is_open = now
    bars = [bar for one in told if (bar := _bar(one, actual, today, is_open)) is not None]
    due = max(one.due for one in norm)
    finish = max((bar.last for bar in bars), default=max(one.finish for one in norm))
    track = norm[0].track
    return Row(
        key=key,
        name=None if track else norm[0].name,
        planned=tuple(Bar("planned", one.name, one.start, one.due) for one in norm),
        actual=tuple(bars),
        due=due,
        finish=finish,
        done=bool(told) and all(one.done for one in told),
        late=finish > due,
    )


def _bar(one: Planned, actual: Actual, today: date, is_open: bool) -> Bar | None:
    """What a step did, is doing, or is expected to do; a step that never came in a case that has ended has no bar."""
    if one.element not in actual:
        return Bar("forecast", one.name, one.start, one.finish) if is_open else None
    first, last = actual[one.element]
    if last is not None:
        return Bar("done", one.name, first, last)
    return Bar("late" if one.due < today else "running", one.name, first, max(today, first))
