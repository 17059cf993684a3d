"""Sending what is due: each notice once on each channel, with growing pauses until it is accepted or given up."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from zimao.kernel.events import give_back_lease, retry_after, skip_taken, take_lease, unheld
from zimao.kernel.notices.channels import CHANNELS, DoubtError, RefusalError, UnsentError
from zimao.kernel.notices.models import Sending

__all__ = ["send_due"]

logger = logging.getLogger(__name__)

_LEASE = timedelta(seconds=300)
_BATCH = 10  # ten of the slowest channel's deadlines fit into one lease
_RETRIES = (10, 60, 300, 1800, 7200, 6 * 3600, 24 * 3600)


def _retries() -> Sequence[int]:
    return tuple(getattr(settings, "NOTICES_RETRIES", _RETRIES))


def send_due(now: datetime, should_stop: Callable[[], bool]) -> int:
    """Try up to ten due sendings; how many were tried. Any number of workers may call it at the same time.

    A sending whose worker died in the middle is taken up again only on channels that recognise a repetition; on others it
    becomes ``unknown`` and waits for a person.
    """
    until = now + _LEASE
    taken = _take(now, until)
    for place, sending in enumerate(taken):
        if should_stop():
            give_back_lease(taken[place:], until)
            return place
        _try(sending, until, now)
    return len(taken)


def _take(now: datetime, until: datetime) -> list[Sending]:
    due = Sending.objects.filter(unheld(now), state=Sending.State.PENDING, next_at__lte=now)
    if not due.exists():  # spares an idle worker the write lock
        return []
    with transaction.atomic():
        _mark_doubtful(now)
        found = list(skip_taken(due.select_related("notice__party", "notice__user")).order_by("next_at", "id")[:_BATCH])
        if found:
            take_lease(found, until)
        return found


def _mark_doubtful(now: datetime) -> None:
    mute = [name for name, way in CHANNELS.items() if not way.recognises]
    broken_off = Q(state=Sending.State.PENDING, channel__in=mute, leased_until__lte=now)
    stuck = list(skip_taken(Sending.objects.filter(broken_off)).values_list("pk", flat=True))
    if stuck:
        why = "the worker ended while sending; it may have been sent"
        Sending.objects.filter(pk__in=stuck).update(state=Sending.State.UNKNOWN, leased_until=None, error=why)


def _try(sending: Sending, until: datetime, now: datetime) -> None:
    """One attempt. The outcome is written where the lease is still ours; a receipt may have come in before."""
    way = CHANNELS[sending.channel]
    try:
        provider_id = way.send(sending, now)
    except DoubtError as doubt:
        outcome: dict[str, object] = {"state": Sending.State.UNKNOWN, "error": str(doubt)[:500]}
    except RefusalError as refusal:
        outcome = {"state": Sending.State.DEAD, "error": str(refusal)[:500]}
    except UnsentError as unsent:
        outcome = _later(sending, now, str(unsent))
    except Exception as error:  # a fault of ours in one sending must not stop the others
        logger.exception("sending %s failed", sending.pk)
        message = f"{type(error).__name__}: {error}"
        outcome = _later(sending, now, message) if way.recognises else {"state": Sending.State.UNKNOWN, "error": message[:500]}
    else:
        outcome = {"state": Sending.State.SENT, "provider_id": provider_id, "sent_at": now, "error": ""}
    mine = Sending.objects.filter(pk=sending.pk, leased_until=until)
    if not mine.filter(state=Sending.State.PENDING).update(leased_until=None, **outcome):
        kept = {name: outcome[name] for name in ("provider_id", "sent_at") if name in outcome}
        mine.update(leased_until=None, **kept)


def _later(sending: Sending, now: datetime, error: str) -> dict[str, object]:
    """Another attempt after a pause, or the end of attempts."""
    wait = retry_after(sending.attempts + 1, _retries(), random.random())  # noqa: S311 - spreads load, guards nothing
    outcome: dict[str, object] = {"state": Sending.State.DEAD} if wait is None else {"next_at": now + wait}
    return outcome | {"error": error[:500]}
