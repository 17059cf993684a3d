"""What is due beside and on top of the chosen rate: additional duties, the quota split, consumption tax, import VAT, the waiver.

Sources: 关税法 arts 16 (TRQ), 17 to 21 (additional duties), 33 (small amounts); 增值税暂行条例 art. 14 and 消费税暂行条例 art. 9
for the composite taxable price. Every amount is fen, rounded half up once.
"""

from __future__ import annotations

import polars as pl

from zimao.services.tariff.rules.duties import amounts

__all__ = ["extra_duties", "quota_split", "with_taxes"]


def extra_duties(lines: pl.DataFrame, extras: pl.DataFrame) -> pl.DataFrame:
    """``query, extra_fen, extra_possible``: anti-dumping, countervailing, safeguard and retaliatory duties of each line.

    A row for the line's exporter stands before the row for all others of its case; an exclusion row (``EXCL``) takes the case
    away while it lasts. ``extra_possible``: the line's code is shorter than a case's code, so the case may apply; not counted.
    """
    rows = extras.with_columns(pl.col("code").str.slice(0, 6).alias("hs6")).rename({"exporter": "who", "code": "case_code"})
    keyed = lines.with_columns(pl.col("code").str.slice(0, 6).alias("hs6"))
    hit = keyed.join(rows, on=["country", "hs6"], how="inner", maintain_order="left").filter(
        pl.col("on").is_between(pl.col("valid_from"), pl.col("valid_to"))
        & ((pl.col("partner") == "") | (pl.col("partner") == pl.col("origin")))
        & ((pl.col("who") == "") | (pl.col("who") == pl.col("exporter")))
    )
    near = pl.col("case_code").str.starts_with(pl.col("code")) & (pl.col("case_code") != pl.col("code"))
    possible = hit.filter(near).select("query").unique().with_columns(pl.lit(True).alias("extra_possible"))
    sure = hit.filter(pl.col("code").str.starts_with(pl.col("case_code")))
    sure = sure.filter(~(pl.col("kind") == "EXCL").any().over("query", "case"))
    order = ["query", "case", "who", "case_code", "valid_from"]
    sure = sure.sort(order, descending=[False, False, True, True, True]).unique(["query", "case"], keep="first", maintain_order=True)
    added = amounts(sure, "expression", "extra_fen").group_by("query", maintain_order=True)
    sums = added.agg(pl.when(pl.col("extra_fen").is_null().any()).then(None).otherwise(pl.col("extra_fen").sum()).alias("extra_fen"))
    done = lines.select("query").join(sums.with_columns(pl.lit(True).alias("cases")), on="query", how="left", maintain_order="left")
    done = done.join(possible, on="query", how="left", maintain_order="left").with_columns(pl.col("extra_possible").fill_null(False))
    return done.select(
        "query", pl.when(pl.col("cases").is_null()).then(0).otherwise("extra_fen").cast(pl.Int64).alias("extra_fen"), "extra_possible"
    )


def quota_split(options: pl.DataFrame) -> pl.DataFrame:
    """Quota rows (``expression`` in quota, ``rest_expression`` the best ordinary one): ``duty_fen`` of both parts together.

    The value is shared by quantity, half up, and the rest is the remainder, so the parts add up. Without a quantity a quota
    in hand covers the whole line.
    """
    whole = pl.col("quantity_milli").is_null() | (pl.col("quota_milli") >= pl.col("quantity_milli"))
    shared = (pl.col("value_fen").cast(pl.Int128) * pl.col("quota_milli") * 2 + pl.col("quantity_milli")) // (
        pl.col("quantity_milli").cast(pl.Int128) * 2
    )
    inside = options.with_columns(
        pl.col("value_fen").alias("all_fen"),
        pl.col("quantity_milli").alias("all_milli"),
        pl.when(whole).then(pl.col("value_fen")).otherwise(shared.cast(pl.Int64)).alias("value_fen"),
        pl.when(whole).then(pl.col("quantity_milli")).otherwise(pl.col("quota_milli")).alias("quantity_milli"),
        whole.alias("covered"),
    )
    priced = amounts(inside, "expression", "in_fen")
    outside = priced.with_columns(
        (pl.col("all_fen") - pl.col("value_fen")).alias("value_fen"),
        (pl.col("all_milli") - pl.col("quantity_milli")).alias("quantity_milli"),
    )
    priced = amounts(outside, "rest_expression", "out_fen")
    duty = pl.when(pl.col("covered")).then(pl.col("in_fen")).otherwise(pl.col("in_fen") + pl.col("out_fen"))
    back = [duty.alias("duty_fen"), pl.col("all_fen").alias("value_fen"), pl.col("all_milli").alias("quantity_milli")]
    return priced.with_columns(back).select(options.columns if "duty_fen" in options.columns else [*options.columns, "duty_fen"])


