"""The case-event frame: the one table that every measure reads, whether its rows were lived or simulated. Pure polars.

One row is one thing that happened in a case. ``day`` is a working-day ordinal of the case's calendar: the number of working
days up to and with the date of ``at``, counted from any fixed day, so that the difference of two is a number of working days.
"""

from __future__ import annotations

from typing import Any

import polars as pl

__all__ = ["EVENT_SCHEMA", "EVENT_TYPES", "count_of", "empty_events", "having", "summary", "working_days"]

EVENT_SCHEMA: dict[str, Any] = {
    "case": pl.String,
    "at": pl.Datetime("us", "UTC"),
    "day": pl.Int32,
    "type": pl.String,
    "element": pl.String,
    "track": pl.String,
    "role": pl.String,
    "zone": pl.String,
    "process_key": pl.String,
    "data": pl.String,
}

EVENT_TYPES = (
    "case.submitted",
    "case.accepted",
    "task.created",
    "task.completed",
    "clock.suspended",
    "clock.resumed",
    "case.completed",
    "case.closed",
    "delivery.handed_over",
    "counter.visit",
    "material.supplied",
    "material.reused",
    "document.issued",
)

_CLOCK = ("clock.suspended", "clock.resumed")


def empty_events() -> pl.DataFrame:
    """A frame without rows."""
    return pl.DataFrame(schema=EVENT_SCHEMA)


def _completed(events: pl.DataFrame) -> pl.DataFrame:
    """The completed cases, each with the ordinal of its last day."""
    done = events.filter(pl.col("type") == "case.completed")
    return done.group_by("case", "zone", "process_key").agg(pl.col("day").max().alias("end"))


def working_days(events: pl.DataFrame) -> pl.DataFrame:
    """Per completed case the working days from its first submission to its end, the stretches left out in which the clock stood.

    A stretch counts from the day after the stop until the day on which the clock starts again (行政许可法 art. 82), or the end.
    Columns ``case``, ``zone``, ``process_key``, ``value``.
    """
    done = _completed(events)
    begun = events.filter(pl.col("type") == "case.submitted").group_by("case").agg(pl.col("day").min().alias("begin"))
    stops = (
        events.filter(pl.col("type").is_in(_CLOCK))
        .sort("case", "at", maintain_order=True)
        .with_columns(pl.col("day").shift(-1).over("case").alias("until"))
        .filter(pl.col("type") == "clock.suspended")
        .join(done.select("case", "end"), on="case")
        .group_by("case")
        .agg((pl.col("until").fill_null(pl.col("end")) - pl.col("day")).clip(lower_bound=0).sum().alias("stopped"))
    )
    return (
        done.join(begun, on="case")
        .join(stops, on="case", how="left")
        .select(
            "case",
            "zone",
            "process_key",
            (pl.col("end") - pl.col("begin") - pl.col("stopped").fill_null(0)).cast(pl.Float64).alias("value"),
        )
        .sort("case")
    )


def having(events: pl.DataFrame, type_: str) -> pl.DataFrame:
    """The events of the cases in which something of that type happened."""
    return events.join(events.filter(pl.col("type") == type_).select("case").unique(), on="case", how="semi", maintain_order="left")


def count_of(events: pl.DataFrame, type_: str) -> pl.DataFrame:
    """Per completed case how many events of that type it has, none being 0. Columns as ``working_days``."""
    counted = events.filter(pl.col("type") == type_).group_by("case").len("value")
    return (
        _completed(events)
        .drop("end")
        .join(counted, on="case", how="left")
        .with_columns(pl.col("value").fill_null(0).cast(pl.Float64))
        .sort("case")
    )


def summary(values: pl.DataFrame, by: tuple[str, ...] = ()) -> pl.DataFrame:
    """``n``, ``mean``, ``p10``, ``p50``, ``p90``, ``max`` of the column ``value``, by group; quantiles are values that occur."""
    parts = [
        pl.len().alias("n"),
        pl.col("value").mean().alias("mean"),
        *(pl.col("value").quantile(part / 100, "higher").alias(f"p{part}") for part in (10, 50, 90)),
        pl.col("value").max().alias("max"),
    ]
    return values.group_by(*by).agg(parts).sort(*by) if by else values.select(parts)
