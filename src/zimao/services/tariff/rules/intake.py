"""Lines as they come: defaults for what may be left out, and the reason why a line cannot be answered at all."""

from __future__ import annotations

from datetime import date

import polars as pl

from zimao.kernel.errors import Refused
from zimao.kernel.text import t

__all__ = ["LINE_COLUMNS", "intake"]

_REQUIRED = {"code": pl.String, "origin": pl.String, "value_fen": pl.Int64}
LINE_COLUMNS: dict[str, tuple[pl.DataType | type[pl.DataType], object]] = {
    "country": (pl.String, "CN"),
    "departure": (pl.String, None),
    "quantity_milli": (pl.Int64, None),
    "unit": (pl.String, None),
    "quota_milli": (pl.Int64, 0),
    "trade_mode": (pl.String, "0110"),
    "exporter": (pl.String, ""),
    "direct": (pl.Boolean, True),
    "back_to_back": (pl.Boolean, False),
    "whole_declaration": (pl.Boolean, True),
    "rcep_origin": (pl.String, None),
    "claimed": (pl.String, None),
    "proofs": (pl.List(pl.String), None),
}


def intake(lines: pl.DataFrame, on: date | None, origins: pl.DataFrame) -> pl.DataFrame:
    """``lines`` with every column, ``query`` (0-based row) and ``problem`` (null when the line can be answered).

    Required: ``code`` (6, 8 or 10 digits; a 13-digit inspection code is cut to 10), ``origin`` (ISO 3166-1 alpha-2),
    ``value_fen``. The date is ``on`` of the line or of the call. Refused ``lines_columns`` when a column is missing.
    """
    missing = [name for name in _REQUIRED if name not in lines.columns]
    if missing or (on is None and "on" not in lines.columns):
        names = ", ".join([*missing, *(["on"] if on is None and "on" not in lines.columns else [])])
        raise Refused("lines_columns", t("缺少列：{names}", "Missing columns: {names}").fill(names=names), names.partition(",")[0])
    made = [pl.col(name).cast(kind) for name, kind in _REQUIRED.items()]
    made += [_given(name, kind, default, lines) for name, (kind, default) in LINE_COLUMNS.items()]
    day = pl.col("on").cast(pl.Date) if "on" in lines.columns else pl.lit(None, pl.Date)
    made.append(day.fill_null(pl.lit(on, pl.Date)).alias("on"))
    full = lines.select(made).with_row_index("query")
    cut = pl.col("code").str.replace_all(r"[. ]", "")
    full = full.with_columns(pl.when(cut.str.len_chars() == 13).then(cut.str.slice(0, 10)).otherwise(cut).alias("code"))
    return full.with_columns(_problem(origins).alias("problem"))


def _given(name: str, kind: pl.DataType | type[pl.DataType], default: object, lines: pl.DataFrame) -> pl.Expr:
    if name not in lines.columns:
        return pl.lit(default, kind).alias(name)
    return pl.col(name).cast(kind) if default is None else pl.col(name).cast(kind).fill_null(pl.lit(default, kind))


def _problem(origins: pl.DataFrame) -> pl.Expr:
    known = origins["origin"].unique().to_list()
    return (
        pl.when(pl.col("code").str.contains(r"^\d{6}(\d{2})?(\d{2})?$").fill_null(False).not_())
        .then(pl.lit("code_invalid"))
        .when(pl.col("origin").is_in(known).fill_null(False).not_())
        .then(pl.lit("origin_unknown"))
        .when(pl.col("origin") == pl.col("country"))
        .then(pl.lit("origin_is_importer"))
        .when((pl.col("value_fen") < 0).fill_null(True))
        .then(pl.lit("value_invalid"))
        .when((pl.col("quantity_milli") < 0) | (pl.col("quota_milli") < 0))
        .then(pl.lit("quantity_invalid"))
        .when(pl.col("on").is_null())
        .then(pl.lit("date_missing"))
    )
