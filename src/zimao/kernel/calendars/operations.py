"""Releasing a year, and closing or opening a day in a zone."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from zimao.kernel.calendars.models import CalendarYear, ZoneClosure
from zimao.kernel.calendars.queries import FIRST_YEAR, LAST_YEAR, statutory_exceptions, statutory_source, statutory_years
from zimao.kernel.errors import Missing, Problem, Refused
from zimao.kernel.operations import Act, operation
from zimao.kernel.text import t

__all__ = ["load_statutory_years", "release_year", "remove_closure", "set_closure"]

_MAY = ("zone.admin", "system")
_BLANK = t("请填写：原因需中英文，并注明来源", "Fill this in: the reason in Chinese and English, and its source")
_LONG = t("不能超过{n}个字", "At most {n} characters")
_RANGE = t("年份应在{first}至{last}之间", "The year should be from {first} to {last}")
_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_LONGEST = {"reason_zh": 200, "reason_en": 200, "source": 300}
_IS_WEEKDAY = t("{day}是周一至周五，本来就上班", "{day} is a weekday and is worked anyway")
_IS_WEEKEND = t("{day}是周六或周日，本来就休息", "{day} is a Saturday or Sunday and is free anyway")


def load_statutory_years(at: datetime) -> int:
    """Release every year that the package knows and the installation does not; how many were new. Safe to call again."""
    known = set(CalendarYear.objects.values_list("year", flat=True))
    new = [year for year in statutory_years() if year not in known]
    for year in new:
        _keep(year, statutory_exceptions(year), statutory_source(year), at)
    return len(new)


@operation("calendars.release_year", roles=_MAY, label=t("发布年度工作日历", "Release a calendar year"))
def release_year(act: Act, *, year: int, worked: Sequence[date], free: Sequence[date], source: str) -> CalendarYear:
    """Release the working days of a year: weekends that are ``worked`` and weekdays that are ``free``.

    Who: a zone administrator, or the platform's operator.

    A year that is released already is replaced: the notice may be amended. Refused, naming every such day, for a day of
    another year, a day that is as its weekday says, a day that is in both lists; and for no source.
    """
    problems = list(_wrong_days(year, worked, free)) + list(_unfit("source", source))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        problems.append(Problem("calendar.range", "year", _RANGE.fill(first=FIRST_YEAR, last=LAST_YEAR)))
    if not source.strip():
        problems.append(Problem("calendar.source", "source", t("请写明来源文件", "Name the notice this comes from")))
    if problems:
        raise Refused.of(problems)
    released = _keep(year, dict.fromkeys(worked, True) | dict.fromkeys(free, False), source, act.at)
    data = {"year": year, "sha256": released.sha256, "source": source}
    act.record("calendars.release_year", f"calendar/{year}", data)
    act.emit("calendar.changed", f"calendar/{year}", data)
    return released


def _unfit(name: str, text: str) -> Iterator[Problem]:
    if len(text) > _LONGEST[name]:
        yield Problem("calendar.long", name, _LONG.fill(n=_LONGEST[name]))
    if _CONTROL.search(text):
        yield Problem("calendar.control", name, t("含有不可见的控制字符", "There is a control character in it"))


def _wrong_days(year: int, worked: Sequence[date], free: Sequence[date]) -> Iterator[Problem]:
    for name, days, is_weekday in (("worked", worked, False), ("free", free, True)):
        for day in days:
            if day.year != year:
                yield Problem("calendar.year", name, t("{day}不属于{year}年", "{day} is not in {year}").fill(day=day, year=year))
            elif (day.weekday() < 5) != is_weekday:
                yield Problem("calendar.weekday", name, (_IS_WEEKEND if is_weekday else _IS_WEEKDAY).fill(day=day))


def _keep(year: int, exceptions: Mapping[date, bool], source: str, at: datetime) -> CalendarYear:
    text = json.dumps({day.isoformat(): worked for day, worked in sorted(exceptions.items())})
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    values = {"exceptions": text, "source": source, "sha256": sha256, "released_at": at}
    return CalendarYear.objects.update_or_create(year=year, defaults=values)[0]


@operation("calendars.set_closure", roles=_MAY, label=t("设置片区临时休息或上班", "Close or open a day in the zone"))
def set_closure(act: Act, *, day: date, worked: bool, reason_zh: str, reason_en: str, source: str) -> ZoneClosure:
    """Close a day in the actor's zone, or open one. Due dates computed from now on follow it.

    Who: a zone administrator, or the platform's operator.
    """
    given = {"reason_zh": reason_zh, "reason_en": reason_en, "source": source}
    problems = [Problem("calendar.blank", name, _BLANK) for name, value in given.items() if not value.strip()]
    problems += [problem for name, value in given.items() for problem in _unfit(name, value)]
    if not act.actor.zone:
        problems.append(Problem("calendar.zone", "zone", t("请指明片区", "Name the zone")))
    if problems:
        raise Refused.of(problems)
    values = {"worked": worked} | given
    closure, _ = ZoneClosure.objects.update_or_create(zone_id=act.actor.zone, day=day, defaults=values)
    data = {"zone": act.actor.zone, "day": day.isoformat(), "worked": worked, "source": source}
    act.record("calendars.set_closure", f"calendar/{act.actor.zone}", data)
    act.emit("calendar.changed", f"calendar/{act.actor.zone}", data)
    return closure


@operation("calendars.remove_closure", roles=_MAY, label=t("取消片区临时休息或上班", "Remove a closure"))
def remove_closure(act: Act, *, day: date) -> None:
    """Let a day be as the calendar says again. Missing when nothing is set for that day.

    Who: a zone administrator, or the platform's operator.
    """
    deleted, _ = ZoneClosure.objects.filter(zone_id=act.actor.zone, day=day).delete()
    if not deleted:
        raise Missing("calendar.closure", t("该日没有设置，无需取消", "Nothing is set for that day, so there is nothing to remove"), "day")
    data = {"zone": act.actor.zone, "day": day.isoformat(), "worked": None}
    act.record("calendars.remove_closure", f"calendar/{act.actor.zone}", data)
    act.emit("calendar.changed", f"calendar/{act.actor.zone}", data)
