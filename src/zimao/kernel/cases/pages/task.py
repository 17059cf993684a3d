"""One work item: what it is about, its form, and what else may be done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from zimao.kernel.cases import operations
from zimao.kernel.cases.listing import next_item
from zimao.kernel.cases.models import WorkItem
from zimao.kernel.cases.pages.common import back_to, holder_name, success, today_for
from zimao.kernel.cases.pages.sections import case_facts, drawn, material_rows, step_name, task_rows
from zimao.kernel.cases.pages.words import material_words, process_forms, track_words
from zimao.kernel.cases.panels import task_panels
from zimao.kernel.cases.policies import files_for_applicant, may_do_item, may_see_case, supervises
from zimao.kernel.cases.queries import read_items
from zimao.kernel.errors import Conflict, Missing, Problem, Refused, ZimaoError
from zimao.kernel.forms import BoundForm, bind, field_answer, read
from zimao.kernel.once import reading
from zimao.kernel.operations import Actor
from zimao.kernel.parties.pages.layout import signed_in_page
from zimao.kernel.parties.queries import officers_with
from zimao.kernel.text import Text, t
from zimao.kernel.web import act_of, actor_of

__all__ = ["change", "check", "complete", "task"]

_NO_NUMBER = t("请填写整数", "Give a whole number")
_DONE = t("“{step}”已办结（{number}）", "“{step}” is done ({number})")
_LAST = t("“{step}”已办结（{number}），没有下一件了", "“{step}” is done ({number}); there is no next task")


def _item_for(actor: Actor, pk: int) -> WorkItem:
    """The item, when the actor may see its case. Otherwise Missing, as for the case itself."""
    related = ("case__zone", "case__applicant", "assigned_to__party", "extension")
    item = WorkItem.objects.select_related(*related).filter(pk=pk).first()
    if item is None or not may_see_case(actor, item.case) or (item.role != "applicant" and files_for_applicant(actor, item.case)):
        raise Missing("work_item", t("没有这个任务，或您无权查看", "There is no such task, or you may not see it"))
    return item


@require_safe
@signed_in_page
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of one work item."""
    return _page(request, _item_for(actor_of(request), pk))


@reading()
def _page(
    request: HttpRequest, item: WorkItem, *, values: Mapping[str, Any] | None = None, error: ZimaoError | None = None, verb: str = ""
) -> HttpResponse:
    actor, case = actor_of(request), item.case
    today = today_for(request)
    read_items(case)
    problems = error.problems if error and not verb and isinstance(error, Refused) else ()
    may_do = bool(may_do_item(actor, (case, item)))
    is_open = item.status == WorkItem.Status.OPEN
    row, *earlier = task_rows([item, *_earlier(item, actor)], actor, today, case.zone_id)
    held_by_other = item.assigned_to_id not in (None, actor.user_id)
    context = {
        "item": item,
        "step": step_name(item),
        "track": track_words(case, item.track),
        "facts": case_facts(case, actor),
        "due": row.due,
        "holder": holder_name(item.assigned_to, actor),
        "form": _form(item, values, problems) if may_do else None,
        "is_open": is_open,
        "may_complete": may_do and is_open and not held_by_other and not isinstance(error, Conflict),
        "may_claim": may_do and is_open and item.assigned_to_id is None,
        "may_release": may_do and is_open and item.assigned_to_id == actor.user_id,
        "supervisor": _supervisor(request, item, actor) if is_open and supervises(actor, case) else None,
        "earlier": earlier,
        "materials": material_rows(case, material_words(case, today)),
        "panels": drawn(task_panels(item, actor), request),
        "following": next_item(actor, item),
        "row": row,
        "decided": t("：{words}", ": {words}").fill(words=row.decision) if row.decision else "",
        "error": error,
        "verb": verb,
    }
    return render(request, "cases/task.html", context, status=error.status if error else 200)


def _form(item: WorkItem, values: Mapping[str, Any] | None, problems: tuple[Problem, ...]) -> BoundForm | None:
    model = process_forms(item.case).get(item.form)
    return bind(model, values or {}, problems) if model else None


def _supervisor(request: HttpRequest, item: WorkItem, actor: Actor) -> dict[str, Any]:
    officers = officers_with(item.role, item.case.zone_id, today_for(request)) if item.role != "applicant" else []
    return {
        "officers": [(one.pk, one.party.name, one.username) for one in officers],
        "is_extended": hasattr(item, "extension"),
        "sent": request.POST,
    }


