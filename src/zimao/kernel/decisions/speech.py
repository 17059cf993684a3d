"""Values of FEEL as FEEL writes them."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from zimao.kernel.decisions.feel.temporal import Months

__all__ = ["plain", "spoken"]


def spoken(value: Any) -> str:
    """``"text"``, ``12.5``, ``true``, ``2024-01-31``, ``P1Y``, ``[1, 2]``; null for None."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list):
        return f"[{', '.join(map(spoken, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {spoken(part)}" for name, part in value.items()) + "}"
    found = plain(value)
    return "null" if found is None else str(found).lower() if isinstance(found, bool) else str(found)


def plain(value: Any) -> Any:  # noqa: PLR0911 - one line a kind
    """A value as JSON has it: numbers as text with all their digits, dates and durations in ISO 8601."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _days(value)
    if isinstance(value, Months):
        years, months = divmod(abs(value.count), 12)
        return f"{'-' if value.count < 0 else ''}P{f'{years}Y' if years else ''}{f'{months}M' if months or not years else ''}"
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    return value


def _days(value: timedelta) -> str:
    sign, value = ("-", -value) if value < timedelta(0) else ("", value)
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    second = f"{seconds}.{value.microseconds:06d}".rstrip("0") if value.microseconds else str(seconds)
    clock = "".join(f"{part}{unit}" for part, unit in ((hours, "H"), (minutes, "M"), (second, "S")) if str(part) != "0")
    days = f"{value.days}D" if value.days or not clock else ""
    return f"{sign}P{days}{f'T{clock}' if clock else ''}"
