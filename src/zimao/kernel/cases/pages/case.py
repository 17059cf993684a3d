"""The page of one case, and what may be done with the case as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from zimao.kernel import evidence
from zimao.kernel.cases import operations, queries
from zimao.kernel.cases.models import Case, CaseEvent, ProcessRelease, Suspension, WorkItem
from zimao.kernel.cases.pages.chart import chart_data, chart_for
from zimao.kernel.cases.pages.common import success, today_for
from zimao.kernel.cases.pages.diagrams import lanes_of, shown_positions, states_of
from zimao.kernel.cases.pages.sections import APPLICANT_SIDE, case_facts, drawn, element_name, item_state, material_rows, task_rows
from zimao.kernel.cases.pages.words import PAUSES, STATES, decision_words, event_words, material_words, track_words
from zimao.kernel.cases.panels import case_panels, words_of
from zimao.kernel.cases.policies import files_for_applicant, supervises
from zimao.kernel.cases.processes import diagram_of
from zimao.kernel.errors import Conflict, Missing, NotAllowed, Refused, ZimaoError
from zimao.kernel.once import reading
from zimao.kernel.operations import Actor
from zimao.kernel.parties.operations import reveal
from zimao.kernel.parties.pages.layout import signed_in_page
from zimao.kernel.parties.policies import may_reveal
from zimao.kernel.text import Text, t
from zimao.kernel.web import act_of, actor_of

__all__ = ["case", "change", "proof", "show_applicant"]

_BY_ITSELF = ("deadline.", "decision.", "task.created", "task.cancelled")
_STOPS = (Suspension.Kind.EXPERT_REVIEW, Suspension.Kind.SITE_CHECK, Suspension.Kind.HEARING)


@require_safe
@signed_in_page
def case(request: HttpRequest, number: str) -> HttpResponse:
    """Everything about one case."""
    return _page(request, number)


@reading()
def _page(
    request: HttpRequest, number: str, *, error: ZimaoError | None = None, verb: str = "", shown: Mapping[str, str] | None = None
) -> HttpResponse:
    actor = actor_of(request)
    view = queries.case_view(actor, number)
    one, today = view.case, today_for(request)
    context = {
        "facts": case_facts(one, actor),
        "shown": shown,
        "may_reveal": not files_for_applicant(actor, one) and may_reveal(today)(actor, one.applicant),
        **_picture(one, today),
        **_record(one, actor, today),
        "panels": drawn(case_panels(one, actor), request),
        "actions": _actions(request, one, actor),
        "proofs": view.proofs,
        "is_signed": view.is_signed,
        "error": error,
        "verb": verb,
        "sent": request.POST,
    }
    return render(request, "cases/case.html", context, status=error.status if error else 200)


def _picture(one: Case, today: date) -> dict[str, Any]:
    """Where the case is: its tracks, its diagram, its plan."""
    states = states_of(one, today)
    chart = chart_for(one, today)
    return {
        "tracks": _tracks(one, list(one.work_items.all()), states, today),
        "panel_shows_tracks": words_of(one.service).panel_shows_tracks,
        "lanes": lanes_of(diagram_of(one.process_sha256), states),
        "positions": shown_positions(states),
        "version": f"{one.process_key}-v{one.process_version}",
        "chart": chart,
        "chart_data": chart_data(chart),
    }


def _record(one: Case, actor: Actor, today: date) -> dict[str, Any]:
    """What was done and handed in, and what is waited for."""
    items = list(one.work_items.all())
    materials = material_words(one, today)
    return {
        "timeline": _timeline(one, actor, materials),
        "tasks": task_rows(items, actor, today, one.zone_id),
        "materials": material_rows(one, materials),
        "pauses": [(PAUSES[row.kind], row) for row in one.suspensions.all()],
        "extensions": [(element_name(one, item.element), item.extension) for item in items if hasattr(item, "extension")],
        "timers": _timers(one) if one.status == Case.Status.OPEN else [],
    }


# --- sections ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Track:
    """How far a track has come: the state of the newest of its steps."""

    name: Text
    step: Text
    sign: str
    kind: str
    state: Text
    decision: Text | None
    done: int
    total: int


def _tracks(one: Case, items: list[WorkItem], states: Mapping[str, str], today: date) -> list[Track]:
    nodes = diagram_of(one.process_sha256).nodes.values()
    total = Counter(node.track for node in nodes if node.track and node.kind == "userTask")
    # a track whose last step is done may still wait for another one to go on
    waiting = {node.track for node in nodes if states.get(node.id) == "waiting" and node.kind != "boundaryEvent"}
    newest: dict[str, WorkItem] = {}
    for item in items:
        current = newest.get(item.track)
        if item.track and (current is None or current.status != WorkItem.Status.OPEN or item.status == WorkItem.Status.OPEN):
            newest[item.track] = item
    done = {track: {item.element for item in items if item.track == track and item.status == WorkItem.Status.DONE} for track in newest}
    found = []
    for track, item in newest.items():
        state_key = item_state(item, today)
        sign, kind, state = STATES["waiting" if state_key == "done" and track in waiting else state_key]
        name = track_words(one, track) or Text(track, track)
        found.append(Track(name, element_name(one, item.element), sign, kind, state, decision_words(item), len(done[track]), total[track]))
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline."""

    event: CaseEvent
    words: Text
    track: Text | None
    who: Text | None


