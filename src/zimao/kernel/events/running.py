"""Giving each handler its messages: in order per subject, each effect once, no handler waiting for another."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from zimao.kernel.events import policy
from zimao.kernel.events.handlers import Event, handler_named, handlers
from zimao.kernel.events.leases import give_back_lease, skip_taken, take_lease, unheld
from zimao.kernel.events.models import HandlerRun, Inbox, Outbox, State
from zimao.kernel.events.schedule import retry_after

__all__ = ["Handled", "run_handlers"]

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Handled:
    """What a round of handlers came to."""

    done: int = 0
    failed: int = 0
    dead: int = 0


def run_handlers(now: datetime, limit: int, should_stop: Callable[[], bool]) -> Handled:
    """Run up to ``limit`` due runs. Stops between two runs when ``should_stop()`` says so, giving back what it held."""
    total = Handled()
    left = limit
    while left > 0 and not should_stop():
        until = now + policy.lease()
        taken = _take(now, until, min(left, 20))
        if not taken:
            break
        left -= len(taken)
        for place, run in enumerate(taken):
            if should_stop():
                give_back_lease(taken[place:], until)
                break
            _run(run, until, now, total)
    return total


def _eligible(now: datetime) -> QuerySet[HandlerRun]:
    """Due runs that nobody holds and that are the first unfinished one of their handler and subject.

    A message that is still to be fanned out holds back later ones of its subject too: another worker may be doing that
    right now, in a transaction that is not visible yet. One that was given up holds its subject until it is retried or
    skipped, since what follows may build on it.
    """
    earlier = HandlerRun.objects.filter(
        handler=OuterRef("handler"), subject=OuterRef("subject"), outbox__lt=OuterRef("outbox"), state__in=[State.PENDING, State.DEAD]
    )
    waiting = Outbox.objects.filter(subject=OuterRef("subject"), id__lt=OuterRef("outbox"), dispatched_at=None)
    due = HandlerRun.objects.filter(unheld(now), state=State.PENDING, next_at__lte=now, handler__in=list(handlers()))
    return due.filter(Q(subject="") | (~Exists(earlier) & ~Exists(waiting)))


def _take(now: datetime, until: datetime, limit: int) -> list[HandlerRun]:
    with transaction.atomic():
        found = list(skip_taken(_eligible(now)).order_by("outbox_id", "id")[:limit])
        if found:
            take_lease(found, until)
        return found


def _run(run: HandlerRun, until: datetime, now: datetime, total: Handled) -> None:
    try:
        with transaction.atomic():
            if _effect(run.pk, until, now):
                total.done += 1
    except Exception as error:  # a handler may fail in any way; that is its own affair and is recorded
        logger.warning("handler %s failed on message %s: %s", run.handler, run.outbox_id, type(error).__name__, exc_info=True)
        _record_failure(run.pk, until, now, error, total)


def _effect(pk: int, until: datetime, now: datetime) -> bool:
    """Call the handler and mark the run, in one transaction. False when the lease was lost to another worker meanwhile."""
    run = HandlerRun.objects.select_for_update(of=("self",)).filter(pk=pk, state=State.PENDING, leased_until=until).first()
    if run is None:
        return False
    handler = handler_named(run.handler)
    if handler is None:
        return False
    handler.call(_event(run.outbox))
    run.state, run.done_at, run.leased_until, run.error = State.DONE, now, None, ""
    run.save(update_fields=["state", "done_at", "leased_until", "error"])
    if run.outbox.origin and not HandlerRun.objects.filter(outbox=run.outbox_id, state__in=[State.PENDING, State.DEAD]).exists():
        Inbox.objects.filter(outbox=run.outbox_id).update(handled_at=now)
    return True


def _record_failure(pk: int, until: datetime, now: datetime, error: Exception, total: Handled) -> None:
    with transaction.atomic():
        run = HandlerRun.objects.select_for_update().filter(pk=pk, state=State.PENDING, leased_until=until).first()
        if run is None:
            return
        wait = retry_after(run.attempts, policy.handler_retries(), random.random())  # noqa: S311 - spreads load, guards nothing
        run.leased_until, run.error = None, f"{type(error).__name__}: {error}"[:2000]
        total.failed += 1
        if wait is None:
            run.state = State.DEAD
            total.dead += 1
        else:
            run.next_at = now + wait
        run.save(update_fields=["leased_until", "error", "state", "next_at"])


def _event(message: Outbox) -> Event:
    return Event(str(message.event_id), message.type, message.subject, message.zone, json.loads(message.data), message.at, message.origin)
