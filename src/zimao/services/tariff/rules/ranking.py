"""R-a to R-e: every rate that a line may claim, ranked, each with its reason, its money and its documents.

R-a  MFN for members, the general rate otherwise; a provisional rate replaces MFN, never the general rate.
R-b  An agreement or special rate against the provisional rate: the lower applies.
R-c  MFN equal to or below the agreement rate: the agreement is refused (``not_lower_than_mfn``).
R-d  A quota rate needs a certificate; what is outside it takes the ordinary ranking. Additional duties are never cut.
R-e  Duty below the least amount collected (CNY 50 a declaration) is waived.
Sources: 关税法 arts 10-21 and 33 (from 2024-12-01); 进出口关税条例 arts 10-16 and 45 before.

The order is total: status, duty payable, burden of proof (0 none, 1 own declaration, 2 approved exporter, 3 certificate,
4 certificate and back-to-back proof), rate at the end of the next year, code of the regime. A tie with MFN or the
provisional rate goes to them: they need no proof. A batch gives each line what the line alone gives.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from zimao.services.tariff.rules.duties import amounts, percent_text
from zimao.services.tariff.rules.intake import intake
from zimao.services.tariff.rules.rates import BASE_REGIMES, Tables, applicable
from zimao.services.tariff.rules.reasons import sentences
from zimao.services.tariff.rules.taxes import extra_duties, quota_split, with_taxes

__all__ = ["RANK_COLUMNS", "STATUSES", "decided", "rank"]

STATUSES = ("recommended", "eligible", "potential", "unknown", "rejected")
_WHICH = ("line", "rank", "status", "regime", "group", "reason", "reason_zh", "reason_en", "notes")
_MONEY = (
    "rate_text",
    "av_bp",
    "expression",
    "duty_fen",
    "extra_fen",
    "payable_fen",
    "consumption_fen",
    "vat_fen",
    "total_fen",
    "saving_mfn_fen",
)
_REST = (
    "saving_claimed_fen",
    "low_bp",
    "high_bp",
    "valid_from",
    "valid_until",
    "next_from",
    "next_bp",
    "year_end_bp",
    "burden",
    "proofs_accepted",
    "proof_months",
    "documents",
    "source",
    "verified",
)
RANK_COLUMNS = (*_WHICH, *_MONEY, *_REST)
_NOT_LOADED = ["no_schedule", "code_ambiguous"]


def rank(lines: pl.DataFrame, tables: Tables, on: date | None = None) -> pl.DataFrame:
    """Every option of every line, best first: the columns ``RANK_COLUMNS``, ``line`` being the 0-based row of ``lines``.

    ``lines`` needs ``code, origin, value_fen`` and a day (its column ``on`` or the argument); see ``intake.LINE_COLUMNS`` for
    what else it may say. Amounts are fen, rates hundredths of a percent. A line that cannot be read gives one rejected row.
    """
    full = intake(lines, on, tables.origins)
    shown = _shown(_documented(_decided(full, tables), tables))
    return pl.concat([shown, _problems(full, shown)], how="diagonal_relaxed").select(RANK_COLUMNS).sort("line", "rank")


def decided(lines: pl.DataFrame, tables: Tables, on: date | None = None) -> pl.DataFrame:
    """``rank`` without its words: state, reason, rates and amounts of each option (``query`` is the row of ``lines``), unsorted columns.

    For callers that ask millions of questions and show none of the answers; lines that cannot be read have no row.
    """
    return _decided(intake(lines, on, tables.origins), tables)


def _decided(full: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    options = _judged(_compared(_options(full.filter(pl.col("problem").is_null()), tables)))
    options = _ordered(with_taxes(options, tables.lines, tables.parameters))
    return _saved(_placed(_with_quota(options, tables)))


def _options(good: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    found = applicable(good, tables).drop("country", "on", "code")
    found = pl.concat([found, _not_partner(good, found)], how="diagonal_relaxed")
    joined = found.join(good, on="query", how="left", maintain_order="left")
    joined = joined.join(extra_duties(good, tables.extras), on="query", how="left", maintain_order="left")
    treaty = tables.agreements.select(pl.col("agreement").alias("regime"), "burden", "proofs_accepted", "proof_months")
    joined = joined.join(treaty, on="regime", how="left", maintain_order="left")
    heavier = pl.when(pl.col("back_to_back")).then(pl.lit(4, pl.Int8)).otherwise(pl.col("burden"))
    modes = tables.trade_modes.select("trade_mode", (~pl.col("pays_duty")).alias("no_duty_now"))
    joined = joined.join(modes, on="trade_mode", how="left", maintain_order="left").with_columns(pl.col("no_duty_now").fill_null(False))
    preference = ~pl.col("regime").is_in(BASE_REGIMES)
    quota = pl.when(pl.col("regime") == "TRQ").then(pl.lit(1, pl.Int8)).otherwise(pl.lit(0, pl.Int8))
    joined = joined.with_columns(
        preference.alias("preference"), pl.when(preference).then(heavier.fill_null(3)).otherwise(quota).alias("burden")
    )
    return amounts(joined)


def _not_partner(good: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    asked = good.filter(pl.col("claimed").is_not_null()).select("query", pl.col("claimed").alias("regime"))
    lacking = asked.filter(~pl.col("regime").is_in(BASE_REGIMES)).join(found, on=["query", "regime"], how="anti")
    return lacking.with_columns(pl.lit("").alias("group"), pl.lit("not_partner").alias("state"))


def _compared(options: pl.DataFrame) -> pl.DataFrame:
    """Beside each option the ordinary rate of its line: ``mfn_*`` (MFN or general) and ``prov_*``."""
    known = options.filter(pl.col("state") == "ok")
    for name, regimes in (("mfn", ["MFN", "GEN"]), ("prov", ["PROV"])):
        rows = known.filter(pl.col("regime").is_in(regimes)).unique("query", keep="first", maintain_order=True)
        columns = [pl.col(one).alias(f"{name}_{one}") for one in ("av_bp", "duty_fen", "expression")]
        options = options.join(
            rows.select("query", pl.lit(True).alias(f"{name}_known"), *columns), on="query", how="left", maintain_order="left"
        )
    return options.with_columns(pl.col("mfn_known").fill_null(False), pl.col("prov_known").fill_null(False))


def _lower(than: str) -> pl.Expr:
    """Whether the option costs less than ``than``: by rate where both are ad valorem, else by this line's amount."""
    both = pl.col("av_bp").is_not_null() & pl.col(f"{than}_av_bp").is_not_null()
    return pl.when(both).then(pl.col("av_bp") < pl.col(f"{than}_av_bp")).otherwise(pl.col("duty_fen") < pl.col(f"{than}_duty_fen"))


