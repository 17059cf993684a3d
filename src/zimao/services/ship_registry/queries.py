"""What is read of applications, the register and the plan."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from zimao.kernel.cases.materials import reusable
from zimao.kernel.errors import Missing
from zimao.kernel.forms import draft
from zimao.kernel.operations import Actor
from zimao.kernel.text import t
from zimao.services.ship_registry.forms import ApplicationForm
from zimao.services.ship_registry.models import Application, Certificate, Ship
from zimao.services.ship_registry.parameters import Parameters
from zimao.services.ship_registry.rules import MaterialPlan, Register, merged_materials

__all__ = ["application_for", "earlier_findings", "material_plan", "my_drafts", "register_of"]


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
    ships = Ship.objects.filter(zone_id=application.zone_id).exclude(pk=application.ship_id)
    names: dict[str, str] = {}
    numbers: set[str] = set()
    for sound, name, *used in ships.values_list("name_sound", "name_zh", "identification_number", "imo_number", "mmsi"):
        names[sound] = name
        numbers.update(number for number in used if number)
    return Register(names, numbers)


def material_plan(application: Application, form: ApplicationForm, parameters: Parameters, applies: Collection[str]) -> MaterialPlan:
    """The merged materials of this application; what was handed in for an earlier case counts as held."""
    rows = parameters.rows("ship_materials")
    kinds = [row["material"] for row in rows]
    given = reusable(application.applicant_id, kinds, parameters.on)
    held = [kind for kind, material in given.items() if material.uses.exclude(case_id=application.case_id).exists()]
    agent = application.filed_by.party_id != application.applicant_id
    return merged_materials(rows, applies, agent=agent, shares=len(form.owners) > 1, held=held)


def values_of(application: Application) -> dict[str, Any]:
    """The application as it was last saved, complete or not."""
    return dict(json.loads(application.values))


def form_of(application: Application) -> ApplicationForm:
    """The application as a form without checking it again: what a submitted one holds."""
    return draft(ApplicationForm, values_of(application))


def earlier_findings(application: Application, kind: str, *, months: int) -> list[Certificate]:
    """What was found on this certificate in earlier applications for the same ship that are not older than ``months`` (R10)."""
    number = (values_of(application).get("ship") or {}).get("identification_number")
    candidates = (
        Certificate.objects.filter(application__applicant_id=application.applicant_id, kind=kind)
        .exclude(application=application)
        .exclude(findings="")
        .select_related("application", "application__case")
        .order_by("-application__created_at")[:20]
    )
    since = application.created_at.timestamp() - months * 31 * 86400
    return [
        one
        for one in candidates
        if one.application.created_at.timestamp() >= since
        and (values_of(one.application).get("ship") or {}).get("identification_number") == number
    ]
