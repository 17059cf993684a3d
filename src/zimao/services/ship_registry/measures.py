"""The effects that the notice claims for ship registration, as measures over the events of its cases.

The figures are data: ``measures.toml`` beside this file names each with its source; the lists of materials are counted in the
table ``ship_materials``, before one for each certificate, now merged.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import polars as pl

from zimao.kernel.measures.frame import count_of, having, working_days
from zimao.kernel.measures.measure import Measure
from zimao.kernel.text import Text
from zimao.services.ship_registry.forms.codes import TRACKS
from zimao.services.ship_registry.parameters import FOLDER, parameters_on
from zimao.services.ship_registry.rules import merged_materials
from zimao.services.ship_registry.simulation import SERVICE

__all__ = ["measures"]

_FILE = FOLDER / "measures.toml"
Query = Callable[[pl.DataFrame], pl.DataFrame]


def _total_days(events: pl.DataFrame) -> pl.DataFrame:
    """Working days from submission to dispatch of the ships that got a certificate; a refused ship is quick and proves nothing."""
    return working_days(having(events, "document.issued"))


def _saving(baseline: float, daily_cost: float) -> Query:
    """R11: working days saved against the old total, times what a day of the ship costs."""
    return lambda events: _total_days(events).with_columns(((baseline - pl.col("value")) * daily_cost).alias("value"))


def measures(zone: str, on: date) -> list[Measure]:
    """The measures with the figures in force in a zone on a day."""
    records: list[dict[str, Any]] = tomllib.loads(_FILE.read_text(encoding="utf-8"))["measure"]
    parameters = parameters_on(zone, on)
    by_id = {record["id"]: record for record in records}
    total, cost = by_id["total_days"], parameters.values()["daily_cost_default"]
    lists = merged_materials(parameters.rows("ship_materials"), TRACKS, agent=True, shares=False)
    days_claimed = total["baseline"] - total["claim"]
    computed = {
        "materials": {"baseline": lists.before, "claim": lists.now},
        "saving": {"claim": days_claimed * by_id["saving"]["a_day"]},
    }
    queries: dict[str, Query] = {
        "total_days": _total_days,
        "trips": lambda events: count_of(events, "counter.visit"),
        "materials": lambda events: count_of(events, "material.supplied"),
        "applications": lambda events: count_of(events, "case.submitted"),
        "saving": _saving(total["baseline"], cost),
    }
    return [_measure({**record, **computed.get(record["id"], {})}, queries[record["id"]], f"{cost:,.0f}") for record in records]


def _measure(record: Mapping[str, Any], query: Query, cost: str) -> Measure:
    zh, en = record["zh"], record["en"]
    return Measure(
        id=record["id"],
        service=SERVICE,
        title=Text(zh["title"], en["title"]).fill(cost=cost),
        unit=Text(zh["unit"], en["unit"]),
        baseline=record.get("baseline"),
        claim=record["claim"],
        direction=record["direction"],
        source=Text(zh["source"], en["source"]),
        query=query,
    )
