"""The rooms of the registry: the certificate room makes in batches, the counter hands over, the supervisor sees the load."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zimao.kernel.cases.models import WorkItem
from zimao.kernel.cases.operations import complete_task
from zimao.kernel.cases.pages.sections import step_name
from zimao.kernel.cases.queries import Queue, queues, work_items
from zimao.kernel.errors import Conflict, Refused, ZimaoError
from zimao.kernel.operations import Act, Actor
from zimao.kernel.parties.models import Zone
from zimao.kernel.parties.operations.access import record_look
from zimao.kernel.parties.pages.layout import not_for_your_role
from zimao.kernel.parties.roles import role_label
from zimao.kernel.text import Text, t
from zimao.kernel.web import act_of, actor_of
from zimao.services.ship_registry.extract import register_csv
from zimao.services.ship_registry.forms.codes import CERTIFICATES, DELIVERIES
from zimao.services.ship_registry.models import Application, Delivery
from zimao.services.ship_registry.operations import hand_over, use_alternative
from zimao.services.ship_registry.pages.exchange import attached
from zimao.services.ship_registry.parameters import Parameters, parameters_on
from zimao.services.ship_registry.queries import application_for, form_of, late_items, pick_ups_waiting, registered_ships
from zimao.services.ship_registry.readiness import usable_name

__all__ = ["certificate_room", "collect", "desks", "label", "name", "ship_register"]

ROOM = "ship_registry.certificate_room"
SUPERVISOR = "ship_registry.supervisor"
_MOST_AT_ONCE = 50


def _only(actor: Actor, *roles: str) -> Actor:
    if not actor.has(*roles):
        raise not_for_your_role(*roles)
    return actor


@dataclass(frozen=True, slots=True)
class Made:
    """What became of one certificate of a batch."""

    item: WorkItem
    certificate: Text
    problem: Text | None


@require_http_methods(["GET", "POST"])
def certificate_room(request: HttpRequest) -> HttpResponse:
    """Approved certificates to be made; POST makes and seals those that were ticked, each in its own transaction."""
    actor = _only(actor_of(request), ROOM)
    made: list[Made] = []
    if request.method == "POST":
        chosen = [int(one) for one in request.POST.getlist("item") if one.isascii() and one.isdecimal()][:_MOST_AT_ONCE]
        made = _make_all(act_of(request), work_items(actor, role=ROOM).filter(pk__in=chosen, form="make"))
        if not chosen:
            messages.warning(request, t("请勾选要制作的证书", "Tick the certificates to be made").into(request.LANGUAGE_CODE))
    open_items = work_items(actor, role=ROOM)
    context = {
        "made": made,
        "items": [(item, CERTIFICATES.get(item.track)) for item in open_items.filter(form="make")[:_MOST_AT_ONCE]],
        "dispatches": open_items.filter(form="dispatch"),
        "pick_ups": pick_ups_waiting(actor.zone),
        "today": _today(actor),
    }
    return render(request, "ships/room.html", context)


def _make_all(act: Act, items: Iterable[WorkItem]) -> list[Made]:
    """One refused certificate does not hold up the others; a repeated click makes none a second time."""
    found = []
    for item in items:
        problem = None
        try:
            own = Act(act.actor, act.at, f"{act.key}/{item.pk}"[:100] if act.key else "")
            complete_task(own, item_id=item.pk, values={"confirmed": True})
        except ZimaoError as error:
            problem = error.sentence
        found.append(Made(item, CERTIFICATES[item.track], problem))
    return found


@require_POST
def collect(request: HttpRequest) -> HttpResponse:
    """The owner is at the counter with the code."""
    _only(actor_of(request), ROOM)
    number = request.POST.get("number", "").strip()[:40]
    try:
        hand_over(act_of(request), number=number, pick_up_code=request.POST.get("pick_up_code", ""))
    except Refused as refused:
        messages.error(request, refused.sentence.into(request.LANGUAGE_CODE))
    else:
        words = t("{number} 的全部证书已一次交付。", "Everything of {number} was handed over in one go.").fill(number=number)
        messages.success(request, words.into(request.LANGUAGE_CODE))
    return redirect("ships-room")


@require_GET
def label(request: HttpRequest, number: str) -> HttpResponse:
    """The address label or the pick-up slip of a case, made for printing."""
    actor = _only(actor_of(request), ROOM)
    application = application_for(actor, number)
    record_look(Act(actor, timezone.now()), party=application.applicant_id, field="delivery", purpose=f"{number} label")
    delivery = Delivery.objects.filter(application=application).first()
    made = application.certificates.exclude(number="").order_by("pk")
    context = {
        "application": application,
        "delivery": delivery,
        "wish": form_of(application).delivery,
        "way": DELIVERIES[delivery.kind] if delivery else None,
        "certificates": [(CERTIFICATES[one.kind], one.number) for one in made],
    }
    return render(request, "ships/label.html", context)


@require_http_methods(["GET", "POST"])
def name(request: HttpRequest, number: str) -> HttpResponse:
    """The alternatives that the owner named, each with what speaks against it; POST registers the ship under one of them."""
    actor = _only(actor_of(request), "ship_registry.registration", "ship_registry.approver")
    application = application_for(actor, number)
    problem: Text | None = None
    if request.method == "POST":
        try:
            use_alternative(act_of(request), number=number, name=request.POST.get("name", "").strip())
        except (Refused, Conflict) as refused:
            problem = refused.sentence
        else:
            messages.success(request, t("已改用备选船名。", "The alternative name is used.").into(request.LANGUAGE_CODE))
            return redirect("ships-show", number)
    parameters = parameters_on(application.zone_id, _today(actor))
    offered = [(one, _speaks_against(application, one, parameters)) for one in form_of(application).ship.alternatives]
    context = {"application": application, "offered": offered, "problem": problem, "open": application.case_id and not application.ship_id}
    return render(request, "ships/name.html", context, status=422 if problem else 200)


def _speaks_against(application: Application, one: str, parameters: Parameters) -> Text | None:
    try:
        usable_name(application, one, parameters)
    except Refused as refused:
        return refused.sentence
    return None


@require_GET
def desks(request: HttpRequest) -> HttpResponse:
    """The load of each desk, what is late, and where it jams."""
    actor = _only(actor_of(request), SUPERVISOR)
    today = _today(actor)
    loads = queues(actor.zone, "ship_registry", today)
    most = max((load.open for load in loads), default=0)
    context = {
        "loads": [_Load(load, role_label(load.role), _heat(load.open, most)) for load in loads],
        "late": [(item, step_name(item)) for item in late_items(actor.zone, today)],
        "names": CERTIFICATES,
        "jam": next((role_label(load.role) for load in loads if load.overdue), None),
        "today": today,
    }
    return render(request, "ships/desks.html", context)


@dataclass(frozen=True, slots=True)
class _Load:
    """A desk on the heat map; ``heat`` is 0 to 5."""

    queue: Queue
    label: Text
    heat: int


def _heat(value: int, most: int) -> int:
    return round(5 * value / most) if most else 0


@require_GET
def ship_register(request: HttpRequest) -> HttpResponse:
    """The extract of the ship register; ``?format=csv`` for a spreadsheet. Owners stay out of it: they are persons."""
    actor = actor_of(request)
    ships = registered_ships(actor)
    if request.GET.get("format") != "csv":
        return render(request, "ships/register.html", {"ships": ships})
    return attached(register_csv(ships), "ship-register.csv", "text/csv; charset=utf-8")


def _today(actor: Actor) -> Any:
    return Zone.objects.get(pk=actor.zone).day(timezone.now())
