"""The lab: the old diagram and the new one under the same load, and what each measure says of both.

Cases are split into independent replications, each with its own seed and its own warm-up, so that a big run uses several
processes and its confidence intervals rest on independent means.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from typing import Any

import polars as pl

from zimao.kernel.cases.schedule import Calendar
from zimao.kernel.measures.measure import Answer, Measure, of_values
from zimao.kernel.measures.scenario import LabOptions, LabSpec, Scenario
from zimao.kernel.measures.simulate import Batch, Recorded, at_desks, dated, simulate, stepwise
from zimao.kernel.measures.stats import counts, interval, spread

__all__ = ["LabResult", "MeasureResult", "Order", "Side", "fingerprint", "lab_steps", "run_lab"]

CASES_A_REPLICATION = 500
WARM_UP_DAYS = 60
"""Working days of arrivals before the first measured case: longer than a case of any procedure here takes, so that the desks are
as full as they will be."""

Progress = Callable[[float], None]
Key = tuple[str, int]
Found = dict[Key, Recorded]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run: measured cases of each diagram, the seed, where and with which changes, how many processes may help."""

    cases: int
    seed: int
    options: LabOptions
    processes: int = 1


@dataclass(frozen=True, slots=True)
class Side:
    """One procedure in one measure: the answer, the 95 % confidence interval of its mean, its histogram counts."""

    answer: Answer
    interval: tuple[float, float] | None
    counts: list[int]


@dataclass(frozen=True, slots=True)
class MeasureResult:
    """One measure: what is claimed, both procedures, the histogram's edges, by how many percent the mean went down."""

    id: str
    title: Mapping[str, str]
    unit: Mapping[str, str]
    baseline: float | None
    claim: float
    direction: str
    old: Side
    new: Side
    edges: list[float]
    reduction: float | None


@dataclass(frozen=True, slots=True)
class LabResult:
    """A run of the lab: how it was made, the measures, the desks.

    ``diagrams`` and ``sources`` name by sha256 or release everything that the numbers stand on; ``inputs_sha256`` is the
    fingerprint of all of it with cases, seed, arrivals and officers.
    """

    service: str
    cases: int
    seed: int
    replications: int
    warm_up: int
    arrivals: float
    officers: Mapping[str, Mapping[str, int]]
    diagrams: Mapping[str, Mapping[str, Any]]
    sources: Mapping[str, str]
    inputs_sha256: str
    measures: list[MeasureResult]
    desks: Mapping[str, list[dict[str, Any]]]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    def as_json(self) -> str:
        """The one JSON text of the result."""
        return json.dumps(self.as_dict(), ensure_ascii=False, sort_keys=True)


def run_lab(spec: LabSpec, measures: Sequence[Measure], calendar: Calendar, order: Order, progress: Progress | None = None) -> LabResult:
    """Run both scenarios of ``spec`` and answer ``measures`` over what they left.

    ``progress`` is told the share that is done, 0 to 1. The result depends on the order's cases, seed and options and on the
    data behind them, not on the number of processes. ValueError when a scenario does not fit its diagram.
    """
    steps = lab_steps(spec, measures, calendar, order)
    while True:
        try:
            share = next(steps)
        except StopIteration as ended:
            return ended.value  # type: ignore[no-any-return]
        if progress is not None:
            progress(share)


def lab_steps(spec: LabSpec, measures: Sequence[Measure], calendar: Calendar, order: Order) -> Generator[float, None, LabResult]:
    """The same, in steps small enough to do something else between two of them (unless processes help)."""
    old, new = spec.build(order.options)
    batches = _batches(order, new)
    jobs = [(scenario, batch) for scenario in (old, new) for batch in batches]
    alone = order.processes < 2 or len(jobs) < 2
    recorded = yield from _one_by_one(jobs, order.cases) if alone else _beside_each_other(jobs, order.processes)
    frames = {scenario.key: _events(scenario, batches, recorded, calendar) for scenario in (old, new)}
    return LabResult(
        service=spec.service,
        cases=order.cases,
        seed=order.seed,
        replications=len(batches),
        warm_up=batches[0].warm_up,
        arrivals=new.arrivals,
        officers={one.key: dict(one.officers) for one in (old, new)},
        diagrams={one.key: _named(one) for one in (old, new)},
        sources=dict(spec.sources(order.options)),
        inputs_sha256=fingerprint(spec, order),
        measures=[_measured(measure, frames[old.key], frames[new.key]) for measure in measures],
        desks={scenario.key: _desks(scenario, batches, recorded) for scenario in (old, new)},
    )


