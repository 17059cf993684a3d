"""R11: what earlier certificates are worth, and the reduction in time."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

__all__ = ["daily_saving", "reduction"]


def daily_saving(days_saved: int, daily_cost_fen: int) -> int:
    """What ``days_saved`` working days are worth, in fen: days times the ship's cost a day."""
    return days_saved * daily_cost_fen


def reduction(before: int, after: int) -> Decimal:
    """By how many percent ``after`` working days are fewer than ``before``, to one decimal (half even)."""
    return (Decimal(before - after) * 100 / Decimal(before)).quantize(Decimal("0.1"), ROUND_HALF_EVEN)
