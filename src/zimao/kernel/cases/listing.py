"""The lists that the pages show: cases that an actor may see, work that an actor may do or supervises, what comes next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Case as Choice
from django.db.models import F, Q, QuerySet, When

from zimao.kernel.cases.models import Case, WorkItem
from zimao.kernel.cases.processes import processes
from zimao.kernel.cases.queries import Queue, queues_of, work_items
from zimao.kernel.operations import Actor

__all__ = ["BenchFilter", "bench", "bench_roles", "find_cases", "my_queues", "next_item", "supervised_services", "visible_cases"]


def visible_cases(actor: Actor) -> QuerySet[Case]:
    """The cases for which ``policies.may_see_case`` holds, as one query, newest first."""
    mine = Q(applicant_id=actor.party_id) if actor.party_id is not None else Q(pk__in=[])
    for party_id, service in actor.principals:
        mine |= Q(applicant_id=party_id, service=service)
    services = {role.partition(".")[0] for role in actor.roles if "." in role} | supervised_services(actor)
    office = Q(zone_id=actor.zone, service__in=services)
    return Case.objects.filter(mine | office).select_related("zone", "applicant").order_by("-submitted_at", "-pk")


def find_cases(actor: Actor, *, text: str = "", status: str = "", service: str = "") -> QuerySet[Case]:
    """The visible cases whose number or title holds ``text``, in a status, of a service; empty values do not narrow."""
    found = visible_cases(actor)
    if text:
        found = found.filter(Q(number__icontains=text) | Q(title_zh__icontains=text) | Q(title_en__icontains=text))
    if status:
        found = found.filter(status=status)
    return found.filter(service=service) if service else found


def supervised_services(actor: Actor) -> set[str]:
    """The services of which the actor is a supervisor."""
    return {spec.service for spec in processes().values() if actor.has(spec.supervisor)}


@dataclass(frozen=True, slots=True)
class BenchFilter:
    """What of the workbench is shown: a role, only what is overdue on a day, only the actor's own, only what nobody holds."""

    role: str = ""
    text: str = ""
    overdue_on: date | None = None
    mine: bool = False
    unassigned: bool = False


def bench(actor: Actor, wanted: BenchFilter) -> QuerySet[WorkItem]:
    """The open work that the actor may do or supervises, the most urgent first."""
    own = work_items(actor).order_by().values("pk")
    seen = Q(pk__in=own) | Q(case__zone_id=actor.zone, case__service__in=supervised_services(actor))
    found = WorkItem.objects.filter(seen, status=WorkItem.Status.OPEN, case__status=Case.Status.OPEN)
    if wanted.role:
        found = found.filter(role=wanted.role)
    if wanted.text:
        found = found.filter(
            Q(case__number__icontains=wanted.text) | Q(case__title_zh__icontains=wanted.text) | Q(case__title_en__icontains=wanted.text)
        )
    if wanted.overdue_on:
        found = found.filter(due_on__lt=wanted.overdue_on)
    if wanted.mine:
        found = found.filter(assigned_to_id=actor.user_id)
    if wanted.unassigned:
        found = found.filter(assigned_to=None)
    order = (F("due_on").asc(nulls_last=True), "opened_at", "pk")
    return found.select_related("case__zone", "assigned_to__party").order_by(*order)


def bench_roles(actor: Actor, desks: Iterable[Queue]) -> list[str]:
    """The roles whose work the workbench of the actor can hold: the own ones, and those of ``desks``, as of :func:`my_queues`."""
    return sorted({role for role in actor.roles if "." in role} | {one.role for one in desks})


def my_queues(actor: Actor, today: date) -> list[Queue]:
    """The desks that the actor works at or supervises, with their load. One query, however many services there are."""
    supervised = supervised_services(actor)
    desks = {role for role in actor.roles if "." in role}
    services = {spec.service for spec in processes().values()}
    return [one for one in queues_of(actor.zone, services, today) if one.role in desks or one.service in supervised]


def next_item(actor: Actor, after: WorkItem) -> WorkItem | None:
    """The most urgent open item of the same desk that nobody else holds; of any desk of the actor when that one is empty."""
    free = work_items(actor).exclude(pk=after.pk).filter(Q(assigned_to=None) | Q(assigned_to_id=actor.user_id))
    elsewhere = Choice(When(role=after.role, then=0), default=1)
    return free.order_by(elsewhere, F("due_on").asc(nulls_last=True), "opened_at").first()
