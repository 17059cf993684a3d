"""Every write to a case. Each takes the case's lock, lets due timers fire, and then acts, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from zimao.kernel.cases.engine import EngineError
from zimao.kernel.cases.migration import move_run
from zimao.kernel.cases.models import Case, Extension, InboxMessage, ProcessRelease, Suspension, WorkItem
from zimao.kernel.cases.policies import files_for_applicant, may_do_item, supervises
from zimao.kernel.cases.processes import process
from zimao.kernel.cases.runtime import CaseRun, end_case, happened, lock_case, lock_item
from zimao.kernel.errors import Conflict, NotAllowed, Refused
from zimao.kernel.forms import validate
from zimao.kernel.operations import Act, operation
from zimao.kernel.text import t

__all__ = [
    "advance_case",
    "answer_suspension",
    "claim_task",
    "complete_task",
    "extend_period",
    "migrate_case",
    "reassign_task",
    "receive_message",
    "suspend_clock",
    "withdraw_case",
]

MAX_EXTENSION_DAYS = "cases.max_extension_days"


def _open(case: Case) -> Case:
    if case.status != Case.Status.OPEN:
        raise Conflict("case_closed", t("该办件已结束", "This case has ended"))
    return case


@operation("cases.complete_task", roles=("*",), label=t("办结任务", "Complete a task"))
def complete_task(act: Act, *, item_id: int, values: Mapping[str, Any]) -> WorkItem:
    """Complete one work item with its form.

    Who: the role of the task's lane in the case's zone, or the applicant on the applicant's lane. Logged: element, decision,
    track, who and when; reasons enter the log only as a salted hash. Raises Conflict when somebody else was first or the
    task's time has run out, Refused when the form breaks a rule.
    """
    case, item = lock_item(item_id)
    act.require(may_do_item, (case, item))
    if item.assigned_to_id not in (None, act.actor.user_id):
        raise Conflict("task_assigned", t("该任务已分派给他人", "This task is assigned to somebody else"))
    step = CaseRun(act, _open(case))
    step.resume()
    form = validate(step.process.forms[item.form], values)
    facts = step.process.hooks.complete(act, case, item, form) if item.status == WorkItem.Status.OPEN else {}
    step.complete(item, facts)
    item.status = WorkItem.Status.DONE
    item.done_at = act.at
    item.done_by_id = act.actor.user_id
    item.done_by_name = act.actor.name
    item.decision = str(facts.get(item.element, ""))
    item.values = form.model_dump_json()
    item.save()
    data = {"element": item.element, "track": item.track, "decision": item.decision, "role": item.role}
    happened(act, case, "task.completed", element=item.element, track=item.track, data=data)
    act.record("cases.complete_task", case.number, data, json.loads(item.values))
    act.emit("case.task.completed", case.number, data)
    step.store()
    return item


@operation("cases.claim_task", roles=("*",), label=t("领取任务", "Claim a task"))
def claim_task(act: Act, *, item_id: int, release: bool = False) -> WorkItem:
    """Take an open task for oneself, or give it back. Who: the role of the lane. Conflict when somebody else holds it."""
    case, item = lock_item(item_id)
    act.require(may_do_item, (case, item))
    if item.status != WorkItem.Status.OPEN or item.assigned_to_id not in (None, act.actor.user_id):
        raise Conflict("task_assigned", t("该任务已由他人领取或已办结", "This task is held by somebody else, or done"))
    item.assigned_to_id = None if release else act.actor.user_id
    item.save(update_fields=["assigned_to"])
    act.record("cases.claim_task", case.number, {"element": item.element, "release": release})
    return item


@operation("cases.reassign_task", roles=("*",), label=t("改派任务", "Reassign a task"))
def reassign_task(act: Act, *, item_id: int, user_id: int | None, reason: str) -> WorkItem:
    """Give an open task to another officer of its role, or back to the desk. Who: the service's supervisor."""
    case, item = lock_item(item_id)
    act.require(supervises, case)
    if item.status != WorkItem.Status.OPEN:
        raise Conflict("task_done", t("该任务已结束", "This task has ended"))
    if not reason.strip():
        raise Refused("reason_missing", t("请填写改派理由", "Say why the task is reassigned"), "reason")
    item.assigned_to_id = user_id
    item.save(update_fields=["assigned_to"])
    happened(act, case, "task.reassigned", element=item.element, track=item.track)
    act.record("cases.reassign_task", case.number, {"element": item.element}, {"reason": reason})
    return item