def _judged(options: pl.DataFrame) -> pl.DataFrame:
    preference = pl.col("preference")
    accepted = pl.col("proofs").list.set_intersection(pl.col("proofs_accepted").str.split("|")).list.len() > 0
    unknown_ordinary = pl.col("prov_known") & (pl.col("prov_duty_fen").is_null())
    unknown_ordinary = unknown_ordinary | (pl.col("mfn_known") & pl.col("mfn_duty_fen").is_null())
    reason = (
        pl.when(pl.col("state") != "ok")
        .then(pl.col("state"))
        .when((pl.col("regime") == "MFN") & pl.col("prov_known"))
        .then(pl.lit("replaced_by_provisional"))
        .when(pl.col("duty_fen").is_null())
        .then(pl.lit("amount_needs_quantity"))
        .when(preference & ~pl.col("mfn_known"))
        .then(pl.lit("mfn_unknown"))
        .when(preference & unknown_ordinary)
        .then(pl.lit("amount_needs_quantity"))
        .when(preference & ~_lower("mfn"))
        .then(pl.lit("not_lower_than_mfn"))
        .when(preference & pl.col("prov_known") & ~_lower("prov"))
        .then(pl.lit("not_lower_than_provisional"))
        .when(preference & ~pl.col("direct"))
        .then(pl.lit("not_direct"))
        .when(preference & pl.col("proofs").is_not_null() & ~accepted.fill_null(False))
        .then(pl.lit("proof_unavailable"))
        .when((pl.col("regime") == "TRQ") & (pl.col("quota_milli") <= 0))
        .then(pl.lit("needs_quota"))
        .otherwise(pl.lit("eligible"))
    )
    unknown = ["no_schedule", "treatment_unknown", "code_ambiguous", "amount_needs_quantity", "mfn_unknown"]
    status: pl.Expr = (
        pl.when(pl.col("reason") == "eligible")
        .then(pl.lit("eligible"))
        .when(pl.col("reason").is_in(unknown))
        .then(pl.lit("unknown"))
        .otherwise(pl.lit("rejected"))
    )
    return options.with_columns(reason.alias("reason")).with_columns(status.alias("status"))


