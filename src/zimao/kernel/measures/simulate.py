"""Runs many cases of one scenario through its diagram in simulated working time, and writes down what happened.

Time is working hours since the beginning of the first day, so nobody works at night: the calendar comes in when the hours are
turned into instants. Arrivals go on until every measured case has ended; the cases before them warm the desks up, those after
them keep the desks busy, and neither is measured. The same scenario and seed give the same rows. No Django, no database.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import simpy

from zimao.kernel.cases.diagram import Node
from zimao.kernel.cases.schedule import Calendar
from zimao.kernel.cases.token import Machine
from zimao.kernel.measures.frame import EVENT_SCHEMA
from zimao.kernel.measures.scenario import Duration, Scenario

__all__ = ["Batch", "Recorded", "at_desks", "dated", "simulate", "stepwise"]

_LATE = 1e-9
"""Hours by which floating-point sums may overshoot the end of a day."""

_STEP_DAYS = 5
"""Simulated working days in one step: some milliseconds of real time."""

_PARTS = 1_000_000
"""Hours are added up as whole millionths, so that no sum depends on the order of its terms."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One independent replication: ``cases`` measured after ``warm_up`` others, its own number and seed."""

    number: int
    cases: int
    warm_up: int
    seed: int


@dataclass
class Recorded:
    """What a replication left: ``events`` (hours instead of instants) and ``work`` (one row for each task that an officer did)."""

    events: pl.DataFrame
    work: pl.DataFrame


def simulate(scenario: Scenario, batch: Batch) -> Recorded:
    """One replication. ValueError when a case of the diagram comes to a standstill."""
    office = _Office(scenario, batch)
    for _ in office.run():
        pass
    return office.recorded()


def stepwise(scenario: Scenario, batch: Batch) -> Generator[int, None, Recorded]:
    """The same, in small steps; each yields how many measured cases have ended."""
    office = _Office(scenario, batch)
    yield from office.run()
    return office.recorded()


@dataclass(slots=True)
class _Rows:
    """Columns that grow; far cheaper than rows of a frame."""

    columns: tuple[list[Any], ...] = field(default_factory=lambda: tuple([] for _ in range(7)))

    def add(self, *values: Any) -> None:
        for column, value in zip(self.columns, values, strict=True):
            column.append(value)

    def frame(self, schema: dict[str, Any]) -> pl.DataFrame:
        return pl.DataFrame(dict(zip(schema, self.columns, strict=True)), schema=schema)


_EVENTS = {
    "case": pl.Int32,
    "hour": pl.Float64,
    "type": pl.String,
    "element": pl.String,
    "track": pl.String,
    "role": pl.String,
    "data": pl.String,
}
_WORK = {
    "case": pl.Int32,
    "hour": pl.Float64,
    "role": pl.String,
    "element": pl.String,
    "wait": pl.Float64,
    "effort": pl.Float64,
    "took": pl.Float64,
}


class _Office:
    """The desks of a scenario and the cases that come to them."""

    def __init__(self, scenario: Scenario, batch: Batch) -> None:
        self.scenario = scenario
        self.batch = batch
        self.env = simpy.Environment()
        self.desks = {role: simpy.Resource(self.env, officers) for role, officers in scenario.officers.items()}
        self.hours_a_day = scenario.hours_a_day
        self.events = _Rows()
        self.work = _Rows()
        self.left = batch.cases
        self.all_done = self.env.event()

    def run(self) -> Iterator[int]:
        self.env.process(self._arrivals())
        while not self.all_done.triggered:
            self.env.run(until=self.all_done | self.env.timeout(_STEP_DAYS * self.hours_a_day))
            yield self.batch.cases - self.left

    def recorded(self) -> Recorded:
        return Recorded(self.events.frame(_EVENTS), self.work.frame(_WORK))

    def _arrivals(self) -> Generator[Any, Any, None]:
        chance = Random(self.batch.seed)  # noqa: S311 - a simulation wants a seed, not a secret
        rate = self.scenario.arrivals / self.hours_a_day
        for number in count(-self.batch.warm_up):
            yield self.env.timeout(chance.expovariate(rate))
            _Visit(self, number, chance.getrandbits(64)).step()

    def measured(self, number: int) -> bool:
        return 0 <= number < self.batch.cases

    def hours(self, duration: Duration, node: Node, chance: Random) -> float:
        """A drawn length in working hours."""
        return self.scenario.hours_of(duration, duration.draw(chance), node)


