"""Small tables for the tests of the rate side, built beside the shipped ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl

from zimao.services.tariff.rules import Tables, load_tables, prepared
from zimao.services.tariff.rules.loading import TABLE_COLUMNS
from zimao.services.tariff.rules.rates import RATE_COLUMNS

SHIPPED = load_tables()
START, END = date(2024, 1, 1), date(2024, 12, 31)


def rate(regime: str, expression: str, **other: object) -> dict[str, object]:
    row = {"country": "CN", "code": "01010101", "edition": 2022, "regime": regime, "group": "", "expression": expression}
    return {**row, "valid_from": START, "valid_to": END, "status": "stated", "source": "test", "verified": True, **other}


def rates(*rows: dict[str, object]) -> pl.DataFrame:
    return prepared(pl.DataFrame(list(rows), schema=RATE_COLUMNS))


def frame(name: str, *rows: dict[str, object]) -> pl.DataFrame:
    columns = TABLE_COLUMNS[name]
    return pl.DataFrame([{"source": "test", "verified": True, **row} for row in rows], schema=dict(columns))


def with_rates(*rows: dict[str, object], **frames: pl.DataFrame) -> Tables:
    """The shipped tables with these rates only; a VAT rate of 9% on the line 0101.0101."""
    taxed = frame(
        "lines",
        {"country": "CN", "code": "01010101", "unit": "kg", "vat_bp": 900, "consumption_bp": 0, "valid_from": START, "valid_to": END},
    )
    return replace(SHIPPED, **{"rates": rates(*rows), "lines": taxed, "schedules": frame("schedules"), **frames})


def line(**values: object) -> pl.DataFrame:
    return pl.DataFrame([{"code": "01010101", "origin": "KR", "value_fen": 100_000_000, "on": date(2024, 6, 1), **values}])
