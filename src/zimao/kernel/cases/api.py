"""API of cases and tasks."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Body, Query, Router, Schema
from ninja.pagination import PageNumberPagination, paginate
from pydantic import Field

from zimao.kernel.cases import operations, queries
from zimao.kernel.cases.models import Case, CaseEvent, WorkItem
from zimao.kernel.web import act_of, actor_of

__all__ = ["router"]

router = Router(tags=["cases"])


class CaseOut(Schema):
    """A case in a list."""

    number: str
    service: str
    status: str
    title_zh: str
    title_en: str
    process: str
    submitted_at: datetime
    accepted_at: datetime | None
    closed_at: datetime | None
    suspended: bool

    @staticmethod
    def resolve_process(case: Case) -> str:
        return f"{case.process_key}-v{case.process_version}"


class TaskOut(Schema):
    """A work item."""

    id: int
    case: str
    element: str
    track: str
    role: str
    form: str
    status: str
    opened_at: datetime
    due_on: date | None
    due_provisional: bool
    escalated_at: datetime | None
    done_at: datetime | None
    decision: str

    @staticmethod
    def resolve_case(item: WorkItem) -> str:
        return item.case.number


class EventOut(Schema):
    """One thing that happened."""

    at: datetime
    type: str
    element: str
    track: str
    data: dict[str, Any]

    @staticmethod
    def resolve_data(event: CaseEvent) -> dict[str, Any]:
        return dict(json.loads(event.data))


class CaseDetail(CaseOut):
    """A case with its open and done work."""

    tasks: list[TaskOut]


class Reason(Schema):
    """Why."""

    reason: str = Field("", max_length=2000)


class SuspendBody(Schema):
    """Stop the clock."""

    kind: str = Field(max_length=20)
    reason: str = Field(max_length=2000)


class ExtendBody(Schema):
    """More working days."""

    days: int = Field(ge=1, le=365)
    reason: str = Field(max_length=2000)


class ReassignBody(Schema):
    """Give a task to an officer, or back to the desk."""

    user_id: int | None = Field(None, ge=1, le=2**62)
    reason: str = Field(max_length=2000)


class MigrateBody(Schema):
    """Move a case to another version of its process."""

    version: int = Field(ge=0, le=10_000)
    reason: str = Field(max_length=2000)


class DifferenceOut(Schema):
    """What a move would mean; ``blocked_by`` is empty when it is possible."""

    added: list[str]
    removed: list[str]
    changed: list[str]
    blocked_by: list[str]


@router.get("/cases", response=list[CaseOut])
@paginate(PageNumberPagination, page_size=50)
def list_cases(request: HttpRequest) -> Any:
    """The cases that you filed or are the applicant of."""
    return queries.my_cases(actor_of(request))


@router.get("/cases/{number}", response=CaseDetail)
def get_case(request: HttpRequest, number: str) -> Any:
    """One case with its work items."""
    case = queries.case_for(actor_of(request), number)
    case.tasks = list(case.work_items.select_related("case").order_by("pk"))  # type: ignore[attr-defined]
    return case


@router.get("/cases/{number}/events", response=list[EventOut])
def get_events(request: HttpRequest, number: str) -> Any:
    """What happened in the case, oldest first."""
    return list(queries.case_for(actor_of(request), number).events.order_by("at", "pk"))


@router.get("/cases/{number}/positions", response=dict[str, str])
def get_positions(request: HttpRequest, number: str) -> dict[str, str]:
    """The state of each element of the case's diagram."""
    return queries.positions(queries.case_for(actor_of(request), number))


@router.get("/cases/{number}/migration", response=DifferenceOut)
def get_migration(request: HttpRequest, number: str, version: int = Query(ge=0, le=10_000)) -> Any:  # type: ignore[type-arg]  # the function of that name
    """What moving the case to another process version would mean."""
    return queries.migration_preview(queries.case_for(actor_of(request), number), version)


@router.post("/cases/{number}/withdraw", response=CaseOut)
def withdraw(request: HttpRequest, number: str, body: Reason) -> Case:
    """Withdraw an application; what was approved before stands."""
    return operations.withdraw_case(act_of(request), number=number, reason=body.reason)


@router.post("/cases/{number}/suspend", response=CaseOut)
def suspend(request: HttpRequest, number: str, body: SuspendBody) -> Case:
    """Stop the clock for a review, a check or a hearing."""
    return operations.suspend_clock(act_of(request), number=number, kind=body.kind, reason=body.reason)


@router.post("/cases/{number}/resume", response=CaseOut)
def resume(request: HttpRequest, number: str) -> Case:
    """Start the clock again."""
    return operations.answer_suspension(act_of(request), number=number)


@router.post("/cases/{number}/migrate", response=CaseOut)
def migrate(request: HttpRequest, number: str, body: MigrateBody) -> Case:
    """Move the case to another version of its process."""
    return operations.migrate_case(act_of(request), number=number, version=body.version, reason=body.reason)


@router.get("/tasks", response=list[TaskOut])
@paginate(PageNumberPagination, page_size=50)
def list_tasks(
    request: HttpRequest,
    role: str = Query("", max_length=60),  # type: ignore[type-arg]  # the function of that name
    track: str = Query("", max_length=40),  # type: ignore[type-arg]
    overdue: bool = False,
) -> Any:
    """The open work that you may do, the most urgent first."""
    # Separate parameters: the pagination's wrapper cannot see the names of this module, so a schema's name would not resolve.
    on = timezone.localdate() if overdue else None
    return queries.work_items(actor_of(request), role=role, track=track, overdue_on=on)


@router.post("/tasks/{item_id}/complete", response=TaskOut)
def complete(request: HttpRequest, item_id: int, body: Body[dict[str, Any]]) -> WorkItem:
    """Complete a task with the fields of its form."""
    return operations.complete_task(act_of(request), item_id=item_id, values=body)


@router.post("/tasks/{item_id}/claim", response=TaskOut)
def claim(request: HttpRequest, item_id: int) -> WorkItem:
    """Take a task."""
    return operations.claim_task(act_of(request), item_id=item_id)


@router.post("/tasks/{item_id}/release", response=TaskOut)
def release(request: HttpRequest, item_id: int) -> WorkItem:
    """Give a task back."""
    return operations.claim_task(act_of(request), item_id=item_id, release=True)


@router.post("/tasks/{item_id}/reassign", response=TaskOut)
def reassign(request: HttpRequest, item_id: int, body: ReassignBody) -> WorkItem:
    """Give a task to another officer."""
    return operations.reassign_task(act_of(request), item_id=item_id, user_id=body.user_id, reason=body.reason)


@router.post("/tasks/{item_id}/extend", response=TaskOut)
def extend(request: HttpRequest, item_id: int, body: ExtendBody) -> WorkItem:
    """Give a task more working days."""
    return operations.extend_period(act_of(request), item_id=item_id, days=body.days, reason=body.reason)


@router.get("/diagrams/{sha256}", auth=None, url_name="diagram")
def diagram(request: HttpRequest, sha256: str, language: str = "zh") -> HttpResponse:
    """The BPMN file of a released process, its names in the asked language."""
    return HttpResponse(queries.diagram_xml(sha256, language), content_type="application/xml")