def _ordered(options: pl.DataFrame) -> pl.DataFrame:
    """The total order within each line; see the module's text."""
    place = pl.col("status").replace_strict({"eligible": 0, "unknown": 1, "rejected": 2}, return_dtype=pl.Int8)
    keys = ["query", "place", "payable_fen", "burden", "year_end_bp", "regime"]
    return options.with_columns(place.alias("place")).sort(keys, nulls_last=True, maintain_order=True)


def _with_quota(options: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Quota rows are priced last: their part outside the quota takes the best of the other options."""
    quota = (pl.col("regime") == "TRQ") & (pl.col("status") == "eligible")
    mine, others = options.filter(quota), options.filter(~quota)
    if mine.is_empty():
        return options
    best = others.filter(pl.col("status") == "eligible").unique("query", keep="first", maintain_order=True)
    mine = mine.join(best.select("query", pl.col("expression").alias("rest_expression")), on="query", how="left", maintain_order="left")
    taxed = ["payable_fen", "waived", "waiver_fen", "limit_fen", "consumption_fen", "vat_bp", "consumption_bp", "vat_fen", "total_fen"]
    priced = with_taxes(quota_split(mine).drop(*taxed, "rest_expression"), tables.lines, tables.parameters)
    lacking = pl.col("duty_fen").is_null()
    priced = priced.with_columns(
        pl.when(lacking).then(pl.lit("amount_needs_quantity")).otherwise("reason").alias("reason"),
        pl.when(lacking).then(pl.lit("unknown")).otherwise("status").alias("status"),
    )
    return _ordered(pl.concat([others, priced.select(others.columns)]))


def _placed(options: pl.DataFrame) -> pl.DataFrame:
    """``rank`` from 1; the first eligible option becomes the recommended one, unless the trade mode owes no duty now."""
    options = options.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over("query").alias("rank"))
    first = (pl.col("rank") == 1) & (pl.col("status") == "eligible")
    reason = (
        pl.when(first & ~pl.col("preference"))
        .then(pl.when(pl.col("regime") == "TRQ").then(pl.lit("best")).otherwise(pl.lit("no_proof_needed")))
        .when(first)
        .then(pl.lit("best"))
        .when(pl.col("status") == "eligible")
        .then(pl.lit("higher_duty"))
        .otherwise("reason")
    )
    status = (
        pl.when(pl.col("no_duty_now") & (pl.col("status") == "eligible"))
        .then(pl.lit("potential"))
        .when(first)
        .then(pl.lit("recommended"))
        .otherwise("status")
    )
    return options.with_columns(reason.alias("reason"), status.alias("status"))


def _saved(options: pl.DataFrame) -> pl.DataFrame:
    ordinary = options.filter(pl.col("regime").is_in(["MFN", "GEN"]) & pl.col("payable_fen").is_not_null() & (pl.col("state") == "ok"))
    claimed = options.filter((pl.col("regime") == pl.col("claimed")) & (pl.col("state") == "ok"))
    for name, rows in (("mfn", ordinary), ("claimed", claimed)):
        base = rows.unique("query", keep="first", maintain_order=True).select("query", pl.col("payable_fen").alias("base_fen"))
        options = options.join(base, on="query", how="left", maintain_order="left")
        options = options.with_columns((pl.col("base_fen") - pl.col("payable_fen")).alias(f"saving_{name}_fen")).drop("base_fen")
    return options


def _documented(options: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """``documents``: the codes of what is to be handed in; more is needed when the goods passed through another place."""
    moved = (pl.col("departure") != pl.col("origin")).fill_null(False)
    keyed = options.select("query", "regime", "preference", moved.alias("moved"), "back_to_back")
    own = keyed.join(tables.documents, on="regime", how="inner", maintain_order="left")
    common = keyed.filter(pl.col("preference")).join(tables.documents.filter(pl.col("regime") == "*").drop("regime"), how="cross")
    every = pl.concat([own, common.select(own.columns)])
    needed = (pl.col("when") == "always") | ((pl.col("when") == "transit") & pl.col("moved"))
    every = every.filter(needed | ((pl.col("when") == "back_to_back") & pl.col("back_to_back")))
    lists = every.sort("document").group_by("query", "regime").agg(pl.col("document").unique(maintain_order=True).alias("documents"))
    return options.join(lists, on=["query", "regime"], how="left", maintain_order="left").with_columns(moved.alias("moved"))


def _shown(options: pl.DataFrame) -> pl.DataFrame:
    for name in ("av_bp", "mfn_av_bp", "prov_av_bp", "low_bp", "high_bp"):
        options = options.with_columns(percent_text(name).alias(f"{name}_text"))
    texts = [pl.coalesce(f"{name}av_bp_text", f"{name}expression").alias(f"{name}text") for name in ("", "mfn_", "prov_")]
    options = options.with_columns(texts).rename({"text": "rate_text"})
    values = {"regime": "regime", "rate": "rate_text", "mfn": "mfn_text", "prov": "prov_text", "low": "low_bp_text", "high": "high_bp_text"}
    noted = options.with_columns(_notes(options).alias("notes"), *sentences("reason", {name: pl.col(one) for name, one in values.items()}))
    return noted.rename({"query": "line", "valid_to": "valid_until"})


def _notes(options: pl.DataFrame) -> pl.Expr:
    open_question = options.filter(pl.col("state").is_in(_NOT_LOADED))["query"].unique().to_list()
    ok = pl.col("state") == "ok"
    flags = {
        "trade_mode": pl.col("no_duty_now"),
        "waived": pl.col("waived"),
        "derived": ok & (pl.col("row_kind") == "derived"),
        "unverified": ok & ~pl.col("verified"),
        "converted": pl.col("converted"),
        "check_consignment": pl.col("preference") & pl.col("moved"),
        "extra_possible": pl.col("extra_possible"),
        "others_not_loaded": (pl.col("status") == "recommended") & pl.col("query").is_in(open_question),
        "tax_unknown": ok & pl.col("vat_fen").is_null(),
    }
    listed = [pl.when(flag.fill_null(False)).then(pl.lit(name)) for name, flag in flags.items()]
    return pl.concat_list(listed).list.drop_nulls()


def _problems(full: pl.DataFrame, shown: pl.DataFrame) -> pl.DataFrame:
    bad = full.filter(pl.col("problem").is_not_null())
    rows = bad.select(
        pl.col("query").alias("line"),
        pl.lit(1, pl.UInt32).alias("rank"),
        pl.lit("rejected").alias("status"),
        pl.col("problem").alias("reason"),
    )
    rows = rows.with_columns(
        sentences("reason", {name: pl.lit(None, pl.String) for name in ("regime", "rate", "mfn", "prov", "low", "high")})
    )
    empty = [pl.lit(None, kind).alias(name) for name, kind in shown.schema.items() if name in RANK_COLUMNS and name not in rows.columns]
    return rows.with_columns(empty)
