"""``zimao calendars``: a year, a due date, released years, days that a zone has set."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from django.utils import timezone

from zimao.kernel.calendars import operations, queries
from zimao.kernel.calendars.explaining import months, why
from zimao.kernel.calendars.releases import read_year
from zimao.kernel.console import AsJson, language, output, refused
from zimao.kernel.errors import Missing, ZimaoError
from zimao.kernel.operations import Act
from zimao.kernel.parties.actors import platform_actor
from zimao.kernel.parties.models import Zone
from zimao.kernel.text import t

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="工作日历 Working days")
ZoneCode = Annotated[str, typer.Option("--zone", help="片区代码；空为全国日历 · The zone's code; empty: the national calendar")]
TheZone = Annotated[str, typer.Option("--zone", help="片区代码 · The zone's code")]
Day = Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], metavar="DAY", help="日期 · The day")]
Source = Annotated[str, typer.Option("--source", help="依据文件 · The announcement it comes from")]
ReasonZh = Annotated[str, typer.Option("--reason-zh", help="原因（中文） · The reason in Chinese")]
ReasonEn = Annotated[str, typer.Option("--reason-en", help="原因（英文） · The reason in English")]


def _act(zone: str) -> Act:
    if zone and not Zone.objects.filter(pk=zone).exists():
        raise Missing("zone.unknown", t("没有这个片区：{code}", "There is no zone {code}").fill(code=zone), "zone")
    return Act(platform_actor(zone), timezone.now())


@app.command()
def show(
    year: Annotated[int, typer.Argument(min=queries.FIRST_YEAR, max=queries.LAST_YEAR)], zone: ZoneCode = "", as_json: AsJson = False
) -> None:
    """打印年度工作日历 · Print the working days of a year."""
    calendar, source = queries.calendar_of(zone), queries.year_source(year)
    days = sorted({*calendar.years.get(year, {}), *(day for day in calendar.closures if day.year == year)})
    found = {
        "year": year,
        "zone": zone,
        "provisional": source is None,
        "source": source.source if source else "",
        "months": [{"month": one.number, "worked": one.worked, "free": one.free} for one in months(calendar, year)],
        "exceptions": [{"day": day, "worked": calendar.is_working(day), "why": why(calendar, day)} for day in days],
    }
    unknown = t("尚未公布，按周一至周五推算", "not published yet: Monday to Friday").into(language())
    lines = [f"{year} {zone} {source.source if source else unknown}"]
    lines += [f"{one.number:02} {one.worked:>3} / {one.free:>2}" for one in months(calendar, year)]
    lines += [f"{day} {'班 worked' if calendar.is_working(day) else '休 free'}" for day in days]
    output(found, lines, as_json)


@app.command()
def due(start: Day, days: int, zone: ZoneCode = "", as_json: AsJson = False) -> None:
    """计算期限届满日，并逐日说明 · Work out the last day of a period, day by day."""
    try:
        found = queries.period(zone, start.date(), days)
    except ZimaoError as error:
        raise refused(error, as_json) from error
    counted = [{"day": one.day, "number": one.number, "why": one.why} for one in found.counted]
    rows = [f"{one.day} {one.number or '–':>4} {one.words.into(language())}" for one in found.counted]
    facts = {"start": found.start, "days": days, "zone": zone, "due": found.due.date, "provisional": found.due.provisional}
    output(facts | {"counted": counted}, [*rows, str(found.due.date)], as_json)


@app.command()
def load(as_json: AsJson = False) -> None:
    """发布软件自带的全部年度 · Release every year that the software knows and the installation does not."""
    years = operations.load_statutory_years(timezone.now())
    output({"years": years}, [str(years)], as_json)


@app.command()
def release(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV 或 JSON · CSV or JSON")],
    source: Source,
    as_json: AsJson = False,
) -> None:
    """发布年度工作日历 · Release the working days of a year."""
    try:
        found = read_year(file.read_bytes())
        made = operations.release_year(_act(""), year=found.year, worked=found.worked, free=found.free, source=source)
    except ZimaoError as error:
        raise refused(error, as_json) from error
    output({"year": made.year, "sha256": made.sha256, "source": made.source}, [f"{made.year} sha256:{made.sha256}"], as_json)


@app.command()
def close(day: Day, *, zone: TheZone, reason_zh: ReasonZh, reason_en: ReasonEn, source: Source, as_json: AsJson = False) -> None:
    """片区临时休息 · Close a day in a zone."""
    _set(day, zone, False, {"reason_zh": reason_zh, "reason_en": reason_en, "source": source}, as_json)


@app.command(name="open")
def open_day(day: Day, *, zone: TheZone, reason_zh: ReasonZh, reason_en: ReasonEn, source: Source, as_json: AsJson = False) -> None:
    """片区临时上班 · Open a day in a zone."""
    _set(day, zone, True, {"reason_zh": reason_zh, "reason_en": reason_en, "source": source}, as_json)


def _set(day: datetime, zone: str, worked: bool, given: dict[str, str], as_json: bool) -> None:
    try:
        made = operations.set_closure(_act(zone), day=day.date(), worked=worked, **given)
    except ZimaoError as error:
        raise refused(error, as_json) from error
    output({"zone": zone, "day": made.day, "worked": worked}, [f"{zone} {made.day} {'班 worked' if worked else '休 free'}"], as_json)


@app.command()
def reset(day: Day, *, zone: TheZone, as_json: AsJson = False) -> None:
    """取消片区的临时设置 · Let a day be as the calendar says again."""
    try:
        operations.remove_closure(_act(zone), day=day.date())
    except ZimaoError as error:
        raise refused(error, as_json) from error
    output({"zone": zone, "day": day.date()}, [f"{zone} {day.date()}"], as_json)
