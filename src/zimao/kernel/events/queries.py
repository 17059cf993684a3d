"""What the pages and the API read of events."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from zimao.kernel.events.models import Delivery, HandlerRun, Outbox, PeriodicRun, Source, State, Subscription

__all__ = ["dead_deliveries", "dead_runs", "deliveries", "late_jobs", "sources", "subscriptions", "waiting"]


def subscriptions(zone: str) -> QuerySet[Subscription]:
    """The zone's subscriptions with ``waiting`` and ``dead``: how many of their deliveries are on their way or given up."""
    pending, dead = Q(deliveries__state=State.PENDING), Q(deliveries__state=State.DEAD)
    found = Subscription.objects.filter(zone=zone).order_by("name")
    return found.annotate(waiting=Count("deliveries", filter=pending), dead=Count("deliveries", filter=dead))


def sources(zone: str) -> QuerySet[Source]:
    """The zone's registered senders with ``taken``: how many messages were taken in from each."""
    return Source.objects.filter(zone=zone).order_by("name").annotate(taken=Count("received"))


def deliveries(zone: str, state: str = "") -> QuerySet[Delivery]:
    """Deliveries of the zone's subscriptions, newest message first; only those of ``state`` when it is given."""
    found = Delivery.objects.filter(subscription__zone=zone).select_related("outbox", "subscription").order_by("-outbox_id", "-id")
    return found.filter(state=state) if state else found


def dead_deliveries(zone: str) -> QuerySet[Delivery]:
    """Deliveries that were given up, oldest first."""
    return deliveries(zone, State.DEAD).order_by("outbox_id", "id")


def dead_runs(zone: str) -> QuerySet[HandlerRun]:
    """Handler runs that were given up, oldest first; those of messages without a zone are everybody's to mend."""
    found = HandlerRun.objects.filter(state=State.DEAD, outbox__zone__in=["", zone])
    return found.select_related("outbox").order_by("outbox_id", "id")


def waiting(zone: str) -> dict[str, int]:
    """How many messages, handler runs and deliveries of the zone are still to be done."""
    return {
        "messages": Outbox.objects.filter(zone=zone, dispatched_at=None).count(),
        "runs": HandlerRun.objects.filter(outbox__zone=zone, state=State.PENDING).count(),
        "deliveries": Delivery.objects.filter(subscription__zone=zone, state=State.PENDING).count(),
    }


def late_jobs(now: datetime, by: timedelta = timedelta(minutes=5)) -> QuerySet[PeriodicRun]:
    """Periodic jobs that should have run by now or that keep failing: no worker is running, or one is stuck."""
    return PeriodicRun.objects.filter(Q(next_at__lt=now - by) | Q(failures__gt=0)).order_by("name")
