"""The dense form of the rate tables: for each span of days, code and class of origins the best rate, in 16 bits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from zimao.services.tariff.rules.ranking import decided
from zimao.services.tariff.rules.rates import BASE_REGIMES, Tables

__all__ = ["ASK", "CLASSES", "FUTURE", "SLOW", "UNKNOWN", "Dense", "densify"]

CLASSES = ["none", "unclaimed", "suboptimal", "future", "no_schedule", "claim_unknown", "amount_unknown", "no_duty"]
UNKNOWN = 65_535  # no rate is known
SLOW = 65_534  # the rate depends on more than the value: one line at a time
ASK = len(CLASSES)  # the class of a line that has to be asked one by one
FUTURE = 128  # the bit of ``mark`` that says that a lower rate is on its way
_VALUE = 10**10  # fen; large enough that no two rates give the same duty and nothing is waived
_EPOCH = date(1970, 1, 1)
_Ints = npt.NDArray[Any]


@dataclass(frozen=True)
class Dense:
    """Arrays by position. ``best`` and ``mark`` (number of the regime, and ``FUTURE``): (span, code, class). ``rates``: (span, code, slot).

    Code 0 and span 0 stand for a code or a day that is not known; a slot is a class with a regime
    it has, and before those each class with any other. ``kinds``: (span, code, slot), the class of the finding or ``ASK``.
    ``vat``: (span, code). ``waiver``: fen by span. All flat, so that a block of lines needs one gather each.
    """

    origins: list[str]
    regimes: list[str]
    codes: int
    classes: int
    slots: int
    heads: _Ints
    tails: _Ints
    first_day: int
    spans: _Ints
    class_of: _Ints
    slot_of: _Ints
    best: _Ints
    mark: _Ints
    rates: _Ints
    kinds: _Ints
    vat: _Ints
    waiver: _Ints

    def index_of(self, code: _Ints) -> _Ints:
        """Position of each 8-digit code, through its subheading: two small tables instead of one of a hundred million."""
        subheading = code // np.uint32(100)
        place = self.heads.take(subheading, mode="clip").astype(np.intp)
        place *= 100
        place += code - subheading * np.uint32(100)
        found: _Ints = self.tails.take(place).astype(np.intp)
        return found

    def span_of(self, day: _Ints) -> _Ints:
        """Number of the span that holds each day since 1970; 0 outside."""
        found: _Ints = self.spans.take(day - (self.first_day - 1), mode="clip")
        return found


def densify(tables: Tables, *, since: date, until: date, country: str) -> Dense:
    """Ask ``decided`` about every code, class of origins and span between ``since`` and ``until``."""
    mine = tables.rates.filter(
        (pl.col("country") == country) & pl.col("regime").is_in(["MFN", "GEN"]) & (pl.col("code").str.len_chars() == 8)
    )
    codes = mine["code"].unique().sort().to_list()
    origins = tables.origins["origin"].unique().sort().to_list()
    regimes = ["", *BASE_REGIMES, *sorted(set(tables.partners["regime"]) - set(BASE_REGIMES))]
    groups, class_of = _classes(tables, origins, country)
    days = _starts(tables, since, until)
    answers = pl.concat(
        [_asked(tables, codes, groups, day, country).with_columns(pl.lit(n, pl.Int32).alias("span")) for n, day in enumerate(days, 1)]
    )
    shape = (len(days) + 1, len(codes) + 1, len(groups))
    pairs = answers.select("class", "regime").unique().sort("class", "regime")
    slot_of = np.repeat(np.arange(len(groups)), len(regimes))  # a regime that the class does not have
    number = {name: at for at, name in enumerate(regimes)}
    slot_of[[kind * len(regimes) + number[regime] for kind, regime in pairs.iter_rows()]] = range(len(groups), len(groups) + pairs.height)
    heads, tails = _index(codes)
    best, mark, rates = _filled(answers, shape, slot_of, number)
    vat, waiver = _taxes(tables, codes, days, country)
    return Dense(
        origins=origins,
        regimes=regimes,
        codes=len(codes) + 1,
        classes=len(groups),
        slots=len(groups) + pairs.height,
        heads=heads,
        tails=tails,
        first_day=(since - _EPOCH).days,
        spans=_calendar(days, since, until),
        class_of=class_of,
        slot_of=slot_of,
        best=best.reshape(-1),
        mark=mark.reshape(-1),
        rates=rates.reshape(-1),
        kinds=_kinds(best, mark, rates, slot_of.reshape(len(groups), -1), regimes),
        vat=vat,
        waiver=waiver,
    )


def _classes(tables: Tables, origins: list[str], country: str) -> tuple[list[str], _Ints]:
    """One origin to stand for all that have the same treatment, and the class of each origin (class 0: unknown origins)."""
    dates = [pl.col("valid_from").cast(pl.String), pl.col("valid_to").cast(pl.String)]
    own = tables.origins.select("origin", pl.concat_str(pl.lit("="), pl.col("mfn").cast(pl.String).fill_null("?"), *dates).alias("sign"))
    mine = tables.partners.filter(pl.col("country") == country)
    treaty = mine.select(pl.col("partner").alias("origin"), pl.concat_str("regime", pl.lit("/"), "group", *dates).alias("sign"))
    signs = pl.concat([own, treaty]).group_by("origin").agg(pl.col("sign").sort().str.join(";"))
    of = dict(signs.iter_rows())
    special = set(tables.extras["partner"]) - {""}
    keys = {origin: f"{of[origin]}|{origin if origin in special or origin == country else ''}" for origin in origins}
    first: dict[str, str] = {}
    for origin in origins:
        first.setdefault(keys[origin], origin)
    number = {key: at for at, key in enumerate(first, 1)}
    class_of = np.zeros(256, np.intp)
    class_of[: len(origins)] = [number[keys[origin]] for origin in origins]
    return ["", *first.values()], class_of


def _starts(tables: Tables, since: date, until: date) -> list[date]:
    """The first days of the spans between which nothing changes."""
    frames = [
        tables.rates,
        tables.partners,
        tables.origins,
        tables.schedules,
        tables.lines,
        tables.extras,
        tables.parameters,
        tables.editions,
    ]
    days = {since}
    for frame in frames:
        days |= set(frame["valid_from"].drop_nulls())
        days |= {one + timedelta(days=1) for one in frame["valid_to"].drop_nulls() if one < until}
    return sorted(day for day in days if since <= day <= until)


def _calendar(days: list[date], since: date, until: date) -> _Ints:
    """Span number by day from the day before ``since`` to the day after ``until``; both ends are 0."""
    table = np.zeros((until - since).days + 3, np.intp)
    for number, day in enumerate(days, 1):
        table[(day - since).days + 1 : -1] = number
    return table


def _asked(tables: Tables, codes: list[str], groups: list[str], day: date, country: str) -> pl.DataFrame:
    kinds = pl.DataFrame({"class": range(1, len(groups)), "origin": groups[1:]}, schema={"class": pl.Int32, "origin": pl.String})
    lines = pl.DataFrame({"at": range(1, len(codes) + 1), "code": codes}, schema={"at": pl.Int32, "code": pl.String}).join(
        kinds, how="cross"
    )
    lines = lines.with_columns(pl.lit(_VALUE, pl.Int64).alias("value_fen"), pl.lit(country).alias("country"))
    answers = decided(lines, tables, day)
    keyed = lines.with_row_index("query").select("query", "at", "class", "code")
    taxed = tables.lines.filter((pl.col("country") == country) & (pl.col("consumption_bp") > 0))["code"].to_list()
    extra = pl.col("extra_fen").ne(0).fill_null(True) | pl.col("extra_possible")
    answers = answers.drop("code").join(keyed, on="query", how="left").with_columns((pl.col("code").is_in(taxed) | extra).alias("beside"))
    return answers.select("at", "class", "regime", "status", "reason", "av_bp", "expression", "next_bp", "beside")


def _filled(answers: pl.DataFrame, shape: tuple[int, int, int], slot_of: _Ints, number: dict[str, int]) -> tuple[_Ints, _Ints, _Ints]:
    spans, codes, _ = shape
    slots = int(slot_of.max(initial=0)) + 1
    best = np.full(shape, UNKNOWN, np.uint16)
    mark = np.zeros(shape, np.uint8)
    rates = np.full((spans, codes, slots), UNKNOWN, np.uint16)
    ids = answers.with_columns(pl.col("regime").replace_strict(number, return_dtype=pl.Int32).alias("number"))
    known = ids.filter(pl.col("av_bp").is_not_null())
    slot = slot_of[known["class"].to_numpy() * len(number) + known["number"].to_numpy()]
    rates[known["span"].to_numpy(), known["at"].to_numpy(), slot] = known["av_bp"].to_numpy()
    first = ids.filter(pl.col("status") == "recommended")
    where = tuple(first[name].to_numpy() for name in ("span", "at", "class"))
    best[where] = first["av_bp"].fill_null(SLOW).to_numpy()
    mark[where] = first["number"].to_numpy()
    usable = ids.filter(
        (pl.col("status") == "eligible") | (pl.col("status") == "recommended") | pl.col("reason").str.starts_with("not_lower")
    )
    coming = usable.group_by("span", "at", "class").agg(
        pl.col("next_bp").min(), pl.col("av_bp").filter(pl.col("status") == "recommended").first()
    )
    coming = coming.filter(pl.col("next_bp") < pl.col("av_bp"))
    mark[tuple(coming[name].to_numpy() for name in ("span", "at", "class"))] |= FUTURE
    mixed = pl.col("expression").is_not_null() & pl.col("av_bp").is_null()
    slow = ids.filter(pl.col("beside") | mixed | (pl.col("reason") == "amount_needs_quantity"))
    best[tuple(slow[name].to_numpy() for name in ("span", "at", "class"))] = SLOW
    return best, mark, rates


def _kinds(best: _Ints, mark: _Ints, rates: _Ints, slot_of: _Ints, regimes: list[str]) -> _Ints:
    """The class of the finding for every span, code and slot, weakest statement first: a later one overrules."""
    group = np.arange(rates.shape[2])
    base = np.zeros(rates.shape[2], np.bool_)
    for at, slots in enumerate(slot_of):
        group[slots] = at
        base[slots] |= np.array([name in BASE_REGIMES for name in regimes])
    best, mark = best[:, :, group], mark[:, :, group]
    preference = ~np.array([name in BASE_REGIMES for name in regimes])[mark & (FUTURE - 1)]
    number = {name: at for at, name in enumerate(CLASSES)}
    kinds = np.where(mark >= FUTURE, number["future"], number["none"])
    kinds = np.where(best < rates, np.where(base & preference, number["unclaimed"], number["suboptimal"]), kinds)
    kinds = np.where(rates >= SLOW, number["claim_unknown"], kinds)
    kinds = np.where(best == UNKNOWN, number["no_schedule"], kinds)
    return np.where(best == SLOW, ASK, kinds).astype(np.uint8).reshape(-1)


def _index(codes: list[str]) -> tuple[_Ints, _Ints]:
    numbers = np.array([int(code) for code in codes], np.int64)
    subheadings = np.unique(numbers // 100)
    heads = np.zeros(1_000_001, np.uint16)  # the last place takes every number that is too large
    heads[subheadings] = np.arange(1, len(subheadings) + 1)
    tails = np.zeros((len(subheadings) + 1) * 100, np.uint16)
    tails[heads[numbers // 100].astype(np.intp) * 100 + numbers % 100] = np.arange(1, len(codes) + 1)
    return heads, tails


def _taxes(tables: Tables, codes: list[str], days: list[date], country: str) -> tuple[_Ints, _Ints]:
    vat = np.full((len(days) + 1, len(codes) + 1), SLOW, np.uint16)
    waiver = np.zeros(len(days) + 1, np.int64)
    place = {code: at for at, code in enumerate(codes, 1)}
    for number, day in enumerate(days, 1):
        today = (pl.col("country") == country) & pl.lit(day).is_between(pl.col("valid_from"), pl.col("valid_to"))
        for code, bp in tables.lines.filter(today).sort("valid_from").select("code", "vat_bp").iter_rows():
            if code in place and bp is not None:
                vat[number, place[code]] = bp
        for value in tables.parameters.filter(today & (pl.col("key") == "small_duty_fen"))["value"]:
            waiver[number] = value
    return vat.reshape(-1), waiver
