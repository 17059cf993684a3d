"""The effects that the notice claims for ship registration, as measures over the events of its cases.

The figures are data: ``measures.toml`` beside this file names each with its source; the lists of materials are counted in the
table ``ship_materials``, before one for each certificate, now merged.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from zimao.kernel.measures.frame import count_of, working_days
from zimao.kernel.measures.measure import Measure
from zimao.kernel.text import Text
from zimao.services.ship_registry.rules import merged_materials
from zimao.services.ship_registry.simulation import CERTIFICATES, SERVICE, table

__all__ = ["measures"]

_FILE = Path(__file__).parent / "measures.toml"
Query = Callable[[pl.DataFrame], pl.DataFrame]


def _saving(baseline: float, daily_cost: float) -> Query:
    """R11: working days saved against the old total, times what a day of the ship costs."""
    return lambda events: working_days(events).with_columns(((baseline - pl.col("value")) * daily_cost).alias("value"))


def measures() -> list[Measure]:
    """What the service registers. KeyError when the file names a measure that has no query, or a table lost what it needs."""
    records = tomllib.loads(_FILE.read_text(encoding="utf-8"))["measure"]
    total = next(record for record in records if record["id"] == "total_days")
    cost = next(float(row["value"]) for row in table("ship_parameters") if row["key"] == "daily_cost_default")
    lists = merged_materials(table("ship_materials"), CERTIFICATES, agent=True, shares=False)
    computed = {"materials": {"baseline": lists.before, "claim": lists.now}}
    queries: dict[str, Query] = {
        "total_days": working_days,
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
