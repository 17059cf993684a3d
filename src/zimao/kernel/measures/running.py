"""The worker's share: takes an ordered run, computes it slice by slice between its other work, writes the result once.

A run is held by a lease. A worker that is told to stop gives it back; one that is killed loses it when the lease ends, and
another begins the run anew, with the same result, for it depends on the order alone. After ``MAX_ATTEMPTS`` beginnings a run
is marked as failed, so that one that kills its workers does not come round for ever.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import F, Q
from django.utils.crypto import get_random_string

from zimao.kernel.errors import Conflict, ZimaoError
from zimao.kernel.events.leases import skip_taken
from zimao.kernel.measures.lab import LabResult, Order, lab_steps
from zimao.kernel.measures.models import LabRun
from zimao.kernel.measures.operations import fail_lab_run, finish_lab_run
from zimao.kernel.measures.queries import lab_calendar
from zimao.kernel.measures.registry import declared
from zimao.kernel.measures.scenario import LabOptions
from zimao.kernel.operations import Act
from zimao.kernel.parties import platform_actor

__all__ = ["LEASE", "MAX_ATTEMPTS", "lab_step"]

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=120)
MAX_ATTEMPTS = 3
SLICE_SECONDS = 0.5
"""Real time in one round of the worker: messages and timers wait no longer than that behind a big run."""

Stop = Callable[[], bool]


@dataclass(slots=True)
class _Held:
    """A run that this thread computes."""

    run: LabRun
    steps: Generator[float, None, LabResult]


_MINE = threading.local()


def lab_step(now: datetime, should_stop: Stop) -> int:
    """One slice of the run in hand, or of the next that waits; 1 when there was something to do."""
    held: _Held | None = getattr(_MINE, "held", None)
    if held is None:
        run = _take(now)
        if run is None:
            return 0
        held = _begun(run, now)
        if held is None:
            return 1
    # let go whatever happens: after an error of the database the lease ends and the run begins anew
    _MINE.held = None
    if _work(held, now, should_stop):
        _MINE.held = held
    return 1


def _take(now: datetime) -> LabRun | None:
    """The oldest run that nobody holds, held from now on by this worker."""
    waiting = Q(state=LabRun.State.QUEUED) | Q(state=LabRun.State.RUNNING, leased_until__lte=now)
    if not LabRun.objects.filter(waiting).exists():
        return None
    with transaction.atomic():
        run = skip_taken(LabRun.objects.filter(waiting).order_by("pk")).first()
        if run is None:
            return None
        run.state, run.holder, run.leased_until = LabRun.State.RUNNING, get_random_string(32), now + LEASE
        run.attempts, run.progress, run.started_at = run.attempts + 1, 0, run.started_at or now
        run.save(update_fields=["state", "holder", "leased_until", "attempts", "progress", "started_at"])
        return run


def _begun(run: LabRun, now: datetime) -> _Held | None:
    if run.attempts > MAX_ATTEMPTS:
        _fail(run, "worker_lost", now)
        return None
    try:
        service = declared(run.service)
        order = Order(run.cases, run.seed, LabOptions(run.on, run.zone_id, **json.loads(run.options)))
        measures = service.on(run.zone_id, run.on)
        return _Held(run, lab_steps(service.lab, measures, lab_calendar(run.zone_id), order))
    except (ValueError, TypeError, ZimaoError):
        logger.exception("lab run %s cannot begin", run.pk)
        _fail(run, "not_runnable", now)
        return None


def _work(held: _Held, now: datetime, should_stop: Stop) -> bool:
    """Compute for a slice; False when this worker is done with the run."""
    end = time.monotonic() + SLICE_SECONDS
    share = 0.0
    try:
        while time.monotonic() < end:
            if should_stop():
                _give_back(held.run)
                return False
            share = next(held.steps)
    except StopIteration as ended:
        _finish(held.run, ended.value, now)
        return False
    except DatabaseError:
        raise
    except Exception:  # whatever a service's query or diagram raises ends its run, not the worker
        logger.exception("lab run %s failed", held.run.pk)
        _fail(held.run, "failed", now)
        return False
    return _still_mine(held.run, now, int(share * 99))


def _mine(run: LabRun) -> Q:
    return Q(pk=run.pk, holder=run.holder, state=LabRun.State.RUNNING)


def _still_mine(run: LabRun, now: datetime, percent: int) -> bool:
    """Tell how far it is and hold it longer; False when it was taken for dead and another worker has it."""
    return LabRun.objects.filter(_mine(run)).update(progress=percent, leased_until=now + LEASE) == 1


def _give_back(run: LabRun) -> None:
    LabRun.objects.filter(_mine(run)).update(
        state=LabRun.State.QUEUED, holder="", leased_until=None, progress=0, attempts=F("attempts") - 1
    )


def _finish(run: LabRun, result: LabResult, now: datetime) -> None:
    try:
        act = Act(platform_actor(run.zone_id), now)
        finish_lab_run(act, run_id=run.pk, holder=run.holder, inputs_sha256=result.inputs_sha256, result=result.as_json())
    except Conflict:
        logger.warning("lab run %s was taken over by another worker", run.pk)


def _fail(run: LabRun, error: str, now: datetime) -> None:
    try:
        fail_lab_run(Act(platform_actor(run.zone_id), now), run_id=run.pk, holder=run.holder, error=error)
    except Conflict:
        logger.warning("lab run %s was taken over by another worker", run.pk)
