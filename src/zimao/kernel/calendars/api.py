"""The API of the calendar: reading is open to everybody; releasing a year and closing a day are for the zone's administrator."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import File, Form, Path, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from zimao.kernel.calendars import operations, queries
from zimao.kernel.calendars.explaining import WHY, CountedDay, Why, months, why
from zimao.kernel.calendars.models import CalendarYear, ZoneClosure
from zimao.kernel.calendars.releases import MAX_BYTES, read_year
from zimao.kernel.text import Text
from zimao.kernel.web import act_of

__all__ = ["router"]

router = Router(tags=["calendar"])
Zone = Annotated[str, Query(max_length=20, pattern=r"^[^\x00-\x1f\x7f]*$", description="zone code; empty: the national calendar")]
Year = Annotated[int, Path(ge=queries.FIRST_YEAR, le=queries.LAST_YEAR)]


class Words(Schema):
    """One text in both languages."""

    zh: str
    en: str


class CountedOut(Schema):
    """One day of a period."""

    day: date
    number: int | None = Field(description="its place in the count; null: it does not count")
    why: Why
    words: Words

    @staticmethod
    def resolve_words(row: CountedDay) -> dict[str, str]:
        return _words(row.words)


class DueOut(Schema):
    """The last day of a period and how it is counted."""

    zone: str
    start: date
    days: int
    due: date
    provisional: bool = Field(description="it touches a year whose holidays are not published yet")
    counted: list[CountedOut]


class MonthOut(Schema):
    """How many days of a month are worked and free."""

    month: int
    worked: int
    free: int


class ExceptionOut(Schema):
    """A day that is not as its weekday says."""

    day: date
    worked: bool
    why: Why
    words: Words


class YearOut(Schema):
    """The working days of a year in a zone: Monday to Friday but for the exceptions."""

    year: int
    zone: str
    provisional: bool
    source: str
    sha256: str
    released_at: datetime | None
    months: list[MonthOut]
    exceptions: list[ExceptionOut]


class ReleaseIn(Schema):
    """Which notice the days come from."""

    source: str = Field(min_length=1, max_length=300)


class ReleasedOut(Schema):
    """A released year."""

    year: int
    source: str
    sha256: str
    released_at: datetime


class ClosureIn(Schema):
    """A day on which the zone is closed, or open although the calendar says otherwise."""

    day: date
    worked: bool = False
    reason_zh: str = Field(min_length=1, max_length=200)
    reason_en: str = Field(min_length=1, max_length=200)
    source: str = Field(min_length=1, max_length=300)


class ClosureOut(ClosureIn):
    """The same, with the zone."""

    zone: str

    @staticmethod
    def resolve_zone(row: ZoneClosure) -> str:
        return str(row.zone_id)


@router.get("/due", response=DueOut, auth=None, summary="期限计算 Due date")
def due(request: HttpRequest, start: date, days: Annotated[int, Query(ge=0, le=queries.MAX_DAYS)], zone: Zone = "") -> dict[str, Any]:
    """The ``days``-th working day after ``start``, day by day; the day after the start is day 1."""
    found = queries.period(zone, start, days)
    return {
        "zone": zone,
        "start": start,
        "days": days,
        "due": found.due.date,
        "provisional": found.due.provisional,
        "counted": found.counted,
    }


@router.get("/{int:year}", response=YearOut, auth=None, summary="年度工作日历 A year")
def year(request: HttpRequest, year: Year, zone: Zone = "") -> dict[str, Any]:
    """The working days of a year in a zone."""
    calendar = queries.calendar_of(zone)
    source = queries.year_source(year)
    days = sorted({*calendar.years.get(year, {}), *(day for day in calendar.closures if day.year == year)})
    reasons = [(day, why(calendar, day)) for day in days]
    return {
        "year": year,
        "zone": zone,
        "provisional": source is None,
        "source": source.source if source else "",
        "sha256": source.sha256 if source else "",
        "released_at": source.released_at if source else None,
        "months": [{"month": one.number, "worked": one.worked, "free": one.free} for one in months(calendar, year)],
        "exceptions": [{"day": day, "worked": calendar.is_working(day), "why": one, "words": _words(WHY[one])} for day, one in reasons],
    }


@router.post("/years", response=ReleasedOut, summary="发布年度工作日历 Release a year")
def release(request: HttpRequest, body: Form[ReleaseIn], file: File[UploadedFile]) -> CalendarYear:
    """Release a year from a CSV (``day,worked``) or JSON file of the days that are not as their weekday says."""
    # one byte beyond the limit is enough to see that a file is too big
    found = read_year(file.read(MAX_BYTES + 1))
    return operations.release_year(act_of(request), year=found.year, worked=found.worked, free=found.free, source=body.source)


@router.post("/closures", response=ClosureOut, summary="设置临时休息或上班 Close or open a day")
def close(request: HttpRequest, body: ClosureIn) -> ZoneClosure:
    """Close or open a day in the caller's zone."""
    return operations.set_closure(act_of(request), **body.dict())


@router.delete("/closures/{day}", response={204: None}, summary="取消临时休息或上班 Remove a closure")
def reopen(request: HttpRequest, day: date) -> Status[None]:
    """Let a day be as the calendar says again."""
    operations.remove_closure(act_of(request), day=day)
    return Status(204, None)


def _words(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
