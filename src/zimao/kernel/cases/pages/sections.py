"""Parts that the task page and the case page share: facts of a case, tasks, materials, each as a template wants them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from zimao.kernel.calendars import WorkingCalendar, calendar_of
from zimao.kernel.cases.models import Case, CaseMaterial, WorkItem
from zimao.kernel.cases.pages.common import applicant_name, holder_name
from zimao.kernel.cases.pages.words import (
    STATES,
    Filled,
    decision_words,
    filled,
    service_title,
    status_words,
    track_words,
)
from zimao.kernel.cases.pages.workbench import DueChip, due_chip
from zimao.kernel.cases.panels import Panel
from zimao.kernel.cases.policies import files_for_applicant, may_do_item, supervises
from zimao.kernel.cases.processes import diagram_of
from zimao.kernel.operations import Actor
from zimao.kernel.parties.roles import role_label
from zimao.kernel.text import Text, t

__all__ = ["APPLICANT_SIDE", "TaskRow", "case_facts", "drawn", "element_name", "item_state", "material_rows", "step_name", "task_rows"]

APPLICANT_SIDE = t("申请方", "The applicant's side")


def drawn(panels: Iterable[Panel], request: HttpRequest) -> list[SafeString]:
    """What a service adds, as it stands on the page."""
    return [render_to_string(one.template, dict(one.context), request) for one in panels]


def element_name(case: Case, element: str) -> Text:
    """The name of an element of the case's diagram; its id when the diagram has it no more."""
    node = diagram_of(case.process_sha256).nodes.get(element)
    return node.name if node else Text(element or "-", element or "-")


def step_name(item: WorkItem) -> Text:
    """The name of the item's step."""
    return element_name(item.case, item.element)


def case_facts(case: Case, actor: Actor) -> dict[str, Any]:
    """The head of a case."""
    kind, status = status_words(case)
    return {
        "case": case,
        "title": Text(case.title_zh, case.title_en),
        "service": service_title(case),
        "kind": kind,
        "status": status,
        "applicant": applicant_name(actor, case),
        "is_hidden": not files_for_applicant(actor, case) and case.applicant.kind == case.applicant.Kind.PERSON,
    }


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A work item in a list. ``said`` is its form as filled in, for officers only; ``may_open`` that its page may be opened."""

    item: WorkItem
    step: Text
    track: Text | None
    role: Text
    holder: Text | None
    due: DueChip | None
    sign: str
    kind: str
    state: Text
    decision: Text | None
    said: list[Filled]
    may_open: bool


def task_rows(items: Iterable[WorkItem], actor: Actor, today: date, zone: str) -> list[TaskRow]:
    """The items of one case, or of several of one zone, as ``actor`` may see them."""
    calendar = calendar_of(zone)
    return [_task_row(item, actor, today, calendar) for item in items]


def _task_row(item: WorkItem, actor: Actor, today: date, calendar: WorkingCalendar) -> TaskRow:
    case = item.case
    sign, kind, state = STATES[item_state(item, today)]
    own_side = bool(files_for_applicant(actor, case))
    is_open = item.status == WorkItem.Status.OPEN
    return TaskRow(
        item=item,
        step=step_name(item),
        track=track_words(case, item.track),
        role=APPLICANT_SIDE if item.role == "applicant" else role_label(item.role),
        holder=holder_name(item.assigned_to, actor) if is_open else _doer(item),
        due=due_chip(item, today, calendar) if is_open else None,
        sign=sign,
        kind=kind,
        state=state,
        decision=decision_words(item),
        said=filled(item) if not own_side or item.role == "applicant" else [],
        may_open=bool(may_do_item(actor, (case, item))) or bool(supervises(actor, case)),
    )


def item_state(item: WorkItem, today: date) -> str:
    """The state of a work item as one of the states of a diagram's element."""
    if item.status == WorkItem.Status.DONE:
        return "done"
    if item.status == WorkItem.Status.CANCELLED:
        return "cancelled"
    return "overdue" if item.due_on is not None and item.due_on < today else "active"


def _doer(item: WorkItem) -> Text | None:
    if item.done_at is None:
        return None
    return APPLICANT_SIDE if item.role == "applicant" else Text(item.done_by_name, item.done_by_name)


@dataclass(frozen=True, slots=True)
class MaterialRow:
    """A material of a case."""

    use: CaseMaterial
    name: Text


def material_rows(case: Case, words: Mapping[str, Text]) -> list[MaterialRow]:
    """What was handed in or used again, with the service's names for the kinds."""
    uses = case.materials.select_related("material").order_by("pk")
    return [MaterialRow(use, words.get(use.material.kind, Text(use.material.kind, use.material.kind))) for use in uses]
