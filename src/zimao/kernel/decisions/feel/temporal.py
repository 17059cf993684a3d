"""Dates, times and durations of FEEL (DMN 1.3, clauses 10.3.2.3.4 to 10.3.2.3.9) as Python values.

An instant with an offset or a zone becomes UTC; a local one stays naive; the two do not compare. A time of day with an
offset has no column type, so it is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from zimao.kernel.decisions.feel.syntax import FeelError
from zimao.kernel.text import t

__all__ = ["Months", "at_literal", "parse_date", "parse_duration", "parse_instant", "parse_time"]

_LONGEST = 40
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_TIME = re.compile(r"(\d{2}):(\d{2}):(\d{2})(\.\d{1,6})?")
_ZONE = re.compile(r"(?P<clock>.*?)(?P<zone>Z|[+-]\d{2}:\d{2}|@[\w/+-]+)?")
_YEARS = re.compile(r"(?P<sign>-)?P(?=\d)(?:(?P<years>\d{1,9})Y)?(?:(?P<months>\d{1,9})M)?")
_DAYS = re.compile(
    r"(?P<sign>-)?P(?=\d|T\d)(?:(?P<days>\d+)D)?(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


@dataclass(frozen=True, slots=True, order=True)
class Months:
    """A years-and-months duration, counted in months."""

    count: int


def _bad(text: str, zh: str, en: str) -> FeelError:
    return FeelError(t("“{text}”不是有效的" + zh, "“{text}” is not a valid " + en).fill(text=text))


def parse_date(text: str) -> date:
    """``2024-01-31``. FeelError if there is no such day."""
    if _DATE.fullmatch(text) is None:
        raise _bad(text, "日期", "date")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _bad(text, "日期", "date") from error


def parse_time(text: str) -> time:
    """``08:30:00`` with up to microseconds, without offset. FeelError otherwise."""
    try:
        if _TIME.fullmatch(text) is None:
            raise _bad(text, "时间（不带时区偏移）", "time of day without an offset")
        return time.fromisoformat(text)
    except ValueError as error:
        raise _bad(text, "时间", "time") from error


def parse_instant(text: str) -> datetime:
    """``2024-01-31T08:30:00``, optionally with ``Z``, ``+08:00`` or ``@Asia/Shanghai``; a bare date is its midnight."""
    day, _, rest = text.partition("T")
    if not rest:
        return datetime.combine(parse_date(day), time())
    found = _ZONE.fullmatch(rest)
    clock, zone = (found["clock"], found["zone"]) if found else (rest, None)
    local = datetime.combine(parse_date(day), parse_time(clock))
    if zone is None:
        return local
    try:
        if not zone.startswith("@"):
            return datetime.fromisoformat(f"{local.isoformat()}{zone}").astimezone(UTC)
        return local.replace(tzinfo=ZoneInfo(zone[1:])).astimezone(UTC)
    except (ZoneInfoNotFoundError, ValueError, OverflowError, OSError) as error:
        raise _bad(text, "日期时间", "date and time") from error


def parse_duration(text: str) -> timedelta | Months:
    """``P1Y2M`` is months, ``P1DT2H`` is days and time. FeelError for anything else, a mix of both included."""
    if len(text) > _LONGEST:
        raise _bad(text[:_LONGEST], "时长", "duration")
    if (found := _YEARS.fullmatch(text)) is not None:
        months = int(found["years"] or 0) * 12 + int(found["months"] or 0)
        return Months(-months if found["sign"] else months)
    if (found := _DAYS.fullmatch(text)) is not None:
        try:
            length = timedelta(
                days=int(found["days"] or 0),
                hours=int(found["hours"] or 0),
                minutes=int(found["minutes"] or 0),
                microseconds=int(Decimal(found["seconds"] or 0) * 1_000_000),
            )
            return -length if found["sign"] else length
        except OverflowError as error:
            raise _bad(text, "时长", "duration") from error
    raise _bad(text, "时长", "duration")


def at_literal(text: str) -> date | datetime | time | timedelta | Months:
    """The value of ``@"…"``: its form says which of the five it is."""
    if text.lstrip("-").startswith("P"):
        return parse_duration(text)
    if "T" in text:
        return parse_instant(text)
    return parse_time(text) if ":" in text else parse_date(text)