def _timeline(one: Case, actor: Actor, materials: Mapping[str, Text]) -> list[Line]:
    nodes = diagram_of(one.process_sha256).nodes
    found = []
    for event in one.events.order_by("-at", "-pk"):
        node = nodes.get(event.element)
        words = event_words(event, one, element_name(one, event.element), node.form if node else "", materials)
        found.append(Line(event, words, track_words(one, event.track), _who(event, one, node.role if node else "")))
    return found


def _who(event: CaseEvent, one: Case, role: str) -> Text | None:
    """Officers act under their names; whoever acts for the applicant is only named as that; the platform is nobody."""
    if event.type.startswith(_BY_ITSELF):
        # whoever acted just then has set it off, and has not done it
        return None
    if event.actor_id is None:
        return t("系统", "System")
    if event.actor_id == one.filed_by_id or (role == "applicant" and event.type == "task.completed"):
        return APPLICANT_SIDE
    return Text(event.actor_name, event.actor_name) if event.actor_name.strip() else None


def _timers(one: Case) -> list[tuple[Text, Any]]:
    """What will happen by itself, soonest first."""
    nodes = diagram_of(one.process_sha256).nodes
    waiting = one.deadlines.filter(fired_at=None).exclude(due_at=None).order_by("due_at")
    found = []
    for row in waiting:
        node = nodes.get(row.element)
        if node is not None:
            of = nodes.get(node.attached_to)
            found.append((t("{step}：{what}", "{step}: {what}").fill(step=of.name, what=node.name) if of else node.name, row))
    return found


# --- actions -------------------------------------------------------------------------------------------------------------


def _actions(request: HttpRequest, one: Case, actor: Actor) -> dict[str, Any]:
    """What the actor may do to the case now."""
    is_open = one.status == Case.Status.OPEN
    supervisor = is_open and bool(supervises(actor, one))
    others = ProcessRelease.objects.filter(key=one.process_key).exclude(sha256=one.process_sha256).order_by("-version")
    versions = list(others.values_list("version", flat=True)) if supervisor else []
    asked = request.GET.get("migrate") or request.POST.get("version", "")
    version = int(asked) if asked.isdecimal() and int(asked) in versions else None
    correcting = any(row.answered_on is None and row.kind == Suspension.Kind.CORRECTION for row in one.suspensions.all())
    return {
        "withdraw": is_open and bool(files_for_applicant(actor, one)),
        "suspend": supervisor and not one.suspended,
        "kinds": [(kind.value, PAUSES[kind]) for kind in _STOPS],
        "resume": supervisor and one.suspended and not correcting,
        "versions": versions,
        "version": version,
        "preview": _preview(one, version) if version is not None else None,
    }