def fingerprint(spec: LabSpec, order: Order) -> str:
    """The sha256 of everything that the result depends on: equal fingerprints give equal results."""
    scenarios = spec.build(order.options)
    made_of = {
        "service": spec.service,
        "cases": order.cases,
        "seed": order.seed,
        "arrivals": scenarios[1].arrivals,
        "officers": {one.key: dict(one.officers) for one in scenarios},
        "diagrams": {one.key: _named(one) for one in scenarios},
        "sources": dict(spec.sources(order.options)),
    }
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


def _named(scenario: Scenario) -> dict[str, Any]:
    return {"key": scenario.diagram.key, "version": scenario.diagram.version, "sha256": scenario.diagram.sha256}


def _batches(order: Order, scenario: Scenario) -> list[Batch]:
    """Replications that add up to the ordered number, each big enough that warming up takes a fifth of it at most."""
    warm_up = math.ceil(scenario.arrivals * WARM_UP_DAYS)
    number = max(1, math.ceil(order.cases / max(CASES_A_REPLICATION, 4 * warm_up)))
    sizes = [order.cases // number + (index < order.cases % number) for index in range(number)]
    return [Batch(index, size, warm_up, order.seed * 100_003 + index) for index, size in enumerate(sizes)]


Job = tuple[Scenario, Batch]


def _one_by_one(jobs: Sequence[Job], cases: int) -> Generator[float, None, Found]:
    found: Found = {}
    before = 0
    for scenario, batch in jobs:
        steps = stepwise(scenario, batch)
        while True:
            try:
                yield (before + next(steps)) / (2 * cases)
            except StopIteration as ended:
                found[scenario.key, batch.number] = ended.value
                break
        before += batch.cases
    return found


def _beside_each_other(jobs: Sequence[Job], processes: int) -> Generator[float, None, Found]:
    found: Found = {}
    # spawn: a forked copy of a server with threads and open database connections must not run
    with ProcessPoolExecutor(min(processes, len(jobs)), get_context("spawn")) as pool:
        for future in as_completed([pool.submit(_job, job) for job in jobs]):
            key, recorded = future.result()
            found[key] = recorded
            yield len(found) / len(jobs)
    return found


def _job(job: Job) -> tuple[Key, Recorded]:
    scenario, batch = job
    return (scenario.key, batch.number), simulate(scenario, batch)


def _events(scenario: Scenario, batches: Sequence[Batch], recorded: Mapping[Key, Recorded], calendar: Calendar) -> pl.DataFrame:
    return pl.concat([dated(recorded[scenario.key, batch.number], scenario, batch, calendar) for batch in batches])


def _desks(scenario: Scenario, batches: Sequence[Batch], recorded: Mapping[Key, Recorded]) -> list[dict[str, Any]]:
    parts = [
        recorded[scenario.key, batch.number].work.with_columns(
            pl.lit(batch.number).alias("replication"), pl.col("case").is_between(0, batch.cases - 1).alias("measured")
        )
        for batch in batches
    ]
    return at_desks(pl.concat(parts), scenario.officers).to_dicts()


# --- what the measures say --------------------------------------------------------------------------------------------


def _measured(measure: Measure, old: pl.DataFrame, new: pl.DataFrame) -> MeasureResult:
    before, after = (measure.query(frame) for frame in (old, new))
    edges = spread([*before["value"], *after["value"]])
    sides = [
        Side(of_values(measure, values), interval(_batch_means(values, frame)), counts(values["value"], edges))
        for frame, values in ((old, before), (new, after))
    ]
    first, second = (side.answer.mean for side in sides)
    reduction = round((1 - second / first) * 100, 1) if first and second is not None and measure.direction == "down" else None
    return MeasureResult(
        id=measure.id,
        title=asdict(measure.title),
        unit=asdict(measure.unit),
        baseline=measure.baseline,
        claim=measure.claim,
        direction=measure.direction,
        old=sides[0],
        new=sides[1],
        edges=edges,
        reduction=reduction,
    )


def _batch_means(values: pl.DataFrame, frame: pl.DataFrame) -> list[float]:
    """Means of the replications when there are ten or more, else of tenths of each (batch means)."""
    batches = frame.select("case", "batch").unique()
    size = 10 if batches["batch"].n_unique() >= 100 else 1
    groups = values.join(batches, on="case").group_by(pl.col("batch") // size).agg(pl.col("value").mean()).sort("batch")
    return groups["value"].to_list()
