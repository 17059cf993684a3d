"""Which rates a good, an origin and a date have: one row a regime, with its state. What is not loaded is ``no_schedule``.

A query is looked up by the longest code of a schedule that covers it, in the schedule's own edition: the code is converted
first, and where the conversion or a short code leaves several rates the answer is ``code_ambiguous`` with the lowest and the
highest, never one of them. Source of the order of regimes: 关税法 (Tariff Law), arts 10 to 16; before 2024-12-01,
进出口关税条例 (State Council Decree 392), arts 10 to 16.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from zimao.kernel.errors import Refused
from zimao.services.tariff.rules.codes import edition_on, resolve_codes
from zimao.services.tariff.rules.duties import Ad, parse_duty

__all__ = ["BASE_REGIMES", "RATE_COLUMNS", "Tables", "applicable", "prepared"]

BASE_REGIMES = ("GEN", "MFN", "PROV", "TRQ")
RATE_COLUMNS = {
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
_UNSURE = "?"
_OFF = ["suspended", "excluded"]
_QUERY = ["query", "country", "code", "origin", "on"]


@dataclass(frozen=True)
class Tables:
    """The releases that one answer stands on; every frame's columns are listed in the service's page of the guide.

    ``rates`` are dated duty rows (``RATE_COLUMNS``; status stated, derived, suspended or excluded). ``partners``: country,
    regime, partner, group, valid_from, valid_to. ``schedules``: country, regime, group, valid_from, valid_to, complete - a line
    that a complete schedule does not list is excluded, any other missing line is simply not loaded. ``origins``: origin, mfn,
    valid_from, valid_to. ``lines``: country, code, vat_bp, consumption_bp, valid_from, valid_to. ``extras``: country, code, kind,
    partner, exporter, expression, valid_from, valid_to. ``parameters``: key, value, valid_from, valid_to.
    """

    rates: pl.DataFrame
    partners: pl.DataFrame
    schedules: pl.DataFrame
    origins: pl.DataFrame
    agreements: pl.DataFrame
    lines: pl.DataFrame
    extras: pl.DataFrame
    parameters: pl.DataFrame
    trade_modes: pl.DataFrame
    documents: pl.DataFrame
    links: pl.DataFrame
    editions: pl.DataFrame
    notes: dict[str, str] = field(default_factory=dict)


def prepared(rates: pl.DataFrame) -> pl.DataFrame:
    """``rates`` with ``av_bp``, the rate of a purely ad valorem row in hundredths of a percent (null for any other form)."""
    texts = rates.get_column("expression").drop_nulls().unique().to_list()
    parsed = {text: parse_duty(text) for text in texts if text}
    plain = {text: duty.bp for text, duty in parsed.items() if isinstance(duty, Ad)}
    bp = pl.col("expression").replace_strict(plain, default=None, return_dtype=pl.Int32) if plain else pl.lit(None, pl.Int32)
    return rates.with_columns(bp.alias("av_bp"), pl.col("code").str.slice(0, 6).alias("hs6"))


def applicable(queries: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """The regimes of each query (``query, country, code, origin, on``; optional ``rcep_origin``) and the state of each.

    One row a query and regime: ``state`` is ``ok``, ``suspended``, ``excluded_line``, ``no_schedule``, ``not_in_force`` or
    ``code_ambiguous``, with ``group, expression, av_bp, low_bp, high_bp, valid_from, valid_to, status, source, verified`` of
    the row found, and ``next_from, next_bp`` (the next lower rate) and ``year_end_bp`` (31 December of the year after).
    """
    asked = queries.select(*_QUERY, *(["rcep_origin"] if "rcep_origin" in queries.columns else []))
    regimes = _regimes(asked, tables)
    matched = _matched(asked, regimes, tables)
    best = _narrowed(matched)
    whole = regimes.join(best, on=["query", "regime", "group"], how="left", maintain_order="left")
    whole = _scheduled(whole, tables)
    found = pl.col("row_status").is_not_null()
    state = (
        pl.when(pl.col("group") == _UNSURE)
        .then(pl.lit("treatment_unknown"))
        .when(~pl.col("in_force"))
        .then(pl.lit("not_in_force"))
        .when(pl.col("several") | (pl.col("by_finer") & ~pl.col("complete")))
        .then(pl.lit("code_ambiguous"))
        .when(pl.col("row_status") == "suspended")
        .then(pl.lit("suspended"))
        .when(pl.col("row_status") == "excluded")
        .then(pl.lit("excluded_line"))
        .when(found)
        .then(pl.lit("ok"))
        .when(pl.col("complete"))
        .then(pl.lit("excluded_line"))
        .otherwise(pl.lit("no_schedule"))
    )
    whole = whole.with_columns(state.alias("state"))
    sure = [pl.when(pl.col("state") == "ok").then(pl.col(name)).alias(name) for name in ("expression", "av_bp")]
    whole = whole.with_columns(sure)
    optional = pl.col("regime").is_in(["PROV", "TRQ"]) & pl.col("state").is_in(["no_schedule", "excluded_line"])
    return _staircase(whole.filter(~optional), matched)


def _regimes(asked: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """The regimes that an origin may have on the day, with the group of the schedule and whether the treaty is in force."""
    inside = pl.col("on").is_between(pl.col("valid_from"), pl.col("valid_to"))
    mfn = asked.join(tables.origins, on="origin", how="left", maintain_order="left").with_columns(
        pl.when(inside).then("mfn").alias("member")
    )
    mfn = mfn.group_by("query", "on", maintain_order=True).agg(pl.col("member").drop_nulls().first())
    base = [
        mfn.filter(pl.col("member") == member).select(
            "query", "on", pl.lit(regime).alias("regime"), pl.lit("").alias("group"), pl.lit(True).alias("in_force")
        )
        for regime, member in (("MFN", True), ("PROV", True), ("GEN", False))
    ]
    base.append(
        mfn.filter(pl.col("member").is_null()).select(
            "query", "on", pl.lit("MFN").alias("regime"), pl.lit(_UNSURE).alias("group"), pl.lit(True).alias("in_force")
        )
    )
    base.append(mfn.select("query", "on", pl.lit("TRQ").alias("regime"), pl.lit("").alias("group"), pl.lit(True).alias("in_force")))
    joined = asked.join(tables.partners, left_on=["country", "origin"], right_on=["country", "partner"], how="inner", maintain_order="left")
    if "rcep_origin" in asked.columns:
        joined = _with_rcep_origin(asked, joined, tables)
    joined = joined.with_columns(pl.col("on").is_between(pl.col("valid_from"), pl.col("valid_to")).alias("in_force"))
    joined = joined.sort("query", "regime", "in_force", "valid_from", descending=[False, False, True, True], maintain_order=True)
    joined = joined.unique(["query", "regime"], keep="first", maintain_order=True)
    return pl.concat([*base, joined.select("query", "on", "regime", "group", "in_force")]).join(
        asked.select("query", "country"), on="query", how="left", maintain_order="left"
    )


def _with_rcep_origin(asked: pl.DataFrame, joined: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Art 2.6: the Party whose rate applies under RCEP may differ from the country of origin on the declaration."""
    moved = asked.filter(pl.col("rcep_origin").is_not_null())
    rcep = tables.partners.filter(pl.col("regime") == "RCEP")
    instead = moved.join(rcep, left_on=["country", "rcep_origin"], right_on=["country", "partner"], how="inner", maintain_order="left")
    rest = joined.join(moved.select("query").with_columns(pl.lit("RCEP").alias("regime")), on=["query", "regime"], how="anti")
    if "rcep_origin" not in instead.columns:
        instead = instead.with_columns(pl.lit(None, pl.String).alias("rcep_origin"))
    return pl.concat([rest, instead.select(rest.columns)])


