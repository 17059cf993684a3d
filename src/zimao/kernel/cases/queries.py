"""What pages and API read of cases."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, F, Max, OuterRef, Prefetch, Q, QuerySet, Subquery, prefetch_related_objects

from zimao.kernel.cases.diagram import translate
from zimao.kernel.cases.engine import Difference, Run
from zimao.kernel.cases.models import Case, Deadline, ProcessRelease, Suspension, WorkItem
from zimao.kernel.cases.policies import may_see_case
from zimao.kernel.cases.processes import specification_of
from zimao.kernel.errors import Missing
from zimao.kernel.evidence.models import Leaf, SignedCheckpoint
from zimao.kernel.once import once
from zimao.kernel.operations import Actor
from zimao.kernel.text import t

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
    "queues_of",
    "read_items",
    "restored",
    "work_items",
]


def case_for(actor: Actor, number: str) -> Case:
    """The case, when the actor may see it. Otherwise Missing: a stranger does not learn that the number exists."""
    return _seen(actor, Case.objects.filter(number=number))


def _seen(actor: Actor, wanted: QuerySet[Case]) -> Case:
    case = wanted.select_related("zone", "applicant").first()
    if case is None or not may_see_case(actor, case):
        raise Missing(
            "case",
            t(
                "没有这个办件，或您无权查看。请核对办件编号和所在片区",
                "There is no such case, or you may not see it. Check its number and your zone",
            ),
            "number",
        )
    return case


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case read for its page. Its work items, with who holds them, and its suspensions cost no further query.

    ``proofs``: how many entries of the evidence log are about it; ``is_signed``: a signed checkpoint covers them all.
    """

    case: Case
    proofs: int
    is_signed: bool


def case_view(actor: Actor, number: str) -> CaseView:
    """The case whole (three queries at most). Missing as for :func:`case_for`."""
    entries = Leaf.objects.filter(subject=OuterRef("number")).order_by().values("subject")
    marked = Case.objects.filter(number=number).annotate(
        was_paused=Exists(Suspension.objects.filter(case=OuterRef("pk"))),
        proofs=Subquery(entries.annotate(found=Count("pk")).values("found")),
        last_proof=Subquery(entries.annotate(found=Max("pk")).values("found")),
        signed=Subquery(SignedCheckpoint.objects.order_by("-size").values("size")[:1]),
    )
    case = _seen(actor, marked)
    found = vars(case)
    read_items(case)
    pauses = Suspension.objects.order_by("pk") if found["was_paused"] else Suspension.objects.none()
    prefetch_related_objects([case], Prefetch("suspensions", pauses))
    return CaseView(case, found["proofs"] or 0, found["last_proof"] is not None and found["last_proof"] < (found["signed"] or 0))


def read_items(case: Case) -> None:
    """Read the case's work items, oldest first, with holders and extensions: ``case.work_items.all()`` then asks nothing."""
    items = WorkItem.objects.select_related("assigned_to__party", "extension").order_by("pk")
    prefetch_related_objects([case], Prefetch("work_items", items))


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
    return queues_of(zone, [service], on)


def queues_of(zone: str, services: Collection[str], on: date) -> list[Queue]:
    """Every desk of several services with its load, service by service, the most in arrears first."""
    rows = (
        WorkItem.objects.filter(case__zone_id=zone, case__service__in=services, status=WorkItem.Status.OPEN)
        .values("role", "case__service")
        .annotate(open=Count("pk"), overdue=Count("pk", filter=Q(due_on__lt=on)))
        .order_by("case__service", "-overdue", "-open")
    )
    return [Queue(row["role"], row["case__service"], row["open"], row["overdue"], None) for row in rows]


def restored(case: Case) -> Run:
    """The case's run as it stands, to be looked at only: the parts of a page share one."""
    return _restored(case.process_key, case.process_version, case.process_sha256, case.state_text)


@once
def _restored(key: str, version: int, sha256: str, state: str) -> Run:
    return Run.restore(specification_of(key, version, sha256), state)


def positions(case: Case) -> dict[str, str]:
    """The state of every diagram element of the case: done, active, overdue, waiting or cancelled."""
    found = {one.element: one.state for one in restored(case).positions()}
    overdue = [item.element for item in case.work_items.all() if item.status == WorkItem.Status.OPEN and item.escalated_at]
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
