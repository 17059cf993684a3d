"""Missed savings: for millions of declared lines, the duty that a better rate would have saved. One rule, made dense.

``prepare_missed`` asks ``rank`` once for every code, class of origins and span of days, and keeps the answers as arrays of
16-bit rates. ``missed_savings`` then only gathers: four look-ups a line, arithmetic where the rate claimed is not the best.
What the arrays cannot hold - specific or mixed duty, consumption tax, additional duty - is marked, and those lines go through
``rank`` itself in the same call. Two threads share the blocks; the result does not depend on how the lines are cut.

Amounts are fen. The saving is duty; the VAT effect stands apart, since VAT is creditable: it is cash flow, not cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from zimao.kernel.errors import Refused
from zimao.kernel.text import t
from zimao.services.tariff.rules.dense import ASK, CLASSES, FUTURE, SLOW, Dense, densify
from zimao.services.tariff.rules.ranking import rank
from zimao.services.tariff.rules.rates import BASE_REGIMES, Tables

__all__ = ["FINDING_COLUMNS", "MissedTables", "encoded", "missed_savings", "prepare_missed", "sums"]

_BLOCK = 1 << 15  # lines at a time: what a block needs stays in the cache of its core
_NOWHERE = 255  # the place of an unknown origin in class_of
_MOST = 10**14  # fen; keeps value x rate inside 64 bits
FINDING_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "line": pl.UInt32,
    "class": pl.Enum(CLASSES),
    "best": pl.String,
    "best_bp": pl.Int32,
    "claimed_bp": pl.Int32,
    "saving_fen": pl.Int64,
    "vat_effect_fen": pl.Int64,
}
_Ints = npt.NDArray[Any]
_LINE = ("code", "origin", "claimed", "on", "value_fen", "pays_duty")
_NUMBER = {name: np.uint8(at) for at, name in enumerate(CLASSES)}
_FIRST, _FINDINGS = _NUMBER["unclaimed"], np.uint8(3)


@dataclass(frozen=True)
class MissedTables:
    """What ``prepare_missed`` made: the arrays, and the tables for the lines that the arrays cannot answer."""

    dense: Dense
    tables: Tables
    country: str

    @property
    def origins(self) -> pl.Enum:
        """The type of a column of origins that needs no conversion."""
        return pl.Enum(self.dense.origins)

    @property
    def regimes(self) -> pl.Enum:
        """The type of a column of regimes claimed that needs no conversion."""
        return pl.Enum(self.dense.regimes)


def prepare_missed(tables: Tables, *, since: date, until: date, country: str = "CN") -> MissedTables:
    """The dense form of ``tables`` for lines accepted from ``since`` to ``until`` (both included)."""
    return MissedTables(densify(tables, since=since, until=until, country=country), tables, country)


def encoded(lines: pl.DataFrame, tables: MissedTables) -> pl.DataFrame:
    """``lines`` with the compact types: ``code`` UInt32 of 8 digits, ``origin`` and ``claimed`` Enum, ``pays_duty`` Boolean.

    A column that has its compact type already is left as it is. An unknown origin or regime becomes null and is not counted.
    """
    made: list[pl.Expr] = []
    if lines.schema["code"] != pl.UInt32:
        made.append(pl.col("code").cast(pl.String).str.slice(0, 8).str.pad_end(8, "0").cast(pl.UInt32, strict=False))
    for name, kind in (("origin", tables.origins), ("claimed", tables.regimes)):
        if lines.schema[name] != kind:
            made.append(pl.col(name).cast(pl.String).cast(kind, strict=False))
    if "pays_duty" not in lines.columns:
        modes = tables.tables.trade_modes
        paying = dict(zip(modes["trade_mode"], modes["pays_duty"], strict=True))
        known = "trade_mode" in lines.columns
        made.append((pl.col("trade_mode").replace_strict(paying, default=True) if known else pl.lit(True)).alias("pays_duty"))
    return lines.with_columns(made)


def missed_savings(lines: pl.DataFrame, tables: MissedTables, *, everything: bool = False, threads: int = 2) -> pl.DataFrame:
    """The findings among ``lines`` (``code, origin, on, value_fen, claimed``; see ``encoded``): ``FINDING_COLUMNS``, by line.

    ``class``: ``unclaimed`` (no preference claimed), ``suboptimal`` (another rate was lower), ``future`` (nothing missed, a
    lower rate is on its way). With ``everything`` also ``none``, ``no_schedule``, ``claim_unknown``, ``amount_unknown`` and ``no_duty``.
    Refused ``value_too_large`` beyond 1 trillion CNY a line, ``lines_columns`` when a column is missing.
    """
    missing = [name for name in ("code", "origin", "on", "value_fen", "claimed") if name not in lines.columns]
    if missing:
        raise Refused("lines_columns", t("缺少列：{names}", "Missing columns: {names}").fill(names=", ".join(missing)), missing[0])
    compact = encoded(lines, tables)
    arrays = _arrays(compact)
    starts = range(0, lines.height, _BLOCK)
    with ThreadPoolExecutor(threads) as pool:
        blocks = list(pool.map(lambda start: _block(tables.dense, arrays, start, everything), starts))
    found = _frame(_joined(blocks), tables.dense)
    slow = [block["slow"] for block in blocks if block["slow"].size]
    if slow:
        found = pl.concat([found, _one_by_one(lines, np.concatenate(slow), tables)]).sort("line")
    return found if everything else found.filter(pl.col("class").is_in(["unclaimed", "suboptimal", "future"]))


def _arrays(compact: pl.DataFrame) -> dict[str, _Ints]:
    if not compact.filter(pl.col("value_fen") > _MOST).is_empty():
        raise Refused("value_too_large", t("单行完税价格超过上限", "The customs value of a line is beyond the limit"), "value_fen")
    filled = {"code": 0, "on": -1, "value_fen": -1, "pays_duty": True}
    made = {name: compact[name].to_physical().fill_null(value).to_numpy() for name, value in filled.items()}
    made["origin"] = compact["origin"].to_physical().fill_null(_NOWHERE).to_numpy()
    made["claimed"] = compact["claimed"].to_physical().fill_null(0).to_numpy()
    return made


def _block(dense: Dense, arrays: dict[str, _Ints], start: int, everything: bool) -> dict[str, _Ints]:
    """One block of lines: gather for all, then arithmetic for the lines that are kept."""
    code, origin, claimed, on, value, pays = (arrays[name][start : start + _BLOCK] for name in _LINE)
    span = dense.span_of(on)
    row = dense.index_of(code) + span * dense.codes
    group = dense.class_of.take(origin)
    slot = dense.slot_of.take(group * len(dense.regimes) + claimed)
    name = dense.kinds.take(row * dense.slots + slot)
    counted = pays & (value >= 0)
    slow = counted & (name == ASK)
    # the classes that are findings stand in a row, so that one comparison of unsigned bytes finds them
    keep = np.flatnonzero(~slow if everything else counted & (name - _FIRST < _FINDINGS))
    kept, row = name[keep], row[keep]
    at = row * dense.classes + group[keep]
    best, was = dense.best.take(at), dense.rates.take(row * dense.slots + slot[keep])
    paid, vat = _money(dense, value[keep], best, was, span=span[keep], row=row)
    lower = counted[keep] & (kept - _FIRST < _FINDINGS - 1)
    kept = np.where(lower & (paid <= 0), _NUMBER["none"], kept)
    return {
        "line": (keep + start).astype(np.uint32),
        "class": np.where(counted[keep], kept, _NUMBER["no_duty"]),
        "best": dense.mark.take(at) & (FUTURE - 1),
        "best_bp": best,
        "claimed_bp": was,
        "saving_fen": paid * lower,
        "vat_effect_fen": vat * lower,
        "slow": (np.flatnonzero(slow) + start).astype(np.uint32),
    }


def _money(dense: Dense, value: _Ints, best: _Ints, was: _Ints, *, span: _Ints, row: _Ints) -> tuple[_Ints, _Ints]:
    """Duty saved and VAT effect: each amount rounded half up and waived as ``rank`` does, then subtracted."""
    limit = dense.waiver.take(span)
    paid, least = (_waived(_share(value, rate), limit) for rate in (was, best))
    vat = dense.vat.take(row)
    effect = _waived(_share(value + paid, vat), limit) - _waived(_share(value + least, vat), limit)
    return paid - least, np.where(vat < SLOW, effect, 0)


def _share(value: _Ints, rate: _Ints) -> _Ints:
    return (value * rate.astype(np.int64) + 5_000) // 10_000


def _waived(amount: _Ints, limit: _Ints) -> _Ints:
    return np.where(amount < limit, 0, amount)


def _joined(blocks: Sequence[dict[str, _Ints]]) -> dict[str, _Ints]:
    if not blocks:
        kinds = {"line": np.uint32, "class": np.uint8, "best": np.uint8, "best_bp": np.uint16, "claimed_bp": np.uint16}
        return {name: np.empty(0, kinds.get(name, np.int64)) for name in FINDING_COLUMNS}
    return {name: np.concatenate([block[name] for block in blocks]) for name in FINDING_COLUMNS}


def _frame(block: dict[str, _Ints], dense: Dense) -> pl.DataFrame:
    frame = pl.DataFrame({name: block[name] for name in FINDING_COLUMNS})
    regimes = pl.Enum(dense.regimes)
    known = [pl.when(pl.col(name) < SLOW).then(pl.col(name)).cast(pl.Int32).alias(name) for name in ("best_bp", "claimed_bp")]
    best = pl.when(pl.col("best_bp") < SLOW).then(pl.col("best").cat.to(regimes).cast(pl.String)).alias("best")
    return frame.with_columns(pl.col("class").cat.to(pl.Enum(CLASSES)), best, *known)


def _one_by_one(lines: pl.DataFrame, rows: _Ints, tables: MissedTables) -> pl.DataFrame:
    """The lines that the arrays cannot answer, through ``rank``."""
    some = lines[rows.tolist()].with_columns(pl.lit(tables.country).alias("country"))
    names = [name for name in ("code", "origin", "claimed") if some.schema[name] != pl.String]
    some = some.with_columns(pl.col(name).cast(pl.String) for name in names).with_columns(pl.col("code").str.zfill(8))
    ranked = rank(some, tables.tables)
    asked = pl.DataFrame({"line": pl.Series(range(some.height), dtype=pl.UInt32), "row": rows, "regime": some["claimed"]})
    claimed = asked.join(ranked, on=["line", "regime"], how="left").select("line", "row", "regime", "av_bp", "vat_fen", "payable_fen")
    best = ranked.filter(pl.col("status") == "recommended").select(
        "line",
        pl.col("regime").alias("best"),
        pl.col("av_bp").alias("best_bp"),
        pl.col("payable_fen").alias("least"),
        pl.col("vat_fen").alias("vat"),
    )
    both = claimed.join(best, on="line", how="left").with_columns((pl.col("payable_fen") - pl.col("least")).alias("saving"))
    base = pl.col("regime").is_in(BASE_REGIMES) & ~pl.col("best").is_in(BASE_REGIMES)
    kind = (
        pl.when(pl.col("best").is_null())
        .then(pl.lit("amount_unknown"))
        .when(pl.col("saving").is_null())
        .then(pl.lit("claim_unknown"))
        .when(pl.col("saving") <= 0)
        .then(pl.lit("none"))
        .when(base)
        .then(pl.lit("unclaimed"))
        .otherwise(pl.lit("suboptimal"))
    )
    effect = pl.when(pl.col("saving") > 0).then((pl.col("vat_fen") - pl.col("vat")).fill_null(0)).otherwise(0)
    return both.select(
        pl.col("row").alias("line"),
        kind.cast(pl.Enum(CLASSES)).alias("class"),
        "best",
        "best_bp",
        pl.col("av_bp").alias("claimed_bp"),
        pl.when(pl.col("saving") > 0).then("saving").otherwise(0).alias("saving_fen"),
        effect.alias("vat_effect_fen"),
    ).cast(pl.Schema(FINDING_COLUMNS))


def sums(findings: pl.DataFrame, lines: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Findings added up ``by`` columns of ``lines`` (enterprise, hs4, origin, claimed, month) or of the findings.

    Columns ``lines, saving_fen, vat_effect_fen``; integers, so the order of the lines does not matter.
    """
    wanted = [name for name in by if name not in findings.columns]
    beside = pl.concat([findings, lines.select(wanted)[findings["line"]]], how="horizontal") if wanted else findings
    grouped = beside.group_by(list(by)).agg(pl.len().alias("lines"), pl.col("saving_fen", "vat_effect_fen").sum())
    return grouped.sort(list(by))