@operation("cases.extend_period", roles=("*",), label=t("延长期限", "Extend a period"))
def extend_period(act: Act, *, item_id: int, days: int, reason: str) -> WorkItem:
    """Give an open task more working days, once, at most what the zone's table allows; the applicant is told.

    Who: the service's supervisor (行政许可法 art. 42: by leave of the head of the agency, with the reason told to the applicant).
    """
    case, item = lock_item(item_id)
    act.require(supervises, case)
    most = process(case.process_key).periods(case.zone_id, act.at.date())[MAX_EXTENSION_DAYS]
    if not 1 <= days <= most:
        raise Refused(
            "extension_days", t("延长期限须为1至{most}个工作日", "An extension is 1 to {most} working days").fill(most=most), "days"
        )
    if not reason.strip():
        raise Refused("reason_missing", t("请填写延期理由", "Say why the period is extended"), "reason")
    if hasattr(item, "extension") or item.status != WorkItem.Status.OPEN:
        raise Conflict("extended_already", t("该任务已结束或已延期一次", "This task has ended or was extended once already"))
    Extension.objects.create(work_item=item, days=days, reason=reason, at=act.at, by_id=act.actor.user_id or 0)
    step = CaseRun(act, _open(case))
    step.resume()
    step.set_due(WorkItem.objects.get(pk=item.pk))
    happened(act, case, "period.extended", element=item.element, track=item.track, data={"days": days, "reason": reason})
    act.record("cases.extend_period", case.number, {"element": item.element, "days": days}, {"reason": reason})
    act.emit("case.period.extended", case.number, {"element": item.element, "days": days})
    step.store()
    return WorkItem.objects.get(pk=item.pk)


def stop_clock(act: Act, case: Case, *, kind: str, reason: str, on: date) -> Suspension:
    """Stop the clock of a locked case; part of an operation. Conflict when it stands still already."""
    if case.suspended:
        raise Conflict("clock_stopped", t("计时已中止", "The clock is stopped already"))
    case.suspended = True
    made = Suspension.objects.create(case=case, kind=kind, noticed_on=on, reason=reason)
    happened(act, case, "clock.suspended", data={"kind": kind, "on": on})
    return made


def start_clock(act: Act, case: Case, *, on: date) -> None:
    """Let the clock of a locked case run again from the day after ``on``; part of an operation."""
    case.suspended = False
    case.suspensions.filter(answered_on=None).update(answered_on=on)
    happened(act, case, "clock.resumed", data={"on": on})


def refresh_due(step: CaseRun) -> None:
    """Compute again when every open task of the case is due; the clock was stopped or started."""
    for item in WorkItem.objects.filter(case=step.case, status=WorkItem.Status.OPEN):
        step.set_due(item)


@operation("cases.suspend_clock", roles=("*",), label=t("中止计时", "Stop the clock"))
def suspend_clock(act: Act, *, number: str, kind: str, reason: str) -> Case:
    """Stop the clock for an expert review, a site check or a hearing (行政许可法 art. 45). Who: the service's supervisor."""
    case = _open(lock_case(number))
    act.require(supervises, case)
    if kind not in (Suspension.Kind.EXPERT_REVIEW, Suspension.Kind.SITE_CHECK, Suspension.Kind.HEARING):
        raise Refused("suspension_kind", t("请选择专家评审、现场核查或听证", "Choose expert review, site check or hearing"), "kind")
    if not reason.strip():
        raise Refused("reason_missing", t("请填写中止理由", "Say why the clock is stopped"), "reason")
    return _change_clock(act, case, lambda day: stop_clock(act, case, kind=kind, reason=reason, on=day))


@operation("cases.answer_suspension", roles=("*",), label=t("恢复计时", "Start the clock again"))
def answer_suspension(act: Act, *, number: str) -> Case:
    """Start the clock again after a review, check or hearing. Who: the service's supervisor."""
    case = _open(lock_case(number))
    act.require(supervises, case)
    if not case.suspended or case.suspensions.filter(answered_on=None, kind=Suspension.Kind.CORRECTION).exists():
        raise Conflict("clock_running", t("计时未中止，或正等待申请人补正", "The clock runs, or waits for the applicant's correction"))
    return _change_clock(act, case, lambda day: start_clock(act, case, on=day))