def with_taxes(options: pl.DataFrame, lines: pl.DataFrame, parameters: pl.DataFrame) -> pl.DataFrame:
    """``options`` with ``payable_fen`` (duty and additional duty after the waiver), ``consumption_fen``, ``vat_fen``, ``total_fen``.

    ``lines`` is the table of national lines with ``vat_bp`` and ``consumption_bp``; an unknown line has null taxes. The waiver
    (R-e) is for one declaration: it is not applied where ``whole_declaration`` is false.
    """
    rates = _line_taxes(options, lines)
    waiver = _waiver(options, parameters)
    known = options.join(rates, on="query", how="left", maintain_order="left").with_columns(waiver.alias("waiver_fen"))
    limit = pl.when(pl.col("whole_declaration")).then(pl.col("waiver_fen")).otherwise(0)
    duty = pl.col("duty_fen") + pl.col("extra_fen")
    known = known.with_columns(limit.alias("limit_fen"), pl.when(duty < limit).then(0).otherwise(duty).alias("payable_fen"))
    known = known.with_columns((duty.gt(0) & (duty < pl.col("limit_fen"))).fill_null(False).alias("waived"))
    base = (pl.col("value_fen") + pl.col("payable_fen")).cast(pl.Int128)
    rest = 10_000 - pl.col("consumption_bp").cast(pl.Int128)
    consumption = ((base * pl.col("consumption_bp") * 2 + rest) // (rest * 2)).cast(pl.Int64)
    known = known.with_columns(pl.when(consumption < pl.col("limit_fen")).then(0).otherwise(consumption).alias("consumption_fen"))
    vat = (((base + pl.col("consumption_fen")) * pl.col("vat_bp") * 2 + 10_000) // 20_000).cast(pl.Int64)
    known = known.with_columns(pl.when(vat < pl.col("limit_fen")).then(0).otherwise(vat).alias("vat_fen"))
    return known.with_columns((pl.col("payable_fen") + pl.col("consumption_fen") + pl.col("vat_fen")).alias("total_fen"))


def _line_taxes(options: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """The tax rates of the longest national line that covers each query on its day."""
    rows = lines.with_columns(pl.col("code").str.slice(0, 6).alias("hs6")).rename(
        {"code": "line_code", "valid_from": "from", "valid_to": "to"}
    )
    asked = (
        options.select("query", "country", "code", "on")
        .unique(maintain_order=True)
        .with_columns(pl.col("code").str.slice(0, 6).alias("hs6"))
    )
    hit = asked.join(rows, on=["country", "hs6"], how="inner").filter(
        pl.col("on").is_between(pl.col("from"), pl.col("to")) & pl.col("code").str.starts_with(pl.col("line_code"))
    )
    hit = hit.sort("query", pl.col("line_code").str.len_chars(), "from", descending=[False, True, True])
    return hit.unique("query", keep="first", maintain_order=True).select("query", "vat_bp", "consumption_bp")


def _waiver(options: pl.DataFrame, parameters: pl.DataFrame) -> pl.Expr:
    chosen: pl.Expr = pl.lit(0, pl.Int64)
    for row in parameters.filter(pl.col("key") == "small_duty_fen").sort("valid_from").iter_rows(named=True):
        inside = pl.col("on").is_between(row["valid_from"], row["valid_to"]) & (pl.col("country") == row["country"])
        chosen = pl.when(inside).then(pl.lit(row["value"], pl.Int64)).otherwise(chosen)
    return chosen
