"""The year with its worked and free days, a due date explained, and the forms of a zone's administrator."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from zimao.kernel.calendars import operations, queries
from zimao.kernel.calendars.explaining import WHY, Month, Why, months
from zimao.kernel.calendars.releases import MAX_BYTES, read_year
from zimao.kernel.errors import Problem, Refused, ZimaoError
from zimao.kernel.parties.models import Zone
from zimao.kernel.text import Text, t
from zimao.kernel.web import act_of, optional_actor

__all__ = ["MAX_SHOWN", "close", "due", "index", "release", "reopen"]

MAX_SHOWN = 120
_CRUMB = (t("工作日历", "Working days"), "/calendar")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
MONTHS = tuple(Text(f"{number}月", name) for number, name in enumerate(_MONTHS, start=1))
WEEKDAYS = tuple(t(*pair) for pair in zip("一二三四五六日", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True))
_MARKS: Mapping[Why, tuple[Text, str]] = {
    "weekend": (t("休", "F"), "table-secondary"),
    "holiday": (t("休", "F"), "table-secondary"),
    "shifted": (t("班", "W"), ""),
    "closed": (t("停", "C"), "table-warning"),
    "opened": (t("开", "O"), "table-warning"),
}
"""What stands below a day that needs a word, and its shade: the letter says it, the shade only helps."""
_NOT_A_DAY = t("请填写日期，例如 2026-01-31", "Give a date such as 2026-01-31")


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """A year in a zone: ``?year=&zone=``."""
    return _index(request)


def _index(request: HttpRequest, problems: tuple[Problem, ...] = (), form: str = "", status: int = 200) -> HttpResponse:
    """The page; ``form`` names the form that ``problems`` belong to."""
    actor = optional_actor(request)
    year, zone = _year(request), _zone(request)
    calendar = queries.calendar_of(zone)
    context: dict[str, Any] = {
        "year": year,
        "years": range(queries.FIRST_YEAR, max(calendar.years, default=year) + 2),
        "zone": zone,
        "zones": list(Zone.objects.order_by("code")),
        "months": [_shown(month) for month in months(calendar, year)],
        "weekdays": WEEKDAYS,
        "legend": [(mark, WHY[key]) for key, (mark, _) in _MARKS.items()],
        "source": queries.year_source(year),
        "closures": queries.closures_of(zone, year),
        "may": actor is not None and actor.has("zone.admin"),
        "own_zone": actor is not None and actor.zone == zone,
        "form": form,
        "given": request.POST,
        "field_problems": {one.field: one.sentence for one in reversed(problems)},
        "problems": problems,
        "today": timezone.localdate(),
        "crumbs": [(_CRUMB[0], "")],
    }
    return render(request, "calendars/index.html", context, status=status)


def _shown(month: Month) -> dict[str, Any]:
    """A month with a mark, its words and a shade for each day that is not an ordinary working day."""
    cell = {key: (mark, WHY[key], shade) for key, (mark, shade) in _MARKS.items()}
    weeks = [[one and (one[0], cell.get(one[1])) for one in week] for week in month.weeks]
    return {"name": MONTHS[month.number - 1], "weeks": weeks, "worked": month.worked, "free": month.free}


def _year(request: HttpRequest) -> int:
    text = request.GET.get("year", "")
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else timezone.localdate().year
    return min(max(year, queries.FIRST_YEAR), queries.LAST_YEAR)


def _zone(request: HttpRequest) -> str:
    actor = optional_actor(request)
    zone = request.GET.get("zone", actor.zone if actor else "")
    return zone if zone.isprintable() and len(zone) <= 20 else ""


@require_safe
def due(request: HttpRequest) -> HttpResponse:
    """The last day of a period and how it is counted: ``?start=&days=&zone=``."""
    zone = _zone(request)
    context: dict[str, Any] = {
        "zone": zone,
        "zones": list(Zone.objects.order_by("code")),
        "start": request.GET.get("start", ""),
        "days": request.GET.get("days", ""),
        "most": queries.MAX_DAYS,
        "crumbs": [_CRUMB, (t("期限计算", "Due date"), "")],
    }
    status = 200
    if "start" in request.GET:
        try:
            context |= _due(context["start"], context["days"], zone)
        except Refused as refused:
            context["field_problems"] = {one.field: one.sentence for one in reversed(refused.problems)}
            status = refused.status
    return render(request, "calendars/due.html", context, status=status)


def _due(start_text: str, days_text: str, zone: str) -> dict[str, Any]:
    """What the page shows of the period. Refused for what is not a date or not a number of days."""
    start = _day(start_text)
    days = int(days_text) if days_text.isascii() and days_text.isdigit() and len(days_text) < 6 else -1
    if start is None:
        raise Refused("calendar.day", _NOT_A_DAY, "start")
    found = queries.period(zone, start, days)
    return {"period": found, "rows": found.counted[:MAX_SHOWN], "hidden": max(0, len(found.counted) - MAX_SHOWN)}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


@require_POST
def release(request: HttpRequest) -> HttpResponse:
    """Release the working days of a year from an uploaded file."""
    act = act_of(request)
    upload = request.FILES.get("file")
    try:
        if upload is None or isinstance(upload, list):
            raise Refused("calendar.file", t("请选择文件", "Choose a file"), "file")
        # one byte beyond the limit is enough to see that a file is too big
        found = read_year(upload.read(MAX_BYTES + 1))
        source = request.POST.get("source", "")
        operations.release_year(act, year=found.year, worked=found.worked, free=found.free, source=source)
    except ZimaoError as error:
        return _index(request, error.problems, "release", error.status)
    _say(request, t("{year}年工作日历已发布", "The working days of {year} are released").fill(year=found.year))
    return redirect(f"{reverse('calendars:index')}?year={found.year}")


@require_POST
def close(request: HttpRequest) -> HttpResponse:
    """Close or open a day in the administrator's zone."""
    act = act_of(request)
    given = {name: request.POST.get(name, "") for name in ("reason_zh", "reason_en", "source")}
    try:
        day = _day(request.POST.get("day", ""))
        if day is None:
            raise Refused("calendar.day", _NOT_A_DAY, "day")
        operations.set_closure(act, day=day, worked=request.POST.get("worked") == "1", **given)
    except ZimaoError as error:
        return _index(request, error.problems, "close", error.status)
    _say(request, t("已设置，今后计算的期限随之变化", "It is set; due dates computed from now on follow it"))
    return redirect(f"{reverse('calendars:index')}?year={day.year}")


@require_POST
def reopen(request: HttpRequest) -> HttpResponse:
    """Let a day be as the calendar says again."""
    act = act_of(request)
    day = _day(request.POST.get("day", "")) or date.min
    try:
        operations.remove_closure(act, day=day)
    except ZimaoError as error:
        return _index(request, error.problems, "reopen", error.status)
    _say(request, t("已取消", "It is removed"))
    return redirect(f"{reverse('calendars:index')}?year={day.year}")


def _say(request: HttpRequest, sentence: Text) -> None:
    messages.success(request, sentence.into(get_language() or "zh"))
