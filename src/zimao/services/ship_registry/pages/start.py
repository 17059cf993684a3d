"""Before any sign-in: five questions, and what the answers mean. Then the first draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from pydantic import BaseModel, Field

from zimao.kernel.errors import Problem, Refused
from zimao.kernel.forms import Show, bind, draft, read, validate
from zimao.kernel.parties.queries import mandates_held, zone_names
from zimao.kernel.text import t
from zimao.kernel.web import act_of, actor_of, optional_actor
from zimao.services.ship_registry.forms.application import Area, ShipType
from zimao.services.ship_registry.forms.codes import AREAS, OIL, SHIP_TYPES
from zimao.services.ship_registry.operations import start_application
from zimao.services.ship_registry.planning import Requirements, plan_before, plan_new, requirements
from zimao.services.ship_registry.queries import my_drafts

__all__ = ["Questions", "begin", "start"]


class Questions(BaseModel):
    """The five questions on which everything else depends."""

    ship_type: Annotated[ShipType, Show(label=t("船舶种类", "Ship type"), choices=SHIP_TYPES, widget="select")]
    gross_tonnage: Annotated[int, Field(gt=0, le=999_999), Show(label=t("总吨", "Gross tonnage"), unit="GT", example="2998")]
    area: Annotated[Area, Show(label=t("航区", "Navigation area"), choices=AREAS, widget="select")]
    oil: Annotated[
        Literal["none", "persistent", "non_persistent", "bunkers"], Show(label=t("载运油类", "Oil carried"), choices=OIL, widget="select")
    ] = "none"
    radio: Annotated[
        bool,
        Show(
            label=t("装有AIS、DSC等需要标识码的无线电设备", "Fitted with radio that needs an identity (AIS, DSC)"),
        ),
    ] = False


@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """The questions, and below them the answer when they were given (``?ship_type=…``): certificates, materials, fees, time."""
    actor = optional_actor(request)
    zones = zone_names(request.LANGUAGE_CODE[:2])
    zone = actor.zone if actor else _chosen(request.GET.get("zone", ""), zones)
    values = read(Questions, request.GET) if request.GET.get("ship_type") or request.GET.get("gross_tonnage") else {}
    problems: tuple[Problem, ...] = ()
    found: Requirements | None = None
    if values:
        try:
            found = _answer(values, zone)
        except Refused as refused:
            problems = refused.problems
    context = {
        "bound": bind(Questions, values, problems),
        "problems": problems,
        "found": found,
        "values": values,
        "drafts": my_drafts(actor) if actor and actor.has("applicant") else [],
        "zones": {} if actor or len(zones) < 2 else zones,
        "zone": zone,
        "may_apply": actor is None or actor.has("applicant"),
        "principals": mandates_held(actor.party_id) if actor and actor.party_id else [],
        "plans": _plans(found, zone) if found else None,
    }
    template = "ships/_answer.html" if request.headers.get("HX-Request") else "ships/start.html"
    return render(request, template, context, status=422 if problems and not request.headers.get("HX-Request") else 200)


def _chosen(wanted: str, zones: Mapping[str, str]) -> str:
    """The zone that a visitor asks about: the one chosen, else the first; none in an installation without zones."""
    return wanted if wanted in zones else next(iter(zones), "")


def _answer(values: Mapping[str, Any], zone: str) -> Requirements:
    asked = validate(Questions, values)
    return requirements(
        zone, ship_type=asked.ship_type, gross_tonnage=asked.gross_tonnage, area=asked.area, oil=asked.oil, radio=asked.radio
    )


def _plans(found: Requirements, zone: str) -> dict[str, Any]:
    """How long it takes from today, before and now, each step at its upper bound."""
    today = timezone.localdate()
    new = plan_new(zone, today, found.applies)
    before = plan_before(zone, today)
    return {"new": new, "before": sum(one.finish_day - one.start_day for one in before.tracks if one.track in found.applies)}


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """A new draft with the answers filled in; ``applicant`` names the principal when an agent files."""
    answers = draft(Questions, read(Questions, request.POST))
    given = {name: value for name, value in answers.model_dump(mode="json").items() if value is not None}
    principal = request.POST.get("applicant", "")
    made = start_application(
        act_of(request),
        applicant_id=int(principal) if principal.isascii() and principal.isdecimal() else actor_of(request).party_id,
        values={"particulars": given} if answers.ship_type else {},
    )
    return redirect("ships-edit", made.number, "ship")