def _matched(asked: pl.DataFrame, regimes: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Every rate row, of any date, that covers the query's code in the edition of the row."""
    rows = tables.rates if "av_bp" in tables.rates.columns else prepared(tables.rates)
    codes = _in_editions(asked, rows, tables)
    keyed = codes.join(regimes.select("query", "regime", "group", "country", "on"), on="query", how="inner", maintain_order="left")
    hit = keyed.join(rows, on=["country", "edition", "hs6", "regime", "group"], how="inner", maintain_order="left")
    row, asked_code = pl.col("code"), pl.col("target")
    covers = asked_code.str.starts_with(row) | row.str.starts_with(asked_code)
    hit = hit.filter(covers).with_columns(
        row.str.len_chars().alias("digits"), (row.str.len_chars() > asked_code.str.len_chars()).alias("finer")
    )
    return hit.with_columns(pl.col("on").is_between(pl.col("valid_from"), pl.col("valid_to")).alias("today"))


def _in_editions(asked: pl.DataFrame, rows: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """``query, edition, hs6, target, converted, targets``: the query's code in every edition that a schedule uses."""
    own = asked.with_columns(edition_on(pl.col("on"), tables.editions).alias("own")).drop_nulls("own")
    parts = [
        own.select("query", pl.col("own").alias("edition"), pl.col("code").str.slice(0, 6).alias("hs6"), pl.col("code").alias("target"))
    ]
    parts[0] = parts[0].with_columns(pl.lit(False).alias("converted"))
    for (start,), some in own.group_by(["own"], maintain_order=True):
        for end in rows["edition"].unique().sort().to_list():
            if end != start:
                parts.append(_converted(some, tables.links, int(str(start)), end))
    return pl.concat(parts).with_columns(pl.len().over("query", "edition").alias("targets"))


def _converted(some: pl.DataFrame, links: pl.DataFrame, start: int, end: int) -> pl.DataFrame:
    heads = some.select("query", pl.col("code").str.slice(0, 6).alias("head"))
    try:
        resolved = resolve_codes(heads["head"], links, from_edition=start, to_edition=end)
    except Refused:  # editions without a concordance: the schedule cannot be read for this code, which is "no schedule"
        resolved = pl.DataFrame(schema={"code": pl.String, "target": pl.String})
    found = heads.join(resolved, left_on="head", right_on="code", how="inner", maintain_order="left")
    return found.select(
        "query", pl.lit(end, pl.Int32).alias("edition"), pl.col("target").alias("hs6"), "target", pl.lit(True).alias("converted")
    )


def _narrowed(matched: pl.DataFrame) -> pl.DataFrame:
    """The rows of the day that count: the longest code that covers the query, else all finer lines together."""
    today = matched.filter(pl.col("today"))
    key = ["query", "regime", "group"]
    longest = pl.col("digits").filter(~pl.col("finer")).max().over([*key, "target"])
    kept = today.filter(pl.when(longest.is_not_null()).then(~pl.col("finer") & (pl.col("digits") == longest)).otherwise(pl.col("finer")))
    kept = _overruled(kept, key)
    order = ["query", "regime", "group", "valid_from", "code"]
    firsts = [pl.col(name).last() for name in ("code", "edition", "expression", "av_bp", "valid_from", "source", "verified")]
    lost = pl.col("target").n_unique().over([*key, "edition"]) < pl.col("targets")
    kept = kept.with_columns(lost.alias("lost"))
    several = (pl.col("expression").n_unique() > 1) | (pl.col("status").is_in(_OFF).n_unique() > 1) | pl.col("lost").any()
    return (
        kept.sort(order, maintain_order=True)
        .group_by(key, maintain_order=True)
        .agg(
            *firsts,
            pl.col("valid_to").min(),
            pl.col("status").last().alias("row_status"),
            pl.col("av_bp").min().alias("low"),
            pl.col("av_bp").max().alias("high"),
            several.alias("several"),
            pl.col("finer").any().alias("by_finer"),
            pl.col("converted").last(),
        )
    )


def _overruled(kept: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """On one code and day a suspension or exclusion overrules a rate, a published rate a derived one, a later start an earlier."""
    weight = pl.col("status").replace_strict({"suspended": 3, "excluded": 2, "stated": 1}, default=0, return_dtype=pl.Int8)
    ordered = kept.with_columns(weight.alias("weight")).sort("weight", "valid_from", descending=[True, True], maintain_order=True)
    return ordered.unique([*key, "target", "code"], keep="first", maintain_order=True)


def _scheduled(whole: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    loaded = tables.schedules.select(
        "country", "regime", "group", pl.col("valid_from").alias("from"), pl.col("valid_to").alias("to"), "complete"
    )
    keyed = whole.with_row_index("at").join(loaded, on=["country", "regime", "group"], how="left", maintain_order="left")
    inside = pl.col("on").is_between(pl.col("from"), pl.col("to")) & pl.col("complete")
    flags = keyed.group_by("at").agg(inside.fill_null(False).any().alias("complete")).sort("at")
    return whole.with_columns(flags["complete"])


def _staircase(whole: pl.DataFrame, matched: pl.DataFrame) -> pl.DataFrame:
    """What comes after: the next lower ad valorem rate of the same line, and the rate at the end of the next year."""
    key = ["query", "regime", "group"]
    line = matched.join(whole.select(*key, "code", pl.col("av_bp").alias("now_bp")), on=[*key, "code"], how="inner")
    later = line.filter((pl.col("valid_from") > pl.col("on")) & (pl.col("av_bp") < pl.col("now_bp"))).sort(
        "valid_from", maintain_order=True
    )
    following = later.group_by(key).agg(pl.col("valid_from").first().alias("next_from"), pl.col("av_bp").first().alias("next_bp"))
    last = pl.date(pl.col("on").dt.year() + 1, 12, 31)
    ending = _overruled(line.filter(last.is_between(pl.col("valid_from"), pl.col("valid_to"))), key)
    at_end = ending.group_by(key).agg(pl.col("av_bp").first().alias("year_end_bp"))
    done = whole.join(following, on=key, how="left", maintain_order="left").join(at_end, on=key, how="left", maintain_order="left")
    return done.rename({"low": "low_bp", "high": "high_bp", "row_status": "row_kind"}).drop("several", "by_finer", "in_force", "complete")
