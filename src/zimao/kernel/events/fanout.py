"""From a message to those who get it: one run per handler, one delivery per subscription, made once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from zimao.kernel.events.handlers import handlers_for
from zimao.kernel.events.leases import skip_taken
from zimao.kernel.events.models import Delivery, HandlerRun, Inbox, Outbox, Subscription
from zimao.kernel.events.patterns import matches_any

__all__ = ["fan_out"]


def fan_out(now: datetime, limit: int) -> int:
    """Write the runs and deliveries of up to ``limit`` waiting messages; how many messages that were.

    One transaction: a message is marked in the same step that makes its runs, and a second worker passes by its row.
    """
    with transaction.atomic():
        waiting = list(skip_taken(Outbox.objects.filter(dispatched_at=None)).order_by("id")[:limit])
        if not waiting:
            return 0
        runs = [run for message in waiting for run in _runs(message, now)]
        HandlerRun.objects.bulk_create(runs)
        Delivery.objects.bulk_create(list(_deliveries(waiting, now)))
        Outbox.objects.filter(pk__in=[message.pk for message in waiting]).update(dispatched_at=now)
        heard = {run.outbox_id for run in runs}
        unheard = [message.pk for message in waiting if message.origin and message.pk not in heard]
        Inbox.objects.filter(outbox__in=unheard).update(handled_at=now)
        return len(waiting)


def _runs(message: Outbox, now: datetime) -> Iterable[HandlerRun]:
    for handler in handlers_for(message.type, inbound=bool(message.origin)):
        yield HandlerRun(outbox=message, handler=handler.name, subject=message.subject, next_at=now)


def _deliveries(waiting: Iterable[Outbox], now: datetime) -> Iterable[Delivery]:
    """Deliveries of our own messages. What came from outside is not passed on: that would make loops between installations."""
    by_zone: dict[str, list[Subscription]] = defaultdict(list)
    ours = [message for message in waiting if not message.origin]
    for subscription in Subscription.objects.filter(active=True, zone__in={message.zone for message in ours}):
        by_zone[subscription.zone_id].append(subscription)
    for message in ours:
        for subscription in by_zone[message.zone]:
            if matches_any(subscription.types, message.type):
                yield Delivery(outbox=message, subscription=subscription, next_at=now)
