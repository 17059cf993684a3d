"""The workbench: all the open work of the actor's desks on one screen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from zimao.kernel.calendars import WorkingCalendar, calendar_of
from zimao.kernel.cases.listing import BenchFilter, bench, bench_roles, my_queues
from zimao.kernel.cases.models import WorkItem
from zimao.kernel.cases.pages.common import holder_name, page_of, today_for
from zimao.kernel.cases.pages.words import track_words
from zimao.kernel.cases.policies import may_do_item
from zimao.kernel.cases.processes import diagram_of, process
from zimao.kernel.operations import Actor
from zimao.kernel.parties.pages.layout import signed_in_page
from zimao.kernel.parties.roles import role_label
from zimao.kernel.text import Text, t
from zimao.kernel.web import actor_of

__all__ = ["DueChip", "due_chip", "rows", "workbench"]

PAGE_SIZE = 50
_GROUPS = (
    ("overdue", t("已逾期", "Overdue")),
    ("today", t("今天到期", "Due today")),
    ("later", t("之后到期", "Due later")),
    ("none", t("无期限或计时中止", "No due day, or the clock is stopped")),
)


@dataclass(frozen=True, slots=True)
class DueChip:
    """When something is due: the kind of badge, the words, the day, and whether that day may still move."""

    kind: str
    words: Text
    on: date
    provisional: bool


def due_chip(item: WorkItem, today: date, calendar: WorkingCalendar) -> DueChip | None:
    """How many working days are left, or by how many the item is late; None when it has no due day."""
    if item.due_on is None:
        return None
    if item.due_on < today:
        words = _days(t("逾期{n}个工作日", "{n} working {days} late"), calendar.count(item.due_on, today))
        return DueChip("danger", words, item.due_on, item.due_provisional)
    if item.due_on == today:
        return DueChip("warning", t("今天到期", "Due today"), item.due_on, item.due_provisional)
    left = calendar.count(today, item.due_on)
    words = _days(t("剩{n}个工作日", "{n} working {days} left"), left)
    return DueChip("warning" if left <= 2 else "neutral", words, item.due_on, item.due_provisional)


def _days(sentence: Text, n: int) -> Text:
    return sentence.fill(n=n, days="day" if n == 1 else "days")


@dataclass(frozen=True, slots=True)
class BenchRow:
    """A work item in words."""

    item: WorkItem
    title: Text
    step: Text
    track: Text | None
    role: Text
    service: Text
    due: DueChip | None
    holder: Text | None
    is_mine: bool
    may_claim: bool


@require_safe
@signed_in_page
def workbench(request: HttpRequest) -> HttpResponse:
    """The whole screen: queues, filters, work."""
    actor = actor_of(request)
    today = today_for(request)
    desks = my_queues(actor, today)
    context = {
        **_work(request, actor, today),
        "queues": [(role_label(one.role), one) for one in desks],
        "roles": [(role, role_label(role)) for role in bench_roles(actor, desks)],
    }
    return render(request, "cases/workbench.html", context)


@require_safe
@signed_in_page
def rows(request: HttpRequest) -> HttpResponse:
    """Only the work: what the screen asks for every half minute."""
    actor = actor_of(request)
    return render(request, "cases/_bench.html", _work(request, actor, today_for(request)))


def _work(request: HttpRequest, actor: Actor, today: date) -> dict[str, Any]:
    asked = request.GET
    wanted = BenchFilter(
        role=asked.get("role", "")[:60],
        text=asked.get("q", "").strip()[:100],
        overdue_on=today if asked.get("overdue") else None,
        mine=bool(asked.get("mine")),
        unassigned=bool(asked.get("unassigned")),
    )
    page = page_of(bench(actor, wanted), request, PAGE_SIZE)
    return {
        "page": page,
        "groups": _grouped(page.object_list, actor, today),
        "wanted": wanted,
        "is_narrowed": wanted != BenchFilter(),
        "address": request.get_full_path() if request.path.endswith("/workbench") else f"/workbench?{asked.urlencode()}",
        "query_string": asked.urlencode(),
    }


def _grouped(items: Iterable[WorkItem], actor: Actor, today: date) -> list[tuple[str, Text, list[BenchRow]]]:
    calendars: dict[str, WorkingCalendar] = {}
    found: dict[str, list[BenchRow]] = {key: [] for key, _ in _GROUPS}
    for item in items:
        zone = item.case.zone_id
        calendar = calendars[zone] if zone in calendars else calendars.setdefault(zone, calendar_of(zone))
        found[_group(item.due_on, today)].append(_row(item, actor, today, calendar))
    return [(key, words, found[key]) for key, words in _GROUPS if found[key]]


def _group(due: date | None, today: date) -> str:
    if due is None:
        return "none"
    return "overdue" if due < today else "today" if due == today else "later"


def _row(item: WorkItem, actor: Actor, today: date, calendar: WorkingCalendar) -> BenchRow:
    case = item.case
    node = diagram_of(case.process_sha256).nodes.get(item.element)
    mine = item.assigned_to_id == actor.user_id
    return BenchRow(
        item=item,
        title=Text(case.title_zh, case.title_en),
        step=node.name if node else Text(item.element, item.element),
        track=track_words(case, item.track),
        role=role_label(item.role),
        service=process(case.process_key).title,
        due=due_chip(item, today, calendar),
        holder=holder_name(item.assigned_to, actor),
        is_mine=mine,
        may_claim=item.assigned_to_id is None and bool(may_do_item(actor, (case, item))),
    )