def _change_clock(act: Act, case: Case, change: Any) -> Case:
    step = CaseRun(act, case)
    step.resume()
    change(step.clock.day(act.at))
    step = step.again()
    refresh_due(step)
    act.record("cases.clock", case.number, {"suspended": case.suspended})
    step.store()
    return case


@operation("cases.withdraw", roles=("*",), label=t("撤回申请", "Withdraw an application"))
def withdraw_case(act: Act, *, number: str, reason: str = "") -> Case:
    """End an open case at the applicant's wish. What was approved before stands. Who: the applicant or the agent."""
    case = _open(lock_case(number))
    act.require(files_for_applicant, case)
    step = CaseRun(act, case)
    step.resume()
    step.run.cancel()
    end_case(act, case, Case.Status.WITHDRAWN)
    act.record("cases.withdraw", case.number, {}, {"reason": reason})
    step.store()
    return case


@operation("cases.receive_message", roles=("*",), label=t("接收消息", "Receive a message"))
def receive_message(act: Act, *, message_id: str, name: str, number: str) -> InboxMessage:
    """Put a message from outside into a case; kept until the diagram waits for it. A repeated ``message_id`` changes nothing.

    Who: the service's supervisor or the platform itself, on behalf of a counterpart whose signature was checked.
    """
    case = lock_case(number)
    if not act.actor.has("system"):
        act.require(supervises, case)
    known = InboxMessage.objects.filter(message_id=message_id).first()
    if known is not None:
        return known
    step = CaseRun(act, _open(case))
    step.resume()
    if name not in {node.message for node in step.diagram.nodes.values() if node.message}:
        raise Refused("message_unknown", t("流程图中没有名为{name}的消息", "The diagram knows no message {name}").fill(name=name), "name")
    made = InboxMessage.objects.create(message_id=message_id, name=name, case=case, received_at=act.at)
    step.run.send(name)
    happened(act, case, "message.received", data={"name": name})
    act.record("cases.receive_message", case.number, {"name": name, "message_id": message_id})
    step.store()
    return made


@operation("cases.advance", roles=("system",), label=t("时间推进", "Let time pass"))
def advance_case(act: Act, *, number: str) -> Case:
    """Fire the timers of a case that are due. Who: the platform's worker. Without a due timer nothing is written."""
    case = lock_case(number)
    if case.status == Case.Status.OPEN:
        step = CaseRun(act, case)
        step.resume()
        act.record("cases.advance", case.number)
        step.store()
    return case


@operation("cases.migrate", roles=("*",), label=t("迁移流程版本", "Move a case to another process version"))
def migrate_case(act: Act, *, number: str, version: int, reason: str) -> Case:
    """Move a running case to another released version of its diagram. Who: the service's supervisor, with a reason.

    Refused when a step that was taken, or is open, does not exist in the new version (``queries.migration_preview`` shows it).
    """
    case = _open(lock_case(number))
    act.require(supervises, case)
    if not reason.strip():
        raise Refused("reason_missing", t("请填写迁移理由", "Say why the case is moved"), "reason")
    target = ProcessRelease.objects.filter(key=case.process_key, version=version).first()
    if target is None or target.sha256 == case.process_sha256:
        raise Refused(
            "version", t("没有可迁移到的版本{version}", "There is no other version {version} to move to").fill(version=version), "version"
        )
    step = CaseRun(act, case)
    step.resume()
    try:
        found = move_run(step.run, case, target)
    except EngineError as error:
        raise Refused(
            "not_movable", t("该办件不能迁移：{why}", "This case cannot be moved: {why}").fill(why=str(error)), "version"
        ) from error
    before = case.process_version
    case.process_version, case.process_sha256 = target.version, target.sha256
    step = step.again(found.run)
    happened(act, case, "process.migrated", data={"from": before, "to": version, "added": found.added, "changed": found.changed})
    act.record("cases.migrate", case.number, {"from": before, "to": version, "sha256": target.sha256}, {"reason": reason})
    step.store()
    return case


def refuse_same_person(act: Act, case: Case, elements: list[str]) -> None:
    """NotAllowed when the actor completed one of ``elements`` of the case: nobody decides what he examined (回避)."""
    if WorkItem.objects.filter(case=case, element__in=elements, status=WorkItem.Status.DONE, done_by_id=act.actor.user_id).exists():
        raise NotAllowed("same_person", t("审查人员不得审批同一办件", "An examiner may not approve a case that he examined"))
