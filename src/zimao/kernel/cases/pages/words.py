"""Words of the pages: what happened, states, kinds of pauses, sentences made of values that were filled in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel

from zimao.kernel.cases.models import Case, CaseEvent, Suspension, WorkItem
from zimao.kernel.cases.panels import words_of
from zimao.kernel.cases.processes import process
from zimao.kernel.forms.shape import Field, as_text, shape
from zimao.kernel.text import Text, t

__all__ = [
    "CASE_STATUS",
    "PAUSES",
    "STATES",
    "Filled",
    "decision_words",
    "event_words",
    "filled",
    "material_words",
    "process_forms",
    "service_title",
    "status_words",
    "track_words",
]

CASE_STATUS: Mapping[str, tuple[str, Text]] = {
    Case.Status.OPEN: ("primary", t("办理中", "Open")),
    Case.Status.COMPLETED: ("success", t("已办结", "Completed")),
    Case.Status.NOT_ACCEPTED: ("danger", t("不予受理", "Not accepted")),
    Case.Status.WITHDRAWN: ("neutral", t("已撤回", "Withdrawn")),
}
PAUSES: Mapping[str, Text] = {
    Suspension.Kind.CORRECTION: t("补正", "Correction"),
    Suspension.Kind.EXPERT_REVIEW: t("专家评审", "Expert review"),
    Suspension.Kind.SITE_CHECK: t("现场核查", "Site check"),
    Suspension.Kind.HEARING: t("听证", "Hearing"),
}
STATES: Mapping[str, tuple[str, str, Text]] = {
    "done": ("✓", "success", t("已完成", "Done")),
    "active": ("▶", "primary", t("进行中", "In progress")),
    "overdue": ("!", "danger", t("已逾期", "Overdue")),
    "waiting": ("…", "info", t("等待中", "Waiting")),
    "cancelled": ("×", "neutral", t("已取消", "Cancelled")),
    "ahead": ("○", "neutral", t("未到达", "Not reached")),
}
"""Of an element of a diagram: a sign, the kind of badge, the words."""

_EVENTS: Mapping[str, Text] = {
    "case.submitted": t("提交申请", "Application submitted"),
    "case.accepted": t("受理", "Application accepted"),
    "case.completed": t("办结", "Case completed"),
    "case.closed": t("办件结束：{status}", "Case ended: {status}"),
    "task.created": t("到达“{step}”", "“{step}” begins"),
    "task.completed": t("完成“{step}”{decision}", "“{step}” completed{decision}"),
    "task.cancelled": t("“{step}”已取消", "“{step}” cancelled"),
    "task.reassigned": t("“{step}”已改派", "“{step}” given to somebody else"),
    "period.extended": t("“{step}”延期{days}个工作日", "“{step}” extended by {days} working days"),
    "deadline.half": t("“{step}”的期限已过半", "Half of the period of “{step}” is used up"),
    "deadline.end": t("“{step}”逾期", "“{step}” is overdue"),
    "deadline.days": t("“{step}”的等待期已满", "The waiting time of “{step}” is over"),
    "decision.made": t("规则自动判定", "Decided by rule"),
    "clock.suspended": t("中止计时：{kind}", "Clock stopped: {kind}"),
    "clock.resumed": t("恢复计时", "Clock started again"),
    "process.migrated": t("流程由第{old}版迁移至第{new}版", "Moved from version {old} of the process to version {new}"),
    "message.received": t("收到外部消息“{name}”", "Message “{name}” received"),
    "material.supplied": t("提交材料：{material}", "Material handed in: {material}"),
    "material.reused": t("沿用已有材料，免提交：{material}", "Material used again, not asked for: {material}"),
    "document.issued": t("签发证照：{number}", "Document issued: {number}"),
    "delivery.handed_over": t("证照已送达", "Documents handed over"),
    "counter.visit": t("窗口办理", "Visit to the counter"),
}
_NONE = "—"


def status_words(case: Case) -> tuple[str, Text]:
    """The kind of badge and the word for the status of a case."""
    return CASE_STATUS[case.status]


def service_title(case: Case) -> Text:
    """The name of the procedure."""
    return process(case.process_key).title


def decision_words(item: WorkItem) -> Text | None:
    """The words for what was decided at a work item; None when nothing was."""
    return _choice(process_forms(item.case).get(item.form), item.decision)


def process_forms(case: Case) -> Mapping[str, type[BaseModel]]:
    """The forms of the case's process by key."""
    return process(case.process_key).forms


def _choice(model: type[BaseModel] | None, value: str) -> Text | None:
    if model is None or not value:
        return None
    for field in shape(model).values():
        if field.kind == "choice" and value in field.values:
            return field.show.words().get(value, Text(value, value))
    return None


def event_words(event: CaseEvent, case: Case, step: Text, form: str, materials: Mapping[str, Text]) -> Text:
    """One line of the timeline in words; an event that only a service knows reads as its type."""
    sentence = _EVENTS.get(event.type)
    if sentence is None:
        return Text(event.type, event.type)
    data: dict[str, Any] = json.loads(event.data)
    decided = _choice(process_forms(case).get(form), str(data.get("decision", "")))
    kind = str(data.get("kind", _NONE))
    return sentence.fill(
        step=step,
        decision=t("：{words}", ": {words}").fill(words=decided) if decided else "",
        status=CASE_STATUS.get(str(data.get("status")), ("", t("其他", "Other")))[1],
        days=data.get("days", _NONE),
        kind=PAUSES.get(kind, kind),
        material=materials.get(kind, kind),
        old=data.get("from", _NONE),
        new=data.get("to", _NONE),
        name=data.get("name", _NONE),
        number=data.get("number", _NONE),
    )


@dataclass(frozen=True, slots=True)
class Filled:
    """A field of a form as it was filled in."""

    label: Text
    value: Text


_YES_NO = {"true": t("是", "Yes"), "false": t("否", "No")}


def filled(item: WorkItem) -> list[Filled]:
    """The form with which an item was completed, in words; without what was left empty."""
    model = process_forms(item.case).get(item.form)
    if model is None or not item.values:
        return []
    values: Mapping[str, Any] = json.loads(item.values)
    shown = ((field, values.get(name)) for name, field in shape(model).items())
    return [Filled(field.show.label, words) for field, value in shown if (words := _in_words(field, value)) is not None]


def _in_words(field: Field, value: Any) -> Text | None:
    if value in (None, "", []):
        return None
    parts = value if isinstance(value, list) else [value]
    words = [_YES_NO.get(one) if field.kind == "yes_no" else field.show.words().get(one) for one in map(as_text, parts)]
    texts = [found or Text(as_text(one), as_text(one)) for found, one in zip(words, parts, strict=True) if as_text(one).strip()]
    return Text("、".join(one.zh for one in texts), ", ".join(one.en for one in texts)) if texts else None


def track_words(case: Case, track: str) -> Text | None:
    """The name of a track of the case's service; None for no track."""
    return words_of(case.service).track(track)


def material_words(case: Case, on: date) -> Mapping[str, Text]:
    """The names of the service's materials by kind, as in force on a day."""
    return words_of(case.service).materials(case.zone_id, on)
