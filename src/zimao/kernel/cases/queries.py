"""What pages and API read of cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from zimao.kernel.cases.diagram import Diagram, translate
from zimao.kernel.cases.engine import Difference, Run
from zimao.kernel.cases.models import Case, CaseEvent, CaseMaterial, Deadline, ProcessRelease, WorkItem
from zimao.kernel.cases.policies import may_see_case
from zimao.kernel.cases.processes import diagram_of, specification_of
from zimao.kernel.errors import Missing
from zimao.kernel.operations import Actor
from zimao.kernel.text import Text, t

__all__ = [
    "CaseView",
    "Queue",
    "case_for",
    "case_view",
    "diagram_xml",
    "due_cases",
    "migration_preview",
    "my_cases",
    "positions",
    "queues",
    "work_items",
]


def case_for(actor: Actor, number: str) -> Case:
    """The case, when the actor may see it. Otherwise Missing: a stranger does not learn that the number exists."""
    case = Case.objects.select_related("zone", "applicant").filter(number=number).first()
    if case is None or not may_see_case(actor, case):
        raise Missing("case", t("没有这个办件，或您无权查看", "There is no such case, or you may not see it"), "number")
    return case


def my_cases(actor: Actor) -> QuerySet[Case]:
    """The cases the actor filed or is the applicant of, newest first."""
    mine = Q(filed_by_id=actor.user_id) | Q(applicant_id=actor.party_id)
    for party_id, service in actor.principals:
        mine |= Q(applicant_id=party_id, service=service)
    return Case.objects.filter(mine).select_related("zone").order_by("-submitted_at")


def work_items(actor: Actor, *, role: str = "", track: str = "", overdue_on: date | None = None) -> QuerySet[WorkItem]:
    """The open work items the actor may complete, the most urgent first; those without a due day last."""
    officer = Q(case__zone_id=actor.zone, role__in=[one for one in actor.roles if one != "applicant"])
    applicant = Q(case__applicant_id=actor.party_id)
    for party_id, service in actor.principals:
        applicant |= Q(case__applicant_id=party_id, case__service=service)
    owner = applicant & Q(role="applicant")
    found = WorkItem.objects.filter(status=WorkItem.Status.OPEN, case__status=Case.Status.OPEN).filter(officer | owner)
    if role:
        found = found.filter(role=role)
    if track:
        found = found.filter(track=track)
    if overdue_on:
        found = found.filter(due_on__lt=overdue_on)
    return found.select_related("case", "assigned_to").order_by(F("due_on").asc(nulls_last=True), "opened_at")


@dataclass(frozen=True, slots=True)
class Queue:
    """The open work of one role in one zone: how much, how much of it late."""

    role: str
    service: str
    open: int
    overdue: int
    oldest: datetime | None


def queues(zone: str, service: str, on: date) -> list[Queue]:
    """Every desk of a service with its load: what a supervisor looks at."""
    rows = (
        WorkItem.objects.filter(case__zone_id=zone, case__service=service, status=WorkItem.Status.OPEN)
        .values("role")
        .annotate(open=Count("pk"), overdue=Count("pk", filter=Q(due_on__lt=on)))
        .order_by("-overdue", "-open")
    )
    return [Queue(row["role"], service, row["open"], row["overdue"], None) for row in rows]


@dataclass(frozen=True)
class CaseView:
    """Everything the case page shows, read in a fixed number of queries."""

    case: Case
    items: list[WorkItem]
    events: list[CaseEvent]
    materials: list[CaseMaterial]
    diagram: Diagram
    pauses: list[Any] = field(default_factory=list)

    def name(self, element: str) -> Text:
        """The name of a diagram element; the id when the diagram has lost it."""
        node = self.diagram.nodes.get(element)
        return node.name if node else Text(element, element)


def case_view(case: Case) -> CaseView:
    """Read a case whole (five queries beside the case itself)."""
    items = list(case.work_items.select_related("assigned_to", "done_by", "extension").order_by("pk"))
    events = list(case.events.order_by("at", "pk"))
    materials = list(case.materials.select_related("material").order_by("pk"))
    return CaseView(case, items, events, materials, diagram_of(case.process_sha256), list(case.suspensions.all()))


def positions(case: Case) -> dict[str, str]:
    """The state of every diagram element of the case: done, active, overdue, waiting or cancelled."""
    specification = specification_of(case.process_key, case.process_version, case.process_sha256)
    found = {one.element: one.state for one in Run.restore(specification, case.state_text).positions()}
    overdue = WorkItem.objects.filter(case=case, status=WorkItem.Status.OPEN, escalated_at__isnull=False).values_list("element", flat=True)
    return {**found, **dict.fromkeys(overdue, "overdue")}


def diagram_xml(sha256: str, language: str) -> bytes:
    """The BPMN file of a release with its names in ``language``. Missing when no release has that hash."""
    xml = ProcessRelease.objects.filter(sha256=sha256).values_list("xml", flat=True).first()
    if xml is None:
        raise Missing("process", t("没有这个流程图", "There is no such diagram"))
    return translate(xml.encode(), language)


def due_cases(now: datetime, limit: int = 500) -> list[str]:
    """Numbers of the open cases that have a timer due by ``now``."""
    due = Deadline.objects.filter(fired_at=None, due_at__lte=now, case__status=Case.Status.OPEN)
    return list(due.order_by("due_at").values_list("case__number", flat=True).distinct()[:limit])


def migration_preview(case: Case, version: int) -> Difference:
    """What moving the case to ``version`` would mean; ``blocked_by`` is empty when it may be moved."""
    target = ProcessRelease.objects.filter(key=case.process_key, version=version).first()
    if target is None:
        raise Missing("version", t("没有这个流程版本", "There is no such process version"), "version")
    here = specification_of(case.process_key, case.process_version, case.process_sha256)
    return Run.restore(here, case.state_text).compare(specification_of(target.key, target.version, target.sha256))
