"""The lab: the old diagram and the new one under the same load, and what each measure says of both.

Cases are split into independent replications, each with its own seed and its own warm-up, so that a big run uses several
processes and its confidence intervals rest on independent means.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from statistics import fmean, stdev
from typing import Any

import polars as pl

from zimao.kernel.cases.schedule import Calendar
from zimao.kernel.measures.measure import Answer, Measure, answer
from zimao.kernel.measures.scenario import LabOptions, LabSpec, Scenario
from zimao.kernel.measures.simulate import Batch, Recorded, at_desks, dated, simulate

__all__ = ["LabResult", "MeasureResult", "Order", "Side", "interval", "run_lab", "spread"]

CASES_A_REPLICATION = 500
WARM_UP_DAYS = 60
"""Working days of arrivals before the first measured case: longer than a case of any procedure here takes, so that the desks are
as full as they will be."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run: measured cases of each diagram, the seed, what the visitor changed, how many processes may help."""

    cases: int
    seed: int
    options: LabOptions = field(default_factory=LabOptions)
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
    baseline: float | None
    claim: float
    direction: str
    old: Side
    new: Side
    edges: list[float]
    reduction: float | None


@dataclass(frozen=True, slots=True)
class LabResult:
    """A run of the lab: how it was made (seed, diagrams by sha256, arrivals, officers), the measures, the desks."""

    service: str
    cases: int
    seed: int
    replications: int
    warm_up: int
    arrivals: float
    officers: dict[str, int]
    diagrams: dict[str, dict[str, Any]]
    measures: list[MeasureResult]
    desks: dict[str, list[dict[str, Any]]]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def run_lab(spec: LabSpec, measures: Sequence[Measure], calendar: Calendar, order: Order, progress: Progress | None = None) -> LabResult:
    """Run both scenarios of ``spec`` and answer ``measures`` over what they left.

    ``progress(done, of)`` is called after each replication. The result depends on the order's cases and seed and on the data,
    not on the number of processes. ValueError when a scenario does not fit its diagram.
    """
    old, new = spec.build(order.options)
    batches = _batches(order, new)
    jobs = [(scenario, batch) for scenario in (old, new) for batch in batches]
    recorded = _run_all(jobs, order.processes, progress or (lambda done, of: None))
    frames = {scenario.key: _events(scenario, batches, recorded, calendar) for scenario in (old, new)}
    return LabResult(
        service=spec.service,
        cases=order.cases,
        seed=order.seed,
        replications=len(batches),
        warm_up=batches[0].warm_up,
        arrivals=new.arrivals,
        officers=dict(new.officers),
        diagrams={one.key: {"key": one.diagram.key, "version": one.diagram.version, "sha256": one.diagram.sha256} for one in (old, new)},
        measures=[_measured(measure, frames[old.key], frames[new.key]) for measure in measures],
        desks={scenario.key: _desks(scenario, batches, recorded) for scenario in (old, new)},
    )


def _batches(order: Order, scenario: Scenario) -> list[Batch]:
    """Replications of at most ``CASES_A_REPLICATION`` cases that add up to the ordered number."""
    number = max(1, math.ceil(order.cases / CASES_A_REPLICATION))
    warm_up = math.ceil(scenario.arrivals * WARM_UP_DAYS)
    sizes = [order.cases // number + (index < order.cases % number) for index in range(number)]
    return [Batch(index, size, warm_up, order.seed * 100_003 + index) for index, size in enumerate(sizes)]


Job = tuple[Scenario, Batch]
Key = tuple[str, int]


def _run_all(jobs: Sequence[Job], processes: int, progress: Progress) -> dict[Key, Recorded]:
    found: dict[Key, Recorded] = {}
    for done, (key, recorded) in enumerate(_each(jobs, processes), 1):
        found[key] = recorded
        progress(done, len(jobs))
    return found


def _each(jobs: Sequence[Job], processes: int) -> Iterable[tuple[Key, Recorded]]:
    if processes < 2 or len(jobs) < 2:
        yield from map(_job, jobs)
        return
    # spawn: a forked copy of a server with threads and open database connections must not run
    with ProcessPoolExecutor(min(processes, len(jobs)), get_context("spawn")) as pool:
        for future in as_completed([pool.submit(_job, job) for job in jobs]):
            yield future.result()


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


# --- statistics ------------------------------------------------------------------------------------------------------


def _measured(measure: Measure, old: pl.DataFrame, new: pl.DataFrame) -> MeasureResult:
    before, after = (measure.query(frame) for frame in (old, new))
    edges = spread([*before["value"], *after["value"]])
    sides = [
        Side(answer(measure, frame), interval(_batch_means(values, frame)), _counts(values["value"], edges))
        for frame, values in ((old, before), (new, after))
    ]
    means = [side.answer.mean for side in sides]
    reduction = None if None in means or not means[0] else round((1 - (means[1] or 0.0) / means[0]) * 100, 1)
    return MeasureResult(measure.id, measure.baseline, measure.claim, measure.direction, sides[0], sides[1], edges, reduction)


def _batch_means(values: pl.DataFrame, frame: pl.DataFrame) -> list[float]:
    """Means of the replications when there are ten or more, else of tenths of each (batch means)."""
    batches = frame.select("case", "batch").unique()
    size = 10 if batches["batch"].n_unique() >= 100 else 1
    groups = values.join(batches, on="case").group_by(pl.col("batch") // size).agg(pl.col("value").mean()).sort("batch")
    return groups["value"].to_list()


_T_975 = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131),
    *(2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)
"""97.5 % quantiles of Student's t for 1 to 30 degrees of freedom."""


def interval(means: Sequence[float]) -> tuple[float, float] | None:
    """The 95 % confidence interval of the mean of independent (or nearly independent) means; None for fewer than two."""
    if len(means) < 2:
        return None
    quantile = _T_975[len(means) - 2] if len(means) <= len(_T_975) + 1 else 1.96
    half = quantile * stdev(means) / math.sqrt(len(means))
    return fmean(means) - half, fmean(means) + half


def spread(values: Sequence[float], most: int = 40) -> list[float]:
    """Edges of at most ``most`` equal bins over ``values``, their width 1, 2 or 5 times a power of ten, whole for whole numbers."""
    if not values:
        return []
    low, high = min(values), max(values)
    whole = all(float(value).is_integer() for value in values)
    width = 1.0 if whole else 10 ** math.floor(math.log10(max(high - low, 1e-9) / most))
    steps = (2.0, 2.5, 2.0)
    turn = 0
    while (high - low) / width >= most:
        width *= steps[turn % 3]
        turn += 1
    first = math.floor(low / width)
    return [round(edge * width, 10) for edge in range(first, math.floor(high / width) + 2)]


def _counts(values: pl.Series, edges: Sequence[float]) -> list[int]:
    if not edges:
        return []
    width = edges[1] - edges[0]
    counts = [0] * (len(edges) - 1)
    for value in values:
        counts[min(len(counts) - 1, int((value - edges[0]) / width + 1e-9))] += 1
    return counts
