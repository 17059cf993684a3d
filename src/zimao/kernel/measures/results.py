"""A finished run as its page and its files show it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zimao.kernel.measures.measure import VERDICTS
from zimao.kernel.measures.models import LabRun
from zimao.kernel.measures.scenario import LabOptions, LabSpec
from zimao.kernel.text import Text

__all__ = ["as_csv", "number", "shown"]


@dataclass(frozen=True, slots=True)
class Half:
    """One procedure in one measure, ready for the page."""

    n: int
    mean: str
    p50: str
    p90: str
    max: str
    interval: str
    verdict: Text


@dataclass(frozen=True, slots=True)
class Line:
    """One measure of a result; ``chart`` is what the histogram is drawn from, None when all cases have one value."""

    id: str
    title: Text
    unit: Text
    baseline: str
    claim: str
    is_down: bool
    old: Half
    new: Half
    reduction: float | None
    chart: Mapping[str, Any] | None
    bins: Sequence[tuple[str, int, int]]


@dataclass(frozen=True, slots=True)
class Desk:
    """How one desk fared."""

    label: Text
    officers: int
    tasks: int
    percent: int
    wait_mean: float
    wait_p90: float


@dataclass(frozen=True, slots=True)
class Shown:
    """A result for the page: measures, desks of each procedure, and the plain facts of the run."""

    lines: Sequence[Line]
    desks: Sequence[tuple[Text, Sequence[Desk]]]
    raw: Mapping[str, Any]


def number(value: float | None) -> str:
    """A number as people read it: whole ones and thousands without a point, others with two digits at most."""
    if value is None:
        return "—"
    rounded = round(value, 2 if abs(value) < 1000 else 0)
    return f"{rounded:,.0f}" if float(rounded).is_integer() else f"{rounded:,.2f}".rstrip("0")


def shown(run: LabRun, spec: LabSpec) -> Shown:
    """The result of a finished run for its page."""
    raw: dict[str, Any] = json.loads(run.result)
    desks = []
    for scenario in spec.build(LabOptions(run.on, run.zone_id)):
        rows = [_desk(row, scenario.labels) for row in raw["desks"][scenario.key]]
        desks.append((scenario.title, rows))
    return Shown([_line(measure) for measure in raw["measures"]], desks, raw)


def _desk(row: Mapping[str, Any], labels: Mapping[str, Text]) -> Desk:
    waits = round(row["wait_mean"], 2), round(row["wait_p90"], 2)
    label = labels.get(row["role"], Text(row["role"], row["role"]))
    return Desk(label, row["officers"], row["tasks"], round(row["utilisation"] * 100), *waits)


def _line(measure: Mapping[str, Any]) -> Line:
    bins = list(_bins(measure))
    is_spread = len(bins) > 1
    chart = {"labels": [label for label, _, _ in bins], "old": [old for _, old, _ in bins], "new": [new for _, _, new in bins]}
    return Line(
        id=measure["id"],
        title=Text(**measure["title"]),
        unit=Text(**measure["unit"]),
        baseline=number(measure["baseline"]),
        claim=number(measure["claim"]),
        is_down=measure["direction"] == "down",
        old=_half(measure["old"]),
        new=_half(measure["new"]),
        reduction=measure["reduction"],
        chart=chart if is_spread else None,
        bins=[one for one in bins if one[1] or one[2]],
    )


def _half(side: Mapping[str, Any]) -> Half:
    answer = side["answer"]
    between = "—" if side["interval"] is None else f"{number(side['interval'][0])} – {number(side['interval'][1])}"
    mean, p50, p90, most = (number(answer[name]) for name in ("mean", "p50", "p90", "max"))
    return Half(answer["n"], mean, p50, p90, most, between, VERDICTS[answer["verdict"]])


def _bins(measure: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    edges = measure["edges"]
    if len(edges) < 2:
        return
    single = edges[1] - edges[0] == 1 and float(edges[0]).is_integer()
    for index, (old, new) in enumerate(zip(measure["old"]["counts"], measure["new"]["counts"], strict=True)):
        low = number(edges[index])
        yield (low if single else f"{low}–{number(edges[index + 1])}"), old, new


def as_csv(run: LabRun) -> str:
    """The histograms: one row a measure and bin, from ``low`` to below ``high``, with the cases of each procedure."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["measure", "low", "high", "old", "new"])
    for measure in json.loads(run.result)["measures"]:
        edges = measure["edges"]
        for low, high, old, new in zip(edges, edges[1:], measure["old"]["counts"], measure["new"]["counts"], strict=False):
            rows.writerow([measure["id"], f"{low:g}", f"{high:g}", old, new])
    return out.getvalue()
