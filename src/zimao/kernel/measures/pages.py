"""Pages of effects (public) and of the lab (public to read; who may start a run is the operation's to say)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from zimao.kernel.errors import Conflict, Missing, Refused, ZimaoError
from zimao.kernel.measures import operations, queries
from zimao.kernel.measures.order_form import filled, order_form
from zimao.kernel.measures.policies import may_run_lab
from zimao.kernel.measures.registry import declared
from zimao.kernel.measures.results import as_csv, shown
from zimao.kernel.measures.scenario import LabOptions, LabSpec
from zimao.kernel.parties.models import Zone
from zimao.kernel.text import Text, t
from zimao.kernel.web import act_of, optional_actor

__all__ = ["download", "effects", "lab", "progress", "run"]

STRETCHES: Mapping[int, Text] = {
    30: t("近30天", "Last 30 days"),
    90: t("近90天", "Last 90 days"),
    365: t("近一年", "Last year"),
}
_SHOWN_RUNS = 10


@require_safe
def effects(request: HttpRequest) -> HttpResponse:
    """Every service's measures: baseline, claim, live, simulated. ``?zone=`` (``all``: every zone) and ``?days=`` narrow it."""
    actor = optional_actor(request)
    zones = list(Zone.objects.order_by("code"))
    asked = request.GET.get("zone", actor.zone if actor else "all")
    zone = asked if any(one.code == asked for one in zones) else ""
    given = request.GET.get("days", "")
    days = int(given) if given.isdecimal() and int(given) in STRETCHES else queries.DEFAULT_DAYS
    context = {
        "services": queries.effects(zone, timezone.now(), days),
        "zones": zones,
        "zone": zone,
        "days": days,
        "stretches": STRETCHES,
        "crumbs": [(t("成效", "Effects"), "")],
    }
    return render(request, "measures/effects.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def lab(request: HttpRequest, service: str) -> HttpResponse:
    """GET: the form, the assumptions, the newest runs. POST: order a run and go to its page."""
    spec = declared(service).lab
    if request.method != "POST":
        return _lab_page(request, spec, {})
    wish, problems = filled(request.POST)
    try:
        if problems:
            raise Refused.of(problems)
        made = operations.start_lab_run(act_of(request), service=service, **wish)
    except (Refused, Conflict) as error:
        return _lab_page(request, spec, request.POST, error)
    return redirect("measures:run", run_id=made.pk)


def _lab_page(request: HttpRequest, spec: LabSpec, given: Mapping[str, Any], error: ZimaoError | None = None) -> HttpResponse:
    actor = optional_actor(request)
    zone = actor.zone if actor else ""
    now = spec.build(LabOptions(timezone.localdate(), zone))[1]
    context = {
        "spec": spec,
        "may_run": actor is not None and may_run_lab(actor, spec),
        "signed_in": actor is not None,
        "form": order_form(now, given, error),
        "assumptions": spec.assumptions(),
        "runs": queries.lab_runs(spec.service, zone)[:_SHOWN_RUNS] if zone else (),
        "newest": queries.newest_result(spec.service, zone) or queries.newest_result(spec.service, ""),
        "crumbs": [(t("成效", "Effects"), "/effects"), (t("模拟实验室", "Lab"), "")],
    }
    return render(request, "measures/lab.html", context, status=error.status if error else 200)


@require_safe
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run: how far it is, or what it found."""
    return render(request, "measures/run.html", _run_context(request, run_id))


@require_safe
def progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """The part of the page that changes while a run is going on; it asks for itself again until the run has ended."""
    return render(request, "measures/_run.html", _run_context(request, run_id))


def _run_context(request: HttpRequest, run_id: int) -> dict[str, Any]:
    found = queries.lab_run(run_id, optional_actor(request))
    spec = declared(found.service).lab
    return {
        "run": found,
        "spec": spec,
        "result": shown(found, spec) if found.result else None,
        "failure": queries.FAILURES.get(found.error),
        "assumptions": spec.assumptions(),
        "crumbs": [(t("成效", "Effects"), "/effects"), (t("模拟实验室", "Lab"), f"/lab/{found.service}"), (t("模拟结果", "Result"), "")],
    }


@require_safe
def download(request: HttpRequest, run_id: int, kind: str) -> HttpResponse:
    """The result as a file, ``json`` or ``csv``."""
    found = queries.lab_run(run_id, optional_actor(request))
    if kind not in {"json", "csv"} or not found.result:
        raise Missing("lab.result", t("没有这个结果文件", "There is no such file"), "kind")
    text = found.result if kind == "json" else as_csv(found)
    media = "application/json" if kind == "json" else "text/csv; charset=utf-8"
    name = f"lab-{found.service}-{found.pk}.{kind}"
    return HttpResponse(text, content_type=media, headers={"Content-Disposition": f'attachment; filename="{name}"'})
