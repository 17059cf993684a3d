"""Carrying messages to webhooks: at least once, with growing pauses, until accepted or given up."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Min, Q, QuerySet

from zimao.kernel.events import policy
from zimao.kernel.events.cloud import CONTENT_TYPE, structured
from zimao.kernel.events.leases import give_back_lease, skip_taken, take_lease, unheld
from zimao.kernel.events.models import Delivery, State, Subscription
from zimao.kernel.events.posting import Letter, Receipt, post_all
from zimao.kernel.events.schedule import retry_after

__all__ = ["Delivered", "deliver"]

_SUBSCRIPTIONS_A_ROUND = 16
_LETTERS_A_LANE = 5  # five deadlines fit into one lease
_LONGEST_PAUSE = timedelta(minutes=10)


@dataclass(slots=True)
class Delivered:
    """What a round of webhooks came to."""

    done: int = 0
    failed: int = 0
    dead: int = 0


def deliver(now: datetime) -> Delivered:
    """One round: up to 16 subscriptions side by side, up to 5 messages each. No transaction is open while posting."""
    until = now + policy.lease()
    lanes = _take(now, until)
    receipts = post_all([[_letter(delivery, now) for delivery in lane] for lane in lanes], now)
    total = Delivered()
    for lane, answers in zip(lanes, receipts, strict=True):
        give_back_lease([delivery for delivery, answer in zip(lane, answers, strict=True) if not answer.posted], until)
        for delivery, answer in zip(lane, answers, strict=True):
            if answer.posted:
                _record(delivery, answer, until, now, total)
    return total


def _due(now: datetime) -> QuerySet[Delivery]:
    open_ = Q(subscription__resume_at=None) | Q(subscription__resume_at__lte=now)
    return Delivery.objects.filter(unheld(now), open_, state=State.PENDING, next_at__lte=now, subscription__active=True)


def _take(now: datetime, until: datetime) -> list[list[Delivery]]:
    with transaction.atomic():
        waiting = _due(now).values("subscription").annotate(since=Min("next_at")).order_by("since")[:_SUBSCRIPTIONS_A_ROUND]
        lanes = []
        for row in waiting:
            mine = _due(now).filter(subscription=row["subscription"]).select_related("outbox", "subscription")
            lane = list(skip_taken(mine).order_by("outbox_id")[:_LETTERS_A_LANE])
            if lane:
                take_lease(lane, until)
                lanes.append(lane)
        return lanes


def _letter(delivery: Delivery, now: datetime) -> Letter:
    message, subscription = delivery.outbox, delivery.subscription
    secrets = [subscription.secret]
    if subscription.previous_secret and subscription.previous_until is not None and subscription.previous_until > now:
        secrets.append(subscription.previous_secret)
    return Letter(str(message.event_id), subscription.url, structured(message), tuple(secrets), CONTENT_TYPE)


def _record(delivery: Delivery, answer: Receipt, until: datetime, now: datetime, total: Delivered) -> None:
    with transaction.atomic():
        row = Delivery.objects.select_for_update().filter(pk=delivery.pk, leased_until=until, state=State.PENDING).first()
        if row is None:
            return
        row.leased_until, row.response_code, row.error = None, answer.code, answer.error
        if answer.accepted:
            row.state, row.done_at = State.DONE, now
            total.done += 1
            Subscription.objects.filter(pk=row.subscription_id).update(consecutive_failures=0, resume_at=None)
        else:
            _put_off(row, now, total)
            _pause(row.subscription_id, answer, now)
        row.save(update_fields=["leased_until", "response_code", "error", "state", "done_at", "next_at"])


def _put_off(row: Delivery, now: datetime, total: Delivered) -> None:
    wait = retry_after(row.attempts, policy.webhook_retries(), random.random())  # noqa: S311 - spreads load, guards nothing
    total.failed += 1
    if wait is None:
        row.state = State.DEAD
        total.dead += 1
    else:
        row.next_at = now + wait


def _pause(subscription_id: int, answer: Receipt, now: datetime) -> None:
    """Leave a failing receiver alone for a while, so that its backlog does not cost one deadline per message."""
    row = Subscription.objects.select_for_update().get(pk=subscription_id)
    schedule = policy.webhook_retries() or (5,)
    wait = retry_after(min(row.consecutive_failures + 1, len(schedule)), schedule, 0.5) or _LONGEST_PAUSE
    changes = {"consecutive_failures": F("consecutive_failures") + 1, "resume_at": now + min(wait, _LONGEST_PAUSE)}
    if answer.code == 410:  # Gone: the receiver asks not to be called again (Standard Webhooks, "disabling endpoints")
        changes |= {"active": False, "stopped_because": "gone"}
    Subscription.objects.filter(pk=subscription_id).update(**changes)
