"""A small rule for the tests: duty of a line in fen, half a fen up, from a rate of the context, by value and date."""

from __future__ import annotations

import time
from datetime import date

import polars as pl

from zimao.kernel.bulk import BatchFunction, Column, Context, at_least, at_most, matches
from zimao.kernel.text import t

CONTEXT = Context(
    date(2026, 1, 1), {"rates": pl.DataFrame({"code": ["0101", "0303"], "rate": [500, 735]})}, {"free_from": date(2026, 3, 1)}
)
CODE = matches("[0-9]{4}", t("应为4位数字", "Four digits"))
INPUTS = (
    Column("line", pl.Int64, label=t("行号", "Line")),
    Column("code", pl.String, checks=(CODE,), label=t("税号", "HS code")),
    Column("value", pl.Int64, checks=(at_least(0), at_most(10**12))),
    Column("day", pl.Date, required=False),
)


def duty(frame: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Rates are in hundredths of a per cent."""
    rated = frame.join(context.tables["rates"], on="code", how="left", maintain_order="left")
    owed = (pl.col("value") * pl.col("rate") + 5_000) // 10_000
    free = pl.col("day") >= pl.lit(context.settings["free_from"])
    return rated.select("line", "code", "day", pl.when(free).then(0).otherwise(owed).alias("duty"))


def slow_duty(frame: pl.DataFrame, context: Context) -> pl.DataFrame:
    """The same, slow enough to be killed in the middle."""
    time.sleep(0.15 if frame.height else 0)
    return duty(frame, context)


def numbered(frame: pl.DataFrame, _context: Context) -> pl.DataFrame:
    """Two rows for each line but none for those of value 0."""
    return frame.filter(pl.col("value") > 0).select("row", "code", pl.lit([1, 2]).alias("part")).explode("part")


def wrong(frame: pl.DataFrame, _context: Context) -> pl.DataFrame:
    """Not a batch function: its columns depend on its rows."""
    return frame.select("line") if frame.height else frame


DUTY = BatchFunction("test.duty", INPUTS, duty)
SLOW = BatchFunction("test.duty", INPUTS, slow_duty)
KEYED = BatchFunction("test.keyed", INPUTS, duty, key=("line", "code"))
NUMBERED = BatchFunction("test.numbered", INPUTS, numbered, row_name="row")
WRONG = BatchFunction("test.wrong", INPUTS, wrong)


def text(rows: int, start: int = 1) -> str:
    """CSV with a heading and ``rows`` good rows, some cells empty, some quoted."""
    lines = ["line,code,value,day"]
    for number in range(start, start + rows):
        code = '"0303"' if number % 5 == 0 else "0101"
        lines.append(f"{number},{code},{number * 37 % 100_003},{'' if number % 7 == 0 else f'2026-0{number % 5 + 1}-1{number % 9}'}")
    return "\n".join(lines) + "\n"
