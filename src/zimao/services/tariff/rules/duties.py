"""Duty expressions: what a line of a schedule costs, in ad valorem, specific, mixed, alternative and sliding form.

    FREE | AV 6% | SP 2.1 CNY/kg | AV 6% + SP 2.1 CNY/kg | MAX(a, b) | MIN(a, b) | LADDER(kg; 14: a; *: b)

``LADDER`` takes the first band whose unit price does not exceed its limit; ``*`` is the last. The forms are those of the
Tariff Law (关税法), art. 12: 从价, 从量, 复合. An expression is evaluated exactly over 128-bit integers and rounded half
up to the fen once, at the end. Units: value in fen, quantity in thousandths of the line's unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import polars as pl

from zimao.kernel.errors import Refused
from zimao.kernel.text import t

__all__ = [
    "Ad",
    "Choice",
    "Duty",
    "Ladder",
    "Specific",
    "Sum",
    "amount",
    "amounts",
    "break_even",
    "parse_duty",
    "percent_text",
    "print_duty",
]

_E5 = 100_000  # common denominator: hundredths of a percent of a fen, and 1/100 fen x 1/1000 unit


@dataclass(frozen=True, slots=True)
class Ad:
    """Ad valorem; ``bp`` is hundredths of a percent."""

    bp: int


@dataclass(frozen=True, slots=True)
class Specific:
    """So much a unit; ``rate`` is ten-thousandths of the currency's major unit."""

    rate: int
    currency: str
    unit: str


