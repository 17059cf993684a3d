"""Staged concessions: a base rate and a pattern give the dated rates of every year, exactly, rounded half up to 0.1 %.

Patterns: ``LINEAR n`` (n equal cuts, the first in year 1), ``FRONT k`` (free from year k on), ``STEPS a/b/c`` (the rate of
year 1, 2, 3 in percent, the last one stays), ``KEEP`` (base throughout), ``MOP m`` (m percent off the MFN rate of the day).
The year index is ``n = year - index_offset``, where a year begins on ``annual_step``, and never below 1.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from zimao.kernel.errors import Refused
from zimao.kernel.text import t
from zimao.services.tariff.rules.duties import Ad, print_duty

__all__ = ["STAGING_COLUMNS", "expand_staging", "reconciled", "staged_rate", "year_index"]

STAGING_COLUMNS = {
    "country": pl.String,
    "code": pl.String,
    "edition": pl.Int32,
    "regime": pl.String,
    "group": pl.String,
    "base_bp": pl.Int32,
    "pattern": pl.String,
    "first_from": pl.Date,
    "index_offset": pl.Int32,
    "annual_step": pl.String,
    "source": pl.String,
    "verified": pl.Boolean,
}


def year_index(on: date, *, index_offset: int, annual_step: str = "01-01") -> int:
    """1 in the year of entry into force; a step of ``04-01`` counts fiscal years (Japan)."""
    month, day = (int(part) for part in annual_step.split("-"))
    year = on.year if (on.month, on.day) >= (month, day) else on.year - 1
    return max(1, year - index_offset)


def staged_rate(base_bp: int, pattern: str, n: int, *, mfn_bp: int | None = None) -> int | None:
    """The rate of year ``n`` in hundredths of a percent; None for ``MOP`` when the MFN rate is not known.

    Refused ``pattern_unknown`` for a pattern that is not in the grammar: a rate is never guessed.
    """
    name, _, argument = pattern.partition(" ")
    try:
        if name == "LINEAR":
            years = int(argument)
            return _to_tenth(base_bp * (years - min(n, years)), years)
        if name == "FRONT":
            return 0 if n >= int(argument) else base_bp
        if name == "STEPS":
            steps = [int(Decimal(step) * 100) for step in argument.split("/")]
            return steps[min(n, len(steps)) - 1]
        if name == "KEEP" and not argument:
            return base_bp
        if name == "MOP":
            off = int(Decimal(argument) * 100)
            return None if mfn_bp is None else _to_tenth(mfn_bp * (10_000 - off), 10_000)
    except (ArithmeticError, ValueError) as error:
        raise _unknown(pattern) from error
    raise _unknown(pattern)


def _unknown(pattern: str) -> Refused:
    return Refused("pattern_unknown", t("降税模式“{p}”无法识别", "The staging pattern “{p}” is not known").fill(p=pattern), "pattern")


def _to_tenth(numerator: int, denominator: int) -> int:
    """numerator / denominator in hundredths of a percent, half up to a tenth of a percent."""
    return (2 * numerator + 10 * denominator) // (20 * denominator) * 10


def expand_staging(staging: pl.DataFrame, rates: pl.DataFrame, *, until: date) -> pl.DataFrame:
    """The derived rate rows of ``staging`` from entry into force to ``until``; ``MOP`` follows the MFN rows in ``rates``."""
    rows = [derived for row in staging.iter_rows(named=True) for derived in _derived(row, rates, until)]
    return pl.DataFrame(rows, schema=_RATE_SCHEMA, orient="row")


_RATE_SCHEMA: dict[str, Any] = {
    "country": pl.String,
    "code": pl.String,
    "edition": pl.Int32,
    "regime": pl.String,
    "group": pl.String,
    "expression": pl.String,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
    "status": pl.String,
    "source": pl.String,
    "verified": pl.Boolean,
}


def _derived(row: dict[str, Any], rates: pl.DataFrame, until: date) -> list[tuple[Any, ...]]:
    spans: list[tuple[date, date, int | None]] = [(start, end, None) for start, end in _years(row, until)]
    if row["pattern"].startswith("MOP"):
        spans = _mfn_spans(row, rates, until)
    found: list[tuple[Any, ...]] = []
    for start, end, mfn in spans:
        n = year_index(start, index_offset=row["index_offset"], annual_step=row["annual_step"])
        bp = staged_rate(row["base_bp"], row["pattern"], n, mfn_bp=mfn)
        if bp is not None:
            where = (row["country"], row["code"], row["edition"], row["regime"], row["group"])
            found.append((*where, print_duty(Ad(bp)), start, end, "derived", row["source"], row["verified"]))
    return found


def _years(row: dict[str, Any], until: date) -> list[tuple[date, date]]:
    month, day = (int(part) for part in row["annual_step"].split("-"))
    starts = [row["first_from"], *(date(year, month, day) for year in range(row["first_from"].year, until.year + 1))]
    starts = sorted({one for one in starts if row["first_from"] <= one <= until})
    ends = [*(one - timedelta(days=1) for one in starts[1:]), until]
    return list(zip(starts, ends, strict=True))


def _mfn_spans(row: dict[str, Any], rates: pl.DataFrame, until: date) -> list[tuple[date, date, int | None]]:
    mine = rates.filter(
        (pl.col("country") == row["country"])
        & (pl.col("regime") == "MFN")
        & (pl.col("edition") == row["edition"])
        & pl.lit(row["code"]).str.starts_with(pl.col("code"))
        & (pl.col("valid_to") >= row["first_from"])
        & (pl.col("valid_from") <= until)
        & pl.col("expression").str.contains(r"^(FREE|AV [\d.]+%)$")
    ).sort("valid_from")
    spans: list[tuple[date, date, int | None]] = []
    for one in mine.iter_rows(named=True):
        bp = 0 if one["expression"] == "FREE" else int(Decimal(one["expression"][3:-1]) * 100)
        spans.append((max(one["valid_from"], row["first_from"]), min(one["valid_to"], until), bp))
    return spans


def reconciled(stated: pl.DataFrame, derived: pl.DataFrame) -> pl.DataFrame:
    """Published and derived rows in one frame with ``differs``: where a published row covers the start of a derived one, it wins.

    ``differs`` is true on a published row that contradicts the derivation: a person has to look at the pattern.
    """
    key = ["country", "code", "edition", "regime", "group"]
    beside = derived.join(stated.select(*key, "expression", "valid_from", "valid_to"), on=key, how="inner", suffix="_stated")
    covered = beside.filter(pl.col("valid_from").is_between(pl.col("valid_from_stated"), pl.col("valid_to_stated")))
    unlike = covered.filter(pl.col("expression") != pl.col("expression_stated"))
    flags = unlike.select(*key, pl.col("valid_from_stated").alias("valid_from")).unique().with_columns(pl.lit(True).alias("differs"))
    kept = derived.join(covered.select(*key, "valid_from").unique(), on=[*key, "valid_from"], how="anti")
    flagged = stated.join(flags, on=[*key, "valid_from"], how="left").with_columns(pl.col("differs").fill_null(False))
    return pl.concat([flagged, kept.with_columns(pl.lit(False).alias("differs"))], how="diagonal").sort(*key, "valid_from")
