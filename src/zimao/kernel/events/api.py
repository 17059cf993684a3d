"""API of events for a zone's administrator. Messages from outside come in at POST /events, not here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from zimao.kernel.errors import NotAllowed
from zimao.kernel.events import operations, queries
from zimao.kernel.events.models import Delivery, HandlerRun, State, Subscription
from zimao.kernel.operations import Actor
from zimao.kernel.text import t
from zimao.kernel.web import act_of, actor_of

__all__ = ["router"]

router = Router(tags=["events"])


class SubscriptionIn(Schema):
    """A webhook to be called."""

    name: str = Field(min_length=1, max_length=100)
    url: str = Field(min_length=1, max_length=500)
    types: list[str] = Field(min_length=1, max_length=50, description="a.b.c, a.b.* or *")


class SubscriptionOut(Schema):
    """A webhook and how it fares."""

    id: int
    name: str
    url: str
    types: list[str]
    active: bool
    stopped_because: str
    consecutive_failures: int
    created: datetime


class SubscriptionWithSecret(SubscriptionOut):
    """A webhook with its secret: answered once, when the secret is made."""

    secret: str


class DeliveryOut(Schema):
    """One message on its way to one webhook."""

    id: int
    event_id: str
    type: str
    subject: str
    subscription_id: int
    state: State
    attempts: int
    next_at: datetime
    response_code: int | None
    error: str

    @staticmethod
    def resolve_event_id(row: Delivery) -> str:
        return str(row.outbox.event_id)

    @staticmethod
    def resolve_type(row: Delivery) -> str:
        return row.outbox.type

    @staticmethod
    def resolve_subject(row: Delivery) -> str:
        return row.outbox.subject


class RunOut(Schema):
    """One handler's given-up turn with one message."""

    id: int
    handler: str
    subject: str
    state: State
    attempts: int
    error: str


class SkipIn(Schema):
    """Why a message is skipped."""

    reason: str = Field(min_length=1, max_length=500)


def _admin(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not actor.has("zone.admin"):
        raise NotAllowed("role", t("仅片区管理员可查看事件", "Only a zone administrator may see events"))
    return actor


@router.get("/subscriptions", response=list[SubscriptionOut], summary="Subscriptions of the zone")
def list_subscriptions(request: HttpRequest) -> Any:
    return queries.subscriptions(_admin(request).zone)


@router.post("/subscriptions", response={201: SubscriptionWithSecret}, summary="Create a subscription")
def create_subscription(request: HttpRequest, body: SubscriptionIn) -> Status[Subscription]:
    return Status(201, operations.create_subscription(act_of(request), name=body.name, url=body.url, types=body.types))


@router.post("/subscriptions/{int:subscription_id}/rotate", response=SubscriptionWithSecret, summary="Change the secret")
def rotate_secret(request: HttpRequest, subscription_id: int) -> Subscription:
    return operations.rotate_secret(act_of(request), subscription_id=subscription_id)


@router.post("/subscriptions/{int:subscription_id}/disable", response=SubscriptionOut, summary="Switch off")
def disable_subscription(request: HttpRequest, subscription_id: int) -> Subscription:
    return operations.disable_subscription(act_of(request), subscription_id=subscription_id)


@router.post("/subscriptions/{int:subscription_id}/enable", response=SubscriptionOut, summary="Switch on")
def enable_subscription(request: HttpRequest, subscription_id: int) -> Subscription:
    return operations.enable_subscription(act_of(request), subscription_id=subscription_id)


@router.get("/deliveries", response=list[DeliveryOut], summary="Deliveries, newest first")
def list_deliveries(request: HttpRequest, state: State | None = None, limit: int = 100) -> Any:
    return queries.deliveries(_admin(request).zone, state or "")[: max(1, min(limit, 500))]


@router.post("/deliveries/{int:delivery_id}/retry", response=DeliveryOut, summary="Retry a given-up delivery")
def retry_delivery(request: HttpRequest, delivery_id: int) -> Delivery:
    return operations.retry_delivery(act_of(request), delivery_id=delivery_id)


@router.get("/dead-runs", response=list[RunOut], summary="Handler runs that were given up")
def list_dead_runs(request: HttpRequest) -> Any:
    return queries.dead_runs(_admin(request).zone)[:500]


@router.post("/dead-runs/{int:run_id}/retry", response=RunOut, summary="Retry a given-up handler run")
def retry_run(request: HttpRequest, run_id: int) -> HandlerRun:
    return operations.retry_run(act_of(request), run_id=run_id)


@router.post("/dead-runs/{int:run_id}/skip", response=RunOut, summary="Skip a given-up handler run")
def skip_run(request: HttpRequest, run_id: int, body: SkipIn) -> HandlerRun:
    return operations.skip_run(act_of(request), run_id=run_id, reason=body.reason)
