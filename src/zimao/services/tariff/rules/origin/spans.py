"""Amounts that may be partly unknown, and three-valued answers about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from zimao.services.tariff.rules.origin.models import Verdict

__all__ = ["ZERO", "Span", "all_hold", "any_holds", "at_least", "at_most", "span_of"]


@dataclass(frozen=True, slots=True)
class Span:
    """The least the amount can be and the most; ``high`` None means without bound."""

    low: int
    high: int | None

    def __add__(self, other: Span) -> Span:
        return Span(self.low + other.low, None if self.high is None or other.high is None else self.high + other.high)


ZERO = Span(0, 0)


def span_of(amount: int | None) -> Span:
    """A known amount, or zero without bound."""
    return Span(0, None) if amount is None else Span(amount, amount)


def at_most(amount: Span, points: int, base: int) -> Verdict:
    """Is the amount at most ``points`` hundredths of a percent of ``base``? Compared exactly, without rounding."""
    limit = points * base
    if amount.high is not None and amount.high * 10_000 <= limit:
        return "Q"
    return "N" if amount.low * 10_000 > limit else "U"


def at_least(amount: Span, points: int, base: int) -> Verdict:
    """Is the amount at least that share of ``base``?"""
    limit = points * base
    if amount.low * 10_000 >= limit:
        return "Q"
    return "N" if amount.high is not None and amount.high * 10_000 < limit else "U"


def any_holds(verdicts: Iterable[Verdict]) -> Verdict:
    """One is enough."""
    found = set(verdicts)
    return "Q" if "Q" in found else "U" if "U" in found else "N"


def all_hold(verdicts: Iterable[Verdict]) -> Verdict:
    """Every one is needed."""
    found = set(verdicts)
    return "N" if "N" in found else "U" if "U" in found else "Q"