class _Visit:
    """One case on its way through the diagram."""

    def __init__(self, office: _Office, number: int, seed: int) -> None:
        self.office = office
        self.number = number
        self.chance = Random(seed)  # noqa: S311 - as above
        self.machine = Machine(office.scenario.diagram, office.scenario.facts)
        self.going: dict[int, simpy.Process] = {}
        self.decided: dict[str, frozenset[str]] = {}
        self.submitted = False
        self.stopped = False
        self._happen(office.scenario.diagram.start, "")

    def step(self) -> None:
        """Bring the work that goes on in line with the tasks that are open."""
        tasks = self.machine.open
        for number in [one for one in self.going if one not in tasks]:
            self.going.pop(number).interrupt()
        for number, node in tasks.items():
            if number not in self.going:
                self._note("task.created", node)
                self.going[number] = self.office.env.process(self._work(number, node))
        if self.machine.finished:
            self._end()
            return
        if not tasks:
            raise ValueError(f"{self.office.scenario.key}: case {self.number} stands still")
        self._mind_the_clock([node.role for node in tasks.values()])

    def _work(self, number: int, node: Node) -> Generator[Any, Any, None]:
        office = self.office
        opened = office.env.now
        plan = office.scenario.work[node.id]
        elapsed = office.hours(plan.elapsed, node, self.chance)
        effort = office.hours(plan.effort, node, self.chance)
        desk = office.desks.get(node.role) if node.role != office.scenario.waiting_role else None
        try:
            if desk is not None and effort > 0:
                with desk.request() as free:
                    yield free
                    wait = office.env.now - opened
                    yield office.env.timeout(effort)
                office.work.add(self.number, opened, node.role, node.id, wait, effort, max(elapsed, wait + effort))
            rest = opened + elapsed - office.env.now
            if rest > 0:
                yield office.env.timeout(rest)
        except simpy.Interrupt:
            return
        del self.going[number]
        self._complete(number, node)
        self.step()

    def _complete(self, number: int, node: Node) -> None:
        choice = self.office.scenario.choices.get(node.id)
        before = self.decided.get(node.id, frozenset())
        decision = choice.draw(self.chance, before) if choice else ""
        self.decided[node.id] = before | {decision}
        self._note("task.completed", node, f'{{"decision": "{decision}"}}' if decision else "{}")
        self._happen(node, decision)
        self.machine.complete(number, decision or None)

    def _happen(self, node: Node, decision: str) -> None:
        """The further events that completing ``node`` brings about."""
        for emission in self.office.scenario.emissions.get(node.id, ()):
            if emission.when not in {"", decision}:
                continue
            if emission.probability < 1 and self.chance.random() >= emission.probability:
                continue
            self.submitted = self.submitted or emission.type == "case.submitted"
            for _ in range(emission.count):
                self._note(emission.type, node, emission.data)

    def _mind_the_clock(self, roles: list[str]) -> None:
        """The clock stands while only those tasks are open that wait for the applicant."""
        waits = all(role == self.office.scenario.waiting_role for role in roles)
        if self.submitted and waits != self.stopped:
            self.stopped = waits
            self._note("clock.suspended" if waits else "clock.resumed", None)

    def _end(self) -> None:
        closed = bool(self.office.scenario.ends_closed.intersection(self.machine.ends))
        self._note("case.closed" if closed else "case.completed", None)
        if self.office.measured(self.number):
            self.office.left -= 1
            if self.office.left == 0:
                self.office.all_done.succeed()

    def _note(self, type_: str, node: Node | None, data: str = "{}") -> None:
        if self.office.measured(self.number):
            element, track, role = (node.id, node.track, node.role) if node else ("", "", "")
            self.office.events.add(self.number, self.office.env.now, type_, element, track, role, data)


# --- working time to instants ----------------------------------------------------------------------------------------