def _preview(one: Case, version: int) -> dict[str, list[Text]]:
    """What moving to ``version`` would mean, in the names of both diagrams."""
    found = queries.migration_preview(one, version)
    target = ProcessRelease.objects.get(key=one.process_key, version=version)
    names = {**diagram_of(one.process_sha256).nodes, **diagram_of(target.sha256).nodes}

    def named(keys: list[str]) -> list[Text]:
        return [names[key].name if key in names else Text(key, key) for key in keys]

    return {
        "added": named(found.added),
        "removed": named(found.removed),
        "changed": named(found.changed),
        "blocked_by": named(found.blocked_by),
    }


def _withdraw(request: HttpRequest, number: str) -> Text:
    if not request.POST.get("sure"):
        raise Refused("sure", t("请勾选确认后再撤回", "Tick the box to withdraw"), "sure")
    operations.withdraw_case(act_of(request), number=number, reason=request.POST.get("reason", ""))
    return t("申请已撤回", "The application was withdrawn")


def _suspend(request: HttpRequest, number: str) -> Text:
    sent = request.POST
    operations.suspend_clock(act_of(request), number=number, kind=sent.get("kind", ""), reason=sent.get("reason", ""))
    return t("计时已中止", "The clock is stopped")


def _resume(request: HttpRequest, number: str) -> Text:
    operations.answer_suspension(act_of(request), number=number)
    return t("计时已恢复", "The clock runs again")


def _migrate(request: HttpRequest, number: str) -> Text:
    version = request.POST.get("version", "")
    if not version.isdecimal() or len(version) > 5:
        raise Refused("version", t("请选择版本", "Choose a version"), "version")
    operations.migrate_case(act_of(request), number=number, version=int(version), reason=request.POST.get("reason", ""))
    return t("已迁移至第{n}版流程", "The case runs on version {n} now").fill(n=int(version))


_VERBS: Mapping[str, Callable[[HttpRequest, str], Text]] = {
    "withdraw": _withdraw,
    "suspend": _suspend,
    "resume": _resume,
    "migrate": _migrate,
}


@require_POST
@signed_in_page
def change(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """Withdraw, suspend, resume or migrate; what is wrong stands on the same page."""
    actor = actor_of(request)
    queries.case_for(actor, number)
    if verb not in _VERBS:
        raise Missing("change", t("没有这种操作", "There is no such action"))
    try:
        said = _VERBS[verb](request, number)
    except (Refused, Conflict) as error:
        return _page(request, number, error=error, verb=verb)
    success(request, said)
    return HttpResponseRedirect(reverse("cases:case", args=[number]))


@require_POST
@signed_in_page
def show_applicant(request: HttpRequest, number: str) -> HttpResponse:
    """The applicant's name, number and telephone in the clear, after the look was recorded; the page is not kept anywhere."""
    actor = actor_of(request)
    one = queries.case_for(actor, number)
    if not may_reveal(today_for(request))(actor, one.applicant):
        raise NotAllowed("reveal", t("您的岗位不能查看完整的个人信息", "Your role may not see personal data in the clear"))
    purpose = t("办理{number}", "Work on {number}").fill(number=number).zh
    shown = {field: reveal(act_of(request), one.applicant, field, purpose) for field in ("name", "identifier", "phone")}
    return _page(request, number, shown=shown)


@require_safe
@signed_in_page
def proof(request: HttpRequest, number: str) -> HttpResponse:
    """The proof file of everything on the evidence log about the case; nothing private is in it. It is verified offline."""
    one = queries.case_for(actor_of(request), number)
    answer = JsonResponse(evidence.case_bundle(one.number), json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="{one.number}-proof.json"'
    answer["Cache-Control"] = "private, no-store"
    return answer
