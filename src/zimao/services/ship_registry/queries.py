"""What is read of applications, the register and the plan."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from zimao.kernel.cases.models import WorkItem
from zimao.kernel.errors import Missing
from zimao.kernel.forms import draft
from zimao.kernel.operations import Actor
from zimao.kernel.text import t
from zimao.services.ship_registry.forms import ApplicationForm
from zimao.services.ship_registry.models import Application, Certificate, Delivery, Ship
from zimao.services.ship_registry.rules import Register

__all__ = [
    "application_for",
    "earlier_findings",
    "form_of",
    "late_items",
    "my_drafts",
    "pick_ups_waiting",
    "register_of",
    "registered_ships",
    "values_of",
]


def application_for(actor: Actor, number: str) -> Application:
    """The application, when the actor files it or works on ship cases of its zone; otherwise Missing."""
    found = Application.objects.select_related("case", "zone", "applicant").filter(number=number).first()
    works = found is not None and actor.zone == found.zone_id and any(role.startswith("ship_registry.") for role in actor.roles)
    if found is None or not (works or actor.acts_for(found.applicant_id, "ship_registry")):
        raise Missing("application", t("没有这份申请，或您无权查看", "There is no such application, or you may not see it"), "number")
    return found


def my_drafts(actor: Actor) -> list[Application]:
    """Applications not yet submitted that the actor may go on with, the latest first."""
    parties = [actor.party_id, *(party for party, service in actor.principals if service == "ship_registry")]
    return list(Application.objects.filter(applicant_id__in=parties, case=None).order_by("-changed_at"))


def register_of(application: Application) -> Register:
    """What the register of the application's zone holds, the ship of this application left out."""
    ships = Ship.objects.filter(zone_id=application.zone_id).exclude(pk=application.ship_id or 0)
    names: dict[str, str] = {}
    numbers: set[str] = set()
    for sound, name, *used in ships.values_list("name_sound", "name_zh", "identification_number", "imo_number", "mmsi"):
        names[sound] = name
        numbers.update(number for number in used if number)
    return Register(names, numbers)


def values_of(application: Application) -> dict[str, Any]:
    """The application as it was last saved, complete or not."""
    return dict(json.loads(application.values))


def form_of(application: Application) -> ApplicationForm:
    """The application as a form without checking it again: what a submitted one holds."""
    return draft(ApplicationForm, values_of(application))


def earlier_findings(application: Application, kind: str, *, months: int) -> list[Certificate]:
    """What was found on this certificate in earlier applications for the same ship that are not older than ``months`` (R10)."""
    if not application.identification_number:
        return []
    since = application.created_at - timedelta(days=31 * months)
    found = Certificate.objects.filter(
        application__applicant_id=application.applicant_id,
        application__identification_number=application.identification_number,
        application__created_at__gte=since,
        kind=kind,
    )
    return list(found.exclude(application=application).exclude(findings="").select_related("application__case").order_by("-pk"))


def late_items(zone: str, on: date, most: int = 50) -> list[WorkItem]:
    """Open work items of ship cases whose day is over, the latest first."""
    late = WorkItem.objects.filter(case__zone_id=zone, case__service="ship_registry", status=WorkItem.Status.OPEN, due_on__lt=on)
    return list(late.select_related("case", "assigned_to__party").order_by("due_on")[:most])


def pick_ups_waiting(zone: str) -> list[Delivery]:
    """Dispatched cases whose certificates lie at the counter."""
    waiting = Delivery.objects.filter(application__zone_id=zone, kind=Delivery.Kind.PICK_UP, handed_over_at=None).exclude(pick_up_code="")
    return list(waiting.select_related("application").order_by("application__number"))


def registered_ships(zone: str) -> list[Ship]:
    """The ship register of a zone, the newest first."""
    return list(Ship.objects.filter(zone_id=zone).order_by("-registered_on", "-pk"))