def _earlier(item: WorkItem, actor: Actor) -> list[WorkItem]:
    """What was found and decided at the steps before, for officers: of the same track, and of no track."""
    if files_for_applicant(actor, item.case):
        return []
    done = [one for one in item.case.work_items.all() if one.done_at and one.status == WorkItem.Status.DONE and one.pk != item.pk]
    return sorted((one for one in done if one.track in (item.track, "")), key=lambda one: (one.done_at or one.opened_at, one.pk))


@require_POST
@signed_in_page
def complete(request: HttpRequest, pk: int) -> HttpResponse:
    """Complete the task; refused, the same page with what was typed; too late, who was first."""
    actor = actor_of(request)
    item = _item_for(actor, pk)
    model = process_forms(item.case).get(item.form)
    values = read(model, request.POST) if model else {}
    try:
        done = operations.complete_task(act_of(request), item_id=pk, values=values)
    except (Refused, Conflict) as error:
        fresh = _item_for(actor, pk)
        if isinstance(error, Refused) and fresh.status != WorkItem.Status.OPEN:
            # the form is beside the point when somebody else has done the task
            error = Conflict("task_taken", t("该任务已结束", "This task has ended"))
        return _page(request, fresh, values=values, error=error)
    return _after(request, actor, done)


def _after(request: HttpRequest, actor: Actor, done: WorkItem) -> HttpResponse:
    names: dict[str, object] = {"step": step_name(done), "number": done.case.number}
    wants_next = request.POST.get("then") == "next"
    following = next_item(actor, done) if wants_next else None
    success(request, (_LAST if wants_next and following is None else _DONE).fill(**names))
    if following is not None:
        return HttpResponseRedirect(reverse("cases:task", args=[following.pk]))
    if wants_next:
        return HttpResponseRedirect(reverse("cases:workbench"))
    return back_to(request, reverse("cases:case", args=[done.case.number]))


@require_POST
@signed_in_page
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """What is wrong with one field, while the form is being filled in."""
    item = _item_for(actor_of(request), pk)
    model = process_forms(item.case).get(item.form)
    if model is None:
        raise Missing("form", t("该任务没有表单", "This task has no form"))
    return field_answer(request, model)


def _claim(request: HttpRequest, pk: int) -> Text:
    operations.claim_task(act_of(request), item_id=pk)
    return t("已领取", "The task is yours")


def _release(request: HttpRequest, pk: int) -> Text:
    operations.claim_task(act_of(request), item_id=pk, release=True)
    return t("已退回岗位", "The task is back at the desk")


def _reassign(request: HttpRequest, pk: int) -> Text:
    user = request.POST.get("user", "")
    item = WorkItem.objects.select_related("case").get(pk=pk)
    known = {str(one.pk) for one in officers_with(item.role, item.case.zone_id, today_for(request))}
    if user and user not in known:
        raise Refused("user", t("请选择该岗位的人员", "Choose somebody of this desk"), "user")
    operations.reassign_task(act_of(request), item_id=pk, user_id=int(user) if user else None, reason=request.POST.get("reason", ""))
    return t("已改派", "The task was given to somebody else") if user else t("已退回岗位", "The task is back at the desk")


def _extend(request: HttpRequest, pk: int) -> Text:
    days = request.POST.get("days", "").strip()
    if not days.isdecimal() or len(days) > 4:
        raise Refused("days", _NO_NUMBER, "days")
    operations.extend_period(act_of(request), item_id=pk, days=int(days), reason=request.POST.get("reason", ""))
    return t("已延期{days}个工作日", "Extended by {days} working days").fill(days=int(days))


_VERBS: Mapping[str, Callable[[HttpRequest, int], Text]] = {
    "claim": _claim,
    "release": _release,
    "reassign": _reassign,
    "extend": _extend,
}


@require_POST
@signed_in_page
def change(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Claim, give back, reassign or extend."""
    actor = actor_of(request)
    item = _item_for(actor, pk)
    if verb not in _VERBS:
        raise Missing("change", t("没有这种操作", "There is no such action"))
    try:
        said = _VERBS[verb](request, pk)
    except (Refused, Conflict) as error:
        return _page(request, _item_for(actor, pk), error=error, verb=verb)
    success(request, said)
    return back_to(request, reverse("cases:task", args=[item.pk]))