def dated(recorded: Recorded, scenario: Scenario, batch: Batch, calendar: Calendar) -> pl.DataFrame:
    """The events as a case-event frame, with a column ``batch`` more: (replication, tenth of its cases) for confidence intervals.

    A moment that falls on the end of a day belongs to that day, so a task of exactly n days ends n working days later.
    """
    hours = scenario.hours_a_day
    day = ((pl.col("hour") - _LATE) / hours).ceil().clip(lower_bound=0).cast(pl.Int32)
    frame = recorded.events.with_columns(day.alias("day"))
    last = int(frame["day"].max() or 0)  # type: ignore[arg-type]
    dates = [calendar.due(scenario.first_day, number).date for number in range(last + 1)]
    table = pl.DataFrame(
        {"day": range(last + 1), "midnight": list(_midnights(dates, scenario.time_zone))},
        schema={"day": pl.Int32, "midnight": pl.Datetime("us", "UTC")},
    )
    into = pl.col("hour") - (pl.col("day") - 1).clip(lower_bound=0) * hours
    prefix = f"{scenario.key}-{batch.number:03d}-"
    size = max(1, -(-batch.cases // 10))
    return (
        frame.join(table, on="day", how="left", maintain_order="left")
        .select(
            (prefix + pl.col("case").cast(pl.String).str.zfill(5)).alias("case"),
            (pl.col("midnight") + pl.duration(microseconds=(_of_day(into, scenario) * 3.6e9).cast(pl.Int64))).alias("at"),
            "day",
            "type",
            "element",
            "track",
            "role",
            pl.lit("lab").alias("zone"),
            pl.lit(scenario.diagram.key).alias("process_key"),
            "data",
            (batch.number * 10 + pl.col("case") // size).cast(pl.Int32).alias("batch"),
        )
        .cast(EVENT_SCHEMA)  # type: ignore[arg-type]
    )


def _midnights(dates: list[date], time_zone: str) -> Iterator[datetime]:
    zone = ZoneInfo(time_zone)
    return (datetime.combine(one, datetime.min.time(), zone) for one in dates)


def _of_day(into: pl.Expr, scenario: Scenario) -> pl.Expr:
    """Hours since midnight from hours worked today, the pauses put back in."""
    first = scenario.hours[0][0]
    clock = into + first.hour + first.minute / 60
    worked = 0.0
    for (begin, end), (next_begin, _) in zip(scenario.hours, scenario.hours[1:], strict=False):
        worked += (end.hour - begin.hour) + (end.minute - begin.minute) / 60
        pause = (next_begin.hour - end.hour) + (next_begin.minute - end.minute) / 60
        clock = clock + pl.when(into > worked + _LATE).then(pause).otherwise(0.0)
    return clock


def at_desks(work: pl.DataFrame, officers: Mapping[str, int]) -> pl.DataFrame:
    """How the desks fared, from the ``work`` rows of replications with the columns ``replication`` and ``measured`` more.

    Per role: ``officers``, ``tasks``, ``utilisation`` (share of the officers' hours at work, 0 to 1, while measured cases came
    in), ``wait_mean`` and ``wait_p90`` (working hours until an officer was free). Busiest first.
    """
    whole = work.with_columns((pl.col("hour", "wait", "effort") * _PARTS).round().cast(pl.Int64))
    span = whole.filter("measured").group_by("replication").agg(pl.col("hour").min().alias("from"), pl.col("hour").max().alias("to"))
    available = max(int((span["to"] - span["from"]).sum()), 1)
    begun = pl.col("hour") + pl.col("wait")
    busy = (
        whole.join(span, on="replication").filter(begun.is_between("from", "to")).group_by("role").agg(pl.col("effort").sum().alias("busy"))
    )
    waits = (
        whole.filter("measured")
        .group_by("role")
        .agg(
            pl.len().alias("tasks"),
            (pl.col("wait").sum() / pl.len() / _PARTS).alias("wait_mean"),
            (pl.col("wait").quantile(0.9, "higher") / _PARTS).alias("wait_p90"),
        )
    )
    count = pl.col("role").replace_strict(dict(officers), return_dtype=pl.Int64)
    return (
        waits.join(busy, on="role", how="left")
        .with_columns(count.alias("officers"))
        .with_columns((pl.col("busy").fill_null(0) / (pl.col("officers") * available)).clip(upper_bound=1.0).alias("utilisation"))
        .select("role", "officers", "tasks", pl.col("utilisation", "wait_mean", "wait_p90").round(4))
        .sort("utilisation", "role", descending=[True, False])
    )
