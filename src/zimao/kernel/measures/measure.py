"""A measure: what a practice claims, and the one query that answers it for live and for simulated cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import polars as pl

from zimao.kernel.measures.frame import summary
from zimao.kernel.text import Text, t

__all__ = ["ENOUGH", "VERDICTS", "Answer", "Measure", "Verdict", "answer", "judge", "of_values"]

Verdict = Literal["no_cases", "too_few", "met", "partly", "not_met"]

ENOUGH = 30
"""Fewer cases than this are shown, but no verdict is drawn from them."""

VERDICTS: dict[Verdict, Text] = {
    "no_cases": t("尚无办件", "No cases yet"),
    "too_few": t("样本不足，暂不评价", "Too few cases to judge"),
    "met": t("达到：九成以上办件符合", "Met: by nine cases in ten or more"),
    "partly": t("部分达到：半数以上办件符合，不足九成", "Partly met: by at least half of the cases, by fewer than nine in ten"),
    "not_met": t("未达到：半数以上办件不符合", "Not met by more than half of the cases"),
}


@dataclass(frozen=True, slots=True)
class Measure:
    """One effect that a practice claims.

    ``baseline`` is the figure before (None when the source gives none), ``claim`` the one claimed, ``direction`` which way is
    better, ``source`` where both are stated. ``query`` takes a case-event frame and answers one row a case with the columns
    ``case`` and ``value`` (and any others to group by).
    """

    id: str
    service: str
    title: Text
    unit: Text
    baseline: float | None
    claim: float
    direction: Literal["down", "up"]
    source: Text
    query: Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a set of cases says of a measure. The numbers are None when there are no cases."""

    n: int
    mean: float | None
    p10: float | None
    p50: float | None
    p90: float | None
    max: float | None
    verdict: Verdict


def answer(measure: Measure, events: pl.DataFrame) -> Answer:
    """The measure over those events."""
    return of_values(measure, measure.query(events))


def of_values(measure: Measure, values: pl.DataFrame) -> Answer:
    """The answer from what the measure's query found."""
    row = summary(values).row(0, named=True)
    return Answer(**row, verdict=judge(measure, row["n"], row["p50"], row["p90"] if measure.direction == "down" else row["p10"]))


def judge(measure: Measure, n: int, middle: float | None, tail: float | None) -> Verdict:
    """``tail`` is the value that nine cases in ten keep to, ``middle`` the one that half of them do."""
    if not n or middle is None or tail is None:
        return "no_cases"
    if n < ENOUGH:
        return "too_few"
    if _keeps(measure, tail):
        return "met"
    return "partly" if _keeps(measure, middle) else "not_met"


def _keeps(measure: Measure, value: float) -> bool:
    return value <= measure.claim if measure.direction == "down" else value >= measure.claim
