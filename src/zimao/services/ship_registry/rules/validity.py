"""How long each certificate is good for."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta

__all__ = ["add_months", "valid_until"]

# certificate -> the parameter that says how many months it is valid; MMSI and manning run with the nationality
_MONTHS = {
    "nationality": "nationality_valid_months",
    "manning": "nationality_valid_months",
    "mmsi": "nationality_valid_months",
    "interim_smc": "interim_smc_valid_months",
    "licence": "licence_valid_months",
}


def valid_until(
    certificate: str, issued: date, parameters: Mapping[str, int], *, nationality_until: date | None, policy_until: date | None
) -> date | None:
    """The last day on which the certificate is valid, or None when it does not expire (ownership).

    Manning and MMSI end with the nationality certificate; the insurance certificate ends with the policy.
    """
    if certificate == "insurance":
        return policy_until
    if certificate in ("manning", "mmsi") and nationality_until is not None:
        return nationality_until
    key = _MONTHS.get(certificate)
    return add_months(issued, parameters[key]) - timedelta(days=1) if key else None


def add_months(day: date, months: int) -> date:
    """The same day ``months`` later (earlier when negative); the last day of a month that has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
