"""API of measures (mounted at ``/measures``) and of the lab (``lab_router``, mounted at ``/lab``)."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from zimao.kernel.measures import operations, queries
from zimao.kernel.measures.models import LabRun
from zimao.kernel.measures.orders import MAX_ARRIVALS, MAX_CASES, MAX_OFFICERS, MAX_SEED
from zimao.kernel.measures.registry import measured_services
from zimao.kernel.web import act_of, actor_of

__all__ = ["lab_router", "router"]

router = Router(tags=["measures"])
lab_router = Router(tags=["lab"])


class Words(Schema):
    """One text in both languages."""

    zh: str
    en: str


class MeasureOut(Schema):
    """One effect that a practice claims."""

    service: str
    id: str
    title: Words
    unit: Words
    source: Words
    baseline: float | None
    claim: float
    direction: str


class LiveOut(Schema):
    """What live cases say of a measure; ``verdict`` is too_few below 30 cases."""

    n: int
    mean: float | None
    p10: float | None
    p50: float | None
    p90: float | None
    max: float | None
    verdict: str
    interval: tuple[float, float] | None = Field(description="95 % confidence interval of the mean")
    words: Words


class MeasureNowOut(Schema):
    """One measure with its live answer."""

    id: str
    title: Words
    unit: Words
    source: Words
    baseline: float | None
    claim: float
    direction: str
    live: LiveOut
    since: datetime
    until: datetime


class ServiceMeasuresOut(Schema):
    """A service's measures over the cases completed in a stretch of time; ``simulated`` is the newest run with nothing changed."""

    service: str
    measures: list[MeasureNowOut]
    simulated: int | None = Field(description="number of the lab run, for /lab/runs/{id}")


class OrderIn(Schema):
    """A run of the lab to be computed."""

    service: str = Field(max_length=40)
    cases: int = Field(500, ge=1, le=MAX_CASES)
    seed: int = Field(1, ge=0, le=MAX_SEED)
    arrivals: float | None = Field(None, gt=0, le=MAX_ARRIVALS, description="cases a working day; null: as the service's data says")
    officers: dict[str, int] = Field(default_factory=dict, max_length=50, description=f"officers by role, 1 to {MAX_OFFICERS}")


class RunOut(Schema):
    """A run: how far it is and, when it is done, its result."""

    id: int
    service: str
    zone: str
    cases: int
    seed: int
    options: dict[str, Any]
    on: date = Field(description="the day whose tables are in force")
    inputs_sha256: str
    state: LabRun.State
    progress: int
    requested_at: datetime
    finished_at: datetime | None
    error: Words | None
    result: dict[str, Any] | None


def _out(run: LabRun) -> dict[str, Any]:
    failure = queries.FAILURES.get(run.error)
    return {
        **{name: getattr(run, name) for name in ("id", "service", "cases", "seed", "on", "inputs_sha256", "state", "progress")},
        "zone": run.zone_id,
        "options": json.loads(run.options),
        "requested_at": run.requested_at,
        "finished_at": run.finished_at,
        "error": {"zh": failure.zh, "en": failure.en} if failure else None,
        "result": json.loads(run.result) if run.result else None,
    }


@router.get("", response=list[MeasureOut], summary="Every declared measure with its claim")
def every_measure(request: HttpRequest) -> Any:
    """The measures of every service, with the figures in force in the caller's zone today."""
    zone, today = actor_of(request).zone, timezone.localdate()
    return [measure for service in measured_services().values() for measure in service.on(zone, today)]


@router.get("/{service}", response=ServiceMeasuresOut, summary="What the live cases of a service say")
def one_service(request: HttpRequest, service: str, zone: str = "", since: datetime | None = None, until: datetime | None = None) -> Any:
    """Each measure over the cases completed from ``since`` (a year ago) to ``until`` (now), in one zone or everywhere."""
    end = _aware(until) or timezone.now()
    begin = _aware(since) or end - queries.DEFAULT_STRETCH
    run = queries.newest_result(service, zone)
    found = queries.measure_now(service, zone, begin, end)
    return {**queries.effects_as_dict(service, found), "simulated": run.pk if run else None}


def _aware(given: datetime | None) -> datetime | None:
    return timezone.make_aware(given) if given is not None and timezone.is_naive(given) else given


@lab_router.post("/runs", response={202: RunOut}, summary="Order a run of the lab")
def order_run(request: HttpRequest, body: OrderIn) -> Any:
    """The worker computes it: read ``/lab/runs/{id}`` until its state is done. Give an ``Idempotency-Key``."""
    return Status(202, _out(operations.start_lab_run(act_of(request), **body.dict())))


@lab_router.get("/runs/{run_id}", response=RunOut, summary="One run of the lab")
def one_run(request: HttpRequest, run_id: int) -> Any:
    """How far the run is, and its result when it is done. A finished run may be read from every zone."""
    return _out(queries.lab_run(run_id, actor_of(request)))
