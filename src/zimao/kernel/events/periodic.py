"""Jobs that come round: registered by name, one run at a time however many workers there are."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from zimao.kernel.events.leases import skip_taken, unheld
from zimao.kernel.events.models import PeriodicRun

__all__ = ["Periodic", "every", "periodic_jobs", "run_periodic"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Periodic:
    """A function to be called with the instant, every ``seconds``; held for at most ``lease`` seconds a run."""

    name: str
    seconds: int
    call: Callable[[datetime], object]
    lease: int


_JOBS: dict[str, Periodic] = {}


def every(seconds: int, name: str, function: Callable[[datetime], object], *, lease: int = 600) -> None:
    """Call ``function(now)`` every ``seconds``, by one worker at a time. Registered from an app's ``ready``.

    ``lease`` is how long a run may take before it is held for dead and given to another worker, so the function must be
    able to bear a second run. ValueError when the name is taken by another function.
    """
    known = _JOBS.get(name)
    if known is not None and known.call is not function:
        raise ValueError(f"two periodic jobs are called {name!r}")
    _JOBS[name] = Periodic(name, seconds, function, lease)


def periodic_jobs() -> Mapping[str, Periodic]:
    """Every periodic job by name."""
    return dict(_JOBS)


def run_periodic(now: datetime, should_stop: Callable[[], bool]) -> list[str]:
    """Run the jobs that are due and that nobody holds; the names of those run, well or not."""
    ran = []
    for name in _due_names(now):
        if should_stop():
            break
        if _claim(_JOBS[name], now):
            ran.append(name)
            _run(_JOBS[name], now)
    return ran


def _due_names(now: datetime) -> list[str]:
    """Names worth a claim: one read for all jobs, no write and no lock when nothing is due."""
    next_at = dict(PeriodicRun.objects.filter(name__in=list(_JOBS)).values_list("name", "next_at"))
    return [name for name in _JOBS if name not in next_at or next_at[name] <= now]


def _claim(job: Periodic, now: datetime) -> bool:
    with transaction.atomic():
        PeriodicRun.objects.get_or_create(name=job.name, defaults={"next_at": now})
        row = skip_taken(PeriodicRun.objects.filter(unheld(now), name=job.name, next_at__lte=now)).first()
        if row is None:
            return False
        row.leased_until, row.last_started_at = now + timedelta(seconds=job.lease), now
        row.save(update_fields=["leased_until", "last_started_at"])
        return True


def _run(job: Periodic, now: datetime) -> None:
    error = ""
    try:
        job.call(now)
    except Exception as raised:  # one job's failure must not stop the worker
        logger.exception("periodic job %s failed", job.name)
        error = f"{type(raised).__name__}: {raised}"[:2000]
    mine = PeriodicRun.objects.filter(name=job.name, last_started_at=now)
    mine.update(
        leased_until=None,
        next_at=now + timedelta(seconds=job.seconds),
        last_finished_at=now,
        runs=F("runs") + 1,
        failures=F("failures") + 1 if error else 0,
        error=error,
    )
