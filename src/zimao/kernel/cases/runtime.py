"""One step of a case: restore, let time pass, act, bring the tables in line with the engine, store. Always under the case's lock.

Operations call these functions; nothing else does. Whatever raises here rolls the whole step back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from zimao.kernel.cases.clock import CaseClock, period_of
from zimao.kernel.cases.diagram import Diagram
from zimao.kernel.cases.engine import ENGINE_FORMAT, Facts, Run, Timer
from zimao.kernel.cases.models import Case, CaseEvent, Deadline, WorkItem
from zimao.kernel.cases.processes import current_release, diagram_of, process, specification_of
from zimao.kernel.errors import Conflict, Missing
from zimao.kernel.operations import Act
from zimao.kernel.series import next_number
from zimao.kernel.text import Text, t

__all__ = ["CaseRun", "end_case", "happened", "lock_case", "lock_item", "start_case"]


def lock_case(number: str) -> Case:
    """The case row, locked until the transaction ends. Missing when there is none."""
    case = Case.objects.select_for_update().select_related(None).filter(number=number).first()
    if case is None:
        raise Missing("case", t("没有这个办件", "There is no such case"), "number")
    return case


def lock_item(item_id: int) -> tuple[Case, WorkItem]:
    """The case of a work item, locked, and the item as it is now that nobody else can change it."""
    number = WorkItem.objects.filter(pk=item_id).values_list("case__number", flat=True).first()
    if number is None:
        raise Missing("work_item", t("没有这个任务", "There is no such task"))
    case = lock_case(number)
    return case, WorkItem.objects.get(pk=item_id)


def happened(act: Act, case: Case, type_: str, *, element: str = "", track: str = "", data: Mapping[str, Any] | None = None) -> CaseEvent:
    """Write one line of the case's history."""
    return CaseEvent.objects.create(
        case=case,
        at=act.at,
        type=type_,
        element=element,
        track=track,
        actor_id=act.actor.user_id,
        actor_name=act.actor.name,
        data=json.dumps(dict(data or {}), ensure_ascii=False, sort_keys=True, default=str),
    )


def start_case(act: Act, *, process_key: str, title: Text, applicant_id: int, facts: Facts, number: str = "") -> Case:
    """Open a case on the newest released diagram and bring it to its first tasks; ``number`` if the service has given one."""
    spec = process(process_key)
    released = current_release(process_key, act.at)
    case = Case(
        number=number or _next_case_number(act, spec.prefix),
        zone_id=act.actor.zone,
        service=spec.service,
        process_key=process_key,
        process_version=released.version,
        process_sha256=released.sha256,
        engine_format=ENGINE_FORMAT,
        title_zh=title.zh,
        title_en=title.en,
        applicant_id=applicant_id,
        filed_by_id=act.actor.user_id or 0,
        submitted_at=act.at,
    )
    case.save()
    happened(act, case, "case.submitted", data={"process": str(released)})
    step = CaseRun(act, case)
    step.begin(facts)
    step.store()
    return case


def _next_case_number(act: Act, prefix: str) -> str:
    serial = next_number(f"case/{prefix}/{act.actor.zone}/{act.at.year}")
    return f"{prefix}-{act.actor.zone}-{act.at.year}-{serial:06d}"


