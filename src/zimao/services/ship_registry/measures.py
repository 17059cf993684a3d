"""The effects that the notice claims for ship registration, as measures over the events of its cases.

The figures are data: ``measures.toml`` beside this file names each with its source.
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

__all__ = ["measures"]

_FILE = Path(__file__).parent / "measures.toml"
_SERVICE = "ship_registry"
Query = Callable[[pl.DataFrame], pl.DataFrame]


def _saving(baseline: float, daily_cost: float) -> Query:
    """R11: working days saved against the old total, times what a day of the ship costs."""
    return lambda events: working_days(events).with_columns((baseline - pl.col("value")) * daily_cost)


def measures() -> list[Measure]:
    """What the service registers. KeyError when the file names a measure that has no query."""
    records = tomllib.loads(_FILE.read_text(encoding="utf-8"))["measure"]
    total = next(record for record in records if record["id"] == "total_days")
    saving = next(record for record in records if record["id"] == "saving")
    queries: dict[str, Query] = {
        "total_days": working_days,
        "trips": lambda events: count_of(events, "counter.visit"),
        "materials": lambda events: count_of(events, "material.supplied"),
        "applications": lambda events: count_of(events, "case.submitted"),
        "saving": _saving(total["baseline"], saving["daily_cost"]),
    }
    return [_measure(record, queries[record["id"]]) for record in records]


def _measure(record: Mapping[str, Any], query: Query) -> Measure:
    zh, en = record["zh"], record["en"]
    return Measure(
        id=record["id"],
        service=_SERVICE,
        title=Text(zh["title"], en["title"]),
        unit=Text(zh["unit"], en["unit"]),
        baseline=record.get("baseline"),
        claim=record["claim"],
        direction=record["direction"],
        source=Text(zh["source"], en["source"]),
        query=query,
    )
