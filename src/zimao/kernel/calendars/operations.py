"""Releasing a year, and closing or opening a day in a zone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime

from zimao.kernel.calendars.models import CalendarYear, ZoneClosure
from zimao.kernel.calendars.queries import statutory_exceptions, statutory_years
from zimao.kernel.errors import Missing, Refused
from zimao.kernel.operations import Act, operation
from zimao.kernel.text import t

__all__ = ["load_statutory_years", "release_year", "remove_closure", "set_closure"]

_SOURCE = "国务院办公厅关于{year}年部分节假日安排的通知 (chinesecalendar)"


def load_statutory_years(at: datetime) -> int:
    """Release every year that the package knows and the installation does not; how many were new. Safe to call again."""
    known = set(CalendarYear.objects.values_list("year", flat=True))
    new = [year for year in statutory_years() if year not in known]
    for year in new:
        _keep(year, statutory_exceptions(year), _SOURCE.format(year=year), at)
    return len(new)


@operation("calendars.release_year", roles=("zone.admin",), label=t("发布年度工作日历", "Release a calendar year"))
def release_year(act: Act, *, year: int, exceptions: Mapping[date, bool], source: str) -> CalendarYear:
    """Release the working days of a year: every day that is not as its weekday says. Who: a zone administrator.

    Refused for a day of another year, a day that says nothing new, or no source.
    """
    for day, worked in exceptions.items():
        if day.year != year or worked == (day.weekday() < 5):
            sentence = t("{day}不属于{year}年，或与星期规律相同", "{day} is not of {year}, or is as its weekday says")
            raise Refused("calendar_day", sentence.fill(day=day, year=year), "exceptions")
    if not source.strip():
        raise Refused("source_missing", t("请写明来源文件", "Name the notice this comes from"), "source")
    released = _keep(year, exceptions, source, act.at)
    act.record("calendars.release_year", f"calendar/{year}", {"sha256": released.sha256, "source": source})
    return released


def _keep(year: int, exceptions: Mapping[date, bool], source: str, at: datetime) -> CalendarYear:
    text = json.dumps({day.isoformat(): worked for day, worked in sorted(exceptions.items())})
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    values = {"exceptions": text, "source": source, "sha256": sha256, "released_at": at}
    return CalendarYear.objects.update_or_create(year=year, defaults=values)[0]


@operation("calendars.set_closure", roles=("zone.admin",), label=t("设置片区临时休息或上班", "Close or open a day in the zone"))
def set_closure(act: Act, *, day: date, worked: bool, reason_zh: str, reason_en: str, source: str) -> ZoneClosure:
    """Close a day in the actor's zone, or open one. Due dates computed from now on follow it. Who: a zone administrator."""
    if not (reason_zh.strip() and reason_en.strip() and source.strip()):
        raise Refused("reason_missing", t("请用中英文写明原因并注明来源", "Give the reason in Chinese and English, and its source"), "reason_zh")
    values = {"worked": worked, "reason_zh": reason_zh, "reason_en": reason_en, "source": source}
    closure, _ = ZoneClosure.objects.update_or_create(zone_id=act.actor.zone, day=day, defaults=values)
    act.record("calendars.set_closure", f"calendar/{act.actor.zone}", {"day": day.isoformat(), "worked": worked, "source": source})
    return closure


@operation("calendars.remove_closure", roles=("zone.admin",), label=t("取消片区临时休息或上班", "Remove a closure"))
def remove_closure(act: Act, *, day: date) -> None:
    """Let a day be as the calendar says again. Who: a zone administrator."""
    deleted, _ = ZoneClosure.objects.filter(zone_id=act.actor.zone, day=day).delete()
    if not deleted:
        raise Missing("closure", t("该日没有设置", "Nothing is set for that day"), "day")
    act.record("calendars.remove_closure", f"calendar/{act.actor.zone}", {"day": day.isoformat()})