class CaseRun:
    """The engine's run of one locked case, and what this step has changed."""

    def __init__(self, act: Act, case: Case) -> None:
        self.act = act
        self.case = case
        self.process = process(case.process_key)
        self.diagram: Diagram = diagram_of(case.process_sha256)
        self.clock = CaseClock.of(case)
        self._specification = specification_of(case.process_key, case.process_version, case.process_sha256)
        self._before: set[str] = set()
        self._was_suspended = case.suspended
        # every due date has to be computed again: the clock was stopped or started, or a period extended
        self._recount = False
        self._periods: dict[date, Mapping[str, int]] = {}
        self._open: dict[str, WorkItem] = {}
        self.run: Run

    def begin(self, facts: Facts) -> None:
        """Start the engine."""
        self.run = Run.start(self._specification, facts, self._decide)

    def resume(self) -> None:
        """Restore the engine and let every timer fire that is due by now, before anybody acts."""
        self.run = Run.restore(self._specification, self.case.state_text, self._decide)
        self._before = self.run.done()
        self._time_passes()

    def again(self, run: Run | None = None) -> CaseRun:
        """The same step after the case's clock or diagram was changed: everything derived from them is read anew."""
        fresh = CaseRun(self.act, self.case)
        fresh.run = run or self.run
        fresh._before = self._before
        fresh._recount = True
        return fresh

    def periods(self, on: date) -> Mapping[str, int]:
        """The periods in force on a day, read once a step."""
        if on not in self._periods:
            self._periods[on] = self.process.periods(self.case.zone_id, on)
        return self._periods[on]

    def complete(self, item: WorkItem, facts: Facts) -> None:
        """Complete the item's task in the engine. Conflict when somebody else was first or time has run out."""
        if item.status != WorkItem.Status.OPEN:
            raise Conflict("task_taken", _taken(item))
        self.run.complete(item.task_guid, facts)

    def _decide(self, decision: str, facts: Facts) -> Facts:
        decided = self.process.hooks.decide(self.act, self.case, decision, facts)
        happened(self.act, self.case, "decision.made", element=decision, data=decided.trace)
        self.act.record(
            "cases.decide", self.case.number, {"decision": decision, "facts": dict(decided.facts), "trace": dict(decided.trace)}
        )
        return decided.facts

    def _time_passes(self) -> None:
        for element in self.run.advance(self.act.at):
            node = self.diagram.nodes[element]
            Deadline.objects.filter(case=self.case, element=element, fired_at=None, due_at__lte=self.act.at).update(fired_at=self.act.at)
            items = WorkItem.objects.filter(case=self.case, element=node.attached_to, status=WorkItem.Status.OPEN)
            if node.deadline == "half":
                items.update(reminded_at=self.act.at)
            elif node.deadline == "end":
                items.update(escalated_at=self.act.at)
            happened(self.act, self.case, f"deadline.{node.deadline.partition(':')[0]}", element=node.attached_to, track=node.track)
            self.act.emit("case.deadline", self.case.number, {"element": node.attached_to, "kind": node.deadline})

    def store(self) -> None:
        """Bring work items and deadlines in line with the engine, tell the service what was reached, store the state."""
        if self.case.suspended != self._was_suspended:  # the service stopped or started the clock in this step
            self.clock = CaseClock.of(self.case)
            self._recount = True
        self._sync_items()
        self._sync_deadlines()
        self._tell_service()
        if self.run.finished and self.case.status == Case.Status.OPEN:
            self._close()
        self.case.state_text = self.run.dump()
        self.case.save()

    def _sync_items(self) -> None:
        known = {item.task_guid: item for item in WorkItem.objects.filter(case=self.case, status=WorkItem.Status.OPEN)}
        ready = {} if self.run.finished else {step.guid: step for step in self.run.steps()}
        for guid, item in known.items():
            if guid not in ready:
                item.status = WorkItem.Status.CANCELLED
                item.save(update_fields=["status"])
                happened(self.act, self.case, "task.cancelled", element=item.element, track=item.track)
        for guid, step in ready.items():
            if guid not in known:
                known[guid] = self._open_item(guid, step.element)
        self._open = {guid: known[guid] for guid in ready}

    def _open_item(self, guid: str, element: str) -> WorkItem:
        node = self.diagram.nodes[element]
        item = WorkItem.objects.create(
            case=self.case,
            task_guid=guid,
            element=element,
            track=node.track,
            role=node.role,
            form=node.form,
            opened_at=self.act.at,
        )
        self._date(item)
        happened(self.act, self.case, "task.created", element=element, track=node.track, data={"due_on": item.due_on})
        return item

    def set_due(self, item: WorkItem) -> None:
        """Compute again when the item is due, after its period was extended or the clock was stopped or started."""
        self._recount = True
        self._date(item)

    def _window(self, item: WorkItem) -> tuple[datetime, int] | None:
        return period_of(self.case, item, self.diagram, self.periods(item.opened_at.date()))

    def _date(self, item: WorkItem) -> None:
        """The day the item is due, or none while the clock stands still."""
        window = self._window(item)
        due = None
        if window is not None and self.clock.running:
            extension = getattr(item, "extension", None)
            due = self.clock.due(*window, extension.days if extension else 0)
        item.due_on = due.date if due else None
        item.due_provisional = bool(due and due.provisional)
        item.save(update_fields=["due_on", "due_provisional"])

    def _sync_deadlines(self) -> None:
        """Deadlines are dated when their timer begins to wait, and again only when the counting changed."""
        known = {one.timer_guid: one for one in Deadline.objects.filter(case=self.case, fired_at=None)}
        waiting = {} if self.run.finished else {timer.guid: timer for timer in self.run.timers()}
        if gone := [one.pk for guid, one in known.items() if guid not in waiting]:
            Deadline.objects.filter(pk__in=gone).delete()
        new = []
        for guid, timer in waiting.items():
            if guid in known and not self._recount:
                continue
            row = known.get(guid) or Deadline(case=self.case, timer_guid=guid)
            self._date_timer(row, timer)
            if row.pk:
                row.save()
            else:
                new.append(row)
        Deadline.objects.bulk_create(new)

    def _date_timer(self, row: Deadline, timer: Timer) -> None:
        node = self.diagram.nodes[timer.element]
        row.work_item, row.element, row.kind = self._open.get(timer.task_guid), timer.element, node.deadline
        row.due_at = self._timer_due(node.deadline, row.work_item) if row.work_item else None
        if row.due_at is not None:
            self.run.set_due(timer.guid, row.due_at)
        elif timer.due is not None:
            self.run.clear_due(timer.guid)

    def _timer_due(self, deadline: str, item: WorkItem) -> datetime | None:
        kind, _, key = deadline.partition(":")
        if kind == "days":
            days = self.periods(item.opened_at.date())[key]
            return self.clock.end_of(self.clock.day(item.opened_at) + timedelta(days=days))
        if item.due_on is None:
            return None
        if kind == "end":
            return self.clock.end_of(item.due_on)
        window = self._window(item)
        return self.clock.end_of(self.clock.half(*window).date) if window else None

    def _tell_service(self) -> None:
        for element in sorted(self.run.done() - self._before):
            self.process.hooks.element_reached(self.act, self.case, element)

    def _close(self) -> None:
        reached = self.run.done()
        status = next((self.process.ends[element] for element in reached if element in self.process.ends), Case.Status.COMPLETED)
        end_case(self.act, self.case, status)


def end_case(act: Act, case: Case, status: str) -> None:
    """Mark the case as ended and tell the service; the caller saves the row."""
    case.status = status
    case.closed_at = act.at
    happened(act, case, "case.completed" if status == Case.Status.COMPLETED else "case.closed", data={"status": str(status)})
    act.emit("case.closed", case.number, {"service": case.service, "status": str(status)})
    process(case.process_key).hooks.closed(act, case)


def _taken(item: WorkItem) -> Text:
    if item.done_at is None:
        return t("该任务已被取消", "This task was cancelled")
    return t("该任务已由{name}于{at}办结", "This task was completed by {name} at {at}").fill(
        name=item.done_by_name, at=timezone.localtime(item.done_at).strftime("%Y-%m-%d %H:%M")
    )
