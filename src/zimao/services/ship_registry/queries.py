"""What is read of applications, the register and the plan."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from zimao.kernel.cases.models import WorkItem
from zimao.kernel.errors import Conflict, Missing, NotAllowed
from zimao.kernel.forms import draft
from zimao.kernel.operations import Actor
from zimao.kernel.text import t
from zimao.services.ship_registry.forms import ApplicationForm
from zimao.services.ship_registry.models import Application, Certificate, Delivery, Ship
from zimao.services.ship_registry.rules import Register, add_months

__all__ = [
    "application_for",
    "application_to_change",
    "correction_of",
    "earlier_applications",
    "earlier_findings",
    "form_of",
    "late_items",
    "my_applications",
    "my_drafts",
    "numbered",
    "pick_ups_waiting",
    "register_of",
    "registered_ships",
    "values_of",
]


def numbered(number: str) -> QuerySet[Application]:
    """The application of that number; nothing for an address that cannot be a number, which a database may refuse to look up."""
    readable = number.isascii() and number.isprintable()
    return Application.objects.filter(number=number) if readable else Application.objects.none()


def application_for(actor: Actor, number: str) -> Application:
    """The application, when the actor files it or works on ship cases of its zone; otherwise Missing."""
    found = numbered(number).select_related("case", "zone", "applicant").first()
    works = found is not None and actor.zone == found.zone_id and any(role.startswith("ship_registry.") for role in actor.roles)
    if found is None or not (works or actor.acts_for(found.applicant_id, "ship_registry")):
        raise Missing("application", t("没有这份申请，或您无权查看", "There is no such application, or you may not see it"), "number")
    return found


def application_to_change(actor: Actor, number: str) -> Application:
    """The application, for those who file it; Missing for everybody else: an officer reads it on the case page instead."""
    application = application_for(actor, number)
    if not actor.acts_for(application.applicant_id, "ship_registry"):
        sentence = t("没有这份申请，或您无权修改", "There is no such application, or it is not yours to change")
        raise Missing("application", sentence, "number")
    return application


def correction_of(application: Application) -> WorkItem:
    """The open task in which a correction is answered; Conflict when none was asked for."""
    waiting = WorkItem.objects.filter(case=application.case, element="answer_correction", status=WorkItem.Status.OPEN).first()
    if application.case_id is None or waiting is None:
        raise Conflict("no_correction", t("目前没有要求补正", "No correction is asked for"))
    return waiting


def my_drafts(actor: Actor) -> list[Application]:
    """Applications not yet submitted that the actor may go on with, the latest first."""
    return list(my_applications(actor).filter(case=None))


def register_of(application: Application) -> Register:
    """What the register of the application's zone holds, the ship of this application left out."""
    ships = Ship.objects.filter(zone_id=application.zone_id).exclude(pk=application.ship_id or 0)
    names: dict[str, str] = {}
    numbers: set[str] = set()
    for sound, name, *used in ships.values_list("name_sound", "name_zh", "identification_number", "imo_number", "mmsi", "call_sign"):
        names[sound] = name
        numbers.update(number for number in used if number)
    return Register(names, numbers)


def values_of(application: Application) -> dict[str, Any]:
    """The application as it was last saved, complete or not."""
    return dict(json.loads(application.values))


def form_of(application: Application) -> ApplicationForm:
    """The application as a form without checking it again: what a submitted one holds."""
    return draft(ApplicationForm, values_of(application))


def earlier_applications(application: Application, *, months: int) -> QuerySet[Application]:
    """The owner's other applications for the same ship whose materials and results are still kept (R10).

    They are kept for ``months`` after their case ended; one that has not ended is kept from its last change.
    """
    if not application.identification_number:
        return Application.objects.none()
    created = application.created_at
    since = datetime.combine(add_months(created.date(), -months), created.timetz())
    kept = Q(case__closed_at__gte=since) | Q(case__closed_at=None, changed_at__gte=since)
    same = Application.objects.filter(applicant_id=application.applicant_id, identification_number=application.identification_number)
    return same.filter(kept).exclude(pk=application.pk)


def earlier_findings(application: Application, kind: str, *, months: int) -> list[Certificate]:
    """What was found on this certificate in the earlier applications that are still kept (R10), the latest first."""
    earlier = earlier_applications(application, months=months)
    found = Certificate.objects.filter(application__in=earlier, kind=kind).exclude(findings="")
    return list(found.select_related("application__case").order_by("-pk"))


def late_items(zone: str, on: date, most: int = 50) -> list[WorkItem]:
    """Open work items of ship cases whose day is over, the latest first."""
    late = WorkItem.objects.filter(case__zone_id=zone, case__service="ship_registry", status=WorkItem.Status.OPEN, due_on__lt=on)
    return list(late.select_related("case", "assigned_to__party").order_by("due_on")[:most])


def pick_ups_waiting(zone: str) -> list[Delivery]:
    """Dispatched cases whose certificates lie at the counter."""
    waiting = Delivery.objects.filter(application__zone_id=zone, kind=Delivery.Kind.PICK_UP, handed_over_at=None).exclude(pick_up_code="")
    return list(waiting.select_related("application").order_by("application__number"))


def registered_ships(actor: Actor) -> list[Ship]:
    """The ship register of the actor's zone, the newest first. NotAllowed for others than its registrars and supervisors."""
    if not actor.has("ship_registry.supervisor", "ship_registry.registration"):
        raise NotAllowed("role", t("您的岗位不使用船舶登记簿", "The ship register is not for your role"))
    return list(Ship.objects.filter(zone_id=actor.zone).order_by("-registered_on", "-pk"))


def my_applications(actor: Actor) -> QuerySet[Application]:
    """Every application that the actor files, drafts too, the latest first."""
    parties = {*actor.principals_in("ship_registry"), *([actor.party_id] if actor.party_id else [])}
    found = Application.objects.filter(applicant_id__in=parties).select_related("case")
    return found.prefetch_related("certificates__document").order_by("-changed_at", "-pk")