@dataclass(frozen=True, slots=True)
class Sum:
    """Compound duty: every part is due."""

    parts: tuple[Duty, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Alternative duty: the larger (``MAX``) or smaller (``MIN``) of its parts."""

    which: str
    parts: tuple[Duty, ...]


@dataclass(frozen=True, slots=True)
class Ladder:
    """Sliding duty: bands of the unit price, each limit in ten-thousandths of a CNY a unit; the last limit is None."""

    unit: str
    bands: tuple[tuple[int | None, Duty], ...]


Duty = Ad | Specific | Sum | Choice | Ladder

_TOKEN = re.compile(r"\s*(FREE|AV|SP|MAX|MIN|LADDER|\d+(?:\.\d+)?|[A-Z]{3}/[a-z][a-z0-9]*|[a-z][a-z0-9]*|[%+(),:;*])")


def parse_duty(text: str) -> Duty:
    """The expression written in ``text``; Refused ``duty_unreadable`` for anything that the grammar does not know."""
    tokens: list[str] = []
    at = 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _unreadable(text)
        tokens.append(found[1])
        at = found.end()
    reader = _Reader(text, iter(tokens))
    duty = reader.sum()
    if reader.now:
        raise _unreadable(text)
    return duty


def _unreadable(text: str) -> Refused:
    sentence = t("税率表达式“{text}”无法识别", "The duty expression “{text}” cannot be read").fill(text=text)
    return Refused("duty_unreadable", sentence, "expression")


class _Reader:
    def __init__(self, text: str, tokens: Iterator[str]) -> None:
        self.text, self.tokens = text, tokens
        self.now = next(tokens, "")

    def take(self, *wanted: str) -> str:
        token = self.now
        if wanted and token not in wanted:
            raise _unreadable(self.text)
        self.now = next(self.tokens, "")
        return token

    def scaled(self, scale: int) -> int:
        """The number at hand times ``scale``; a number finer than the scale is refused, never rounded."""
        token = self.take()
        if not token[:1].isdigit():
            raise _unreadable(self.text)
        scaled = Decimal(token) * scale
        if scaled != int(scaled):
            raise _unreadable(self.text)
        return int(scaled)

    def sum(self) -> Duty:
        parts = [self.part()]
        while self.now == "+":
            self.take("+")
            parts.append(self.part())
        return parts[0] if len(parts) == 1 else Sum(tuple(parts))

    def part(self) -> Duty:
        word = self.take("FREE", "AV", "SP", "MAX", "MIN", "LADDER")
        if word == "FREE":
            return Ad(0)
        if word == "AV":
            bp = self.scaled(100)
            self.take("%")
            return Ad(bp)
        if word == "SP":
            rate = self.scaled(10_000)
            currency, slash, unit = self.take().partition("/")
            if not slash:
                raise _unreadable(self.text)
            return Specific(rate, currency, unit)
        return self.ladder() if word == "LADDER" else self.choice(word)

    def choice(self, word: str) -> Duty:
        self.take("(")
        parts = [self.sum()]
        while self.take(",", ")") == ",":
            parts.append(self.sum())
        if len(parts) < 2:
            raise _unreadable(self.text)
        return Choice(word, tuple(parts))

    def ladder(self) -> Duty:
        self.take("(")
        unit = self.take()
        if not unit[:1].islower():
            raise _unreadable(self.text)
        bands: list[tuple[int | None, Duty]] = []
        while self.take(";", ")") == ";":
            limit = None if self.now == "*" else self.scaled(10_000)
            if limit is None:
                self.take("*")
            self.take(":")
            bands.append((limit, self.sum()))
        limits = [limit for limit, _ in bands]
        if not limits or limits[-1] is not None or None in limits[:-1] or not _rising([one for one in limits if one is not None]):
            raise _unreadable(self.text)
        return Ladder(unit, tuple(bands))


def _rising(limits: list[int]) -> bool:
    return all(low < high for low, high in pairwise(limits))


def print_duty(duty: Duty) -> str:
    """The canonical text; ``parse_duty(print_duty(duty)) == duty``."""
    match duty:
        case Ad(0):
            return "FREE"
        case Ad(bp):
            return f"AV {_plain(bp, 100)}%"
        case Specific(rate, currency, unit):
            return f"SP {_plain(rate, 10_000)} {currency}/{unit}"
        case Sum(parts):
            return " + ".join(print_duty(one) for one in parts)
        case Choice(which, parts):
            return f"{which}({', '.join(print_duty(one) for one in parts)})"
        case Ladder(unit, bands):
            shown = (f"{'*' if limit is None else _plain(limit, 10_000)}: {print_duty(one)}" for limit, one in bands)
            return f"LADDER({unit}; {'; '.join(shown)})"


def _plain(number: int, scale: int) -> str:
    text = format(Decimal(number) / scale, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def amount(duty: Duty) -> pl.Expr:
    """``duty`` in fen over the columns ``value_fen``, ``quantity_milli`` and ``unit``; null where a quantity is missing.

    A specific part in a currency other than CNY, or in a unit that is not the line's, is null too: the amount is unknown.
    """
    exact = _exact(duty)
    return ((exact * 2 + _E5) // (2 * _E5)).cast(pl.Int64)


def _exact(duty: Duty) -> pl.Expr:
    match duty:
        case Ad(bp):
            return pl.col("value_fen").cast(pl.Int128) * (bp * 10)
        case Specific(rate, currency, unit):
            known = pl.lit(currency == "CNY") & (pl.col("unit") == unit)
            return pl.when(known).then(pl.col("quantity_milli").cast(pl.Int128) * rate)
        case Sum(parts):
            first, *others = (_exact(one) for one in parts)
            for one in others:
                first = first + one
            return first
        case Choice(which, parts):
            return _chosen(which, [_exact(one) for one in parts])
        case Ladder(unit, bands):
            return _banded(unit, bands)


def _chosen(which: str, parts: list[pl.Expr]) -> pl.Expr:
    best = pl.max_horizontal(parts) if which == "MAX" else pl.min_horizontal(parts)
    return pl.when(pl.all_horizontal([one.is_not_null() for one in parts])).then(best)


def _banded(unit: str, bands: tuple[tuple[int | None, Duty], ...]) -> pl.Expr:
    # value / quantity <= limit, cross-multiplied: fen x 1000 x 100 against 1/100 fen x thousandths
    worth = pl.col("value_fen").cast(pl.Int128) * _E5
    known = (pl.col("unit") == unit) & (pl.col("quantity_milli") > 0)
    *limited, (_, last) = bands
    chosen = _exact(last)
    for limit, one in reversed(limited):
        chosen = pl.when(worth <= pl.col("quantity_milli").cast(pl.Int128) * (limit or 0)).then(_exact(one)).otherwise(chosen)
    return pl.when(known).then(chosen)


def amounts(frame: pl.DataFrame, expression: str = "expression", into: str = "duty_fen") -> pl.DataFrame:
    """``frame`` with the column ``into``: each row's own expression evaluated; null expressions give null."""
    texts = frame.get_column(expression).drop_nulls().unique().sort().to_list()
    return frame.with_columns(_dispatch(pl.col(expression), texts).alias(into))


def _dispatch(expression: pl.Expr, texts: Iterable[str]) -> pl.Expr:
    """One expression that picks the formula by text; all pure ad valorem texts share one formula with their rate looked up."""
    parsed = {text: parse_duty(text) for text in texts}
    plain = {text: duty.bp for text, duty in parsed.items() if isinstance(duty, Ad)}
    rate = expression.replace_strict(plain, default=None, return_dtype=pl.Int128) if plain else pl.lit(None, pl.Int128)
    chosen = ((pl.col("value_fen").cast(pl.Int128) * rate * 10 * 2 + _E5) // (2 * _E5)).cast(pl.Int64)
    for text, duty in parsed.items():
        if not isinstance(duty, Ad):
            chosen = pl.when(expression == text).then(amount(duty)).otherwise(chosen)
    return chosen


def break_even(duty: Duty) -> Decimal | None:
    """The unit price in CNY at which the two parts of an alternative or compound duty cost the same: specific / percent."""
    if not isinstance(duty, Choice | Sum) or len(duty.parts) != 2:
        return None
    ad = [one for one in duty.parts if isinstance(one, Ad)]
    specific = [one for one in duty.parts if isinstance(one, Specific)]
    if not ad or not specific or not ad[0].bp:
        return None
    price = Fraction(specific[0].rate, 10_000) / Fraction(ad[0].bp, 10_000)
    return (Decimal(price.numerator) / Decimal(price.denominator)).quantize(Decimal("0.01"))


def percent_text(column: str) -> pl.Expr:
    """Hundredths of a percent as people write them: 330 is 3.3%, 800 is 8%, 825 is 8.25%."""
    bp = pl.col(column)
    tail = pl.when(bp % 100 == 0).then(pl.lit("")).when(bp % 10 == 0).then(pl.format(".{}", bp % 100 // 10))
    full = pl.format(".{}", (bp % 100).cast(pl.String).str.zfill(2))
    return pl.format("{}{}%", bp // 100, tail.otherwise(full))
