"""The worker: one loop that carries messages, sends notices, runs periodic jobs and background tasks.

Any number of workers may run beside each other. What a part wants done in the loop it registers from its app's ``ready``:
``every`` for a job that comes round, ``step`` for a queue of its own.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, close_old_connections
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS, task_backends
from django_tasks_db import DatabaseBackend
from django_tasks_db.management.commands.db_worker import Worker

from zimao.kernel.events import dispatch_once, every, run_periodic

__all__ = ["Stop", "every", "run_worker", "step", "stop_on_signals", "tick"]

logger = logging.getLogger(__name__)

Stop = threading.Event
Step = Callable[[datetime, Callable[[], bool]], int]
_STEPS: dict[str, Step] = {}
_TASKS_A_TICK = 20


def step(name: str, function: Step) -> None:
    """Call ``function(now, should_stop)`` in every round; it answers how many items it did.

    It may be called by many workers at once, asks ``should_stop()`` between items and keeps its own errors. ValueError when
    the name is taken by another function.
    """
    if _STEPS.get(name, function) is not function:
        raise ValueError(f"two steps are called {name!r}")
    _STEPS[name] = function


class _Tasks(Worker):
    """The library's task worker for one round: runs what is ready, stops between tasks when the platform's worker stops."""

    def __init__(self, stop: Stop, worker_id: str) -> None:
        self.stop = stop
        super().__init__(
            queue_names=["*"],
            excluded_queue_names=[],
            interval=0,
            batch=True,
            backend_name=DEFAULT_TASK_BACKEND_ALIAS,
            startup_delay=False,
            max_tasks=_TASKS_A_TICK,
            worker_id=worker_id,
        )

    @property
    def running(self) -> bool:
        return not self.stop.is_set()

    @running.setter
    def running(self, value: bool) -> None:
        """The library sets it when it starts; whether we run is the stop event's to say."""

    @property
    def tasks_run(self) -> int:
        """How many tasks this round ran."""
        return int(self._run_tasks)


def _run_tasks(stop: Stop, worker_id: str) -> int:
    if not isinstance(task_backends[DEFAULT_TASK_BACKEND_ALIAS], DatabaseBackend):
        return 0  # tasks are run elsewhere, or at once (tests)
    tasks = _Tasks(stop, worker_id)
    tasks.run()
    return tasks.tasks_run


def tick(now: datetime, stop: Stop, worker_id: str = "tick") -> Counter[str]:
    """One round; what it did, by name. A part that fails does not keep the others from their turn."""
    did: Counter[str] = Counter()

    def part(name: str, work: Callable[[], int]) -> None:
        if stop.is_set():
            return
        try:
            did[name] += work()
        except ImproperlyConfigured:
            raise
        except DatabaseError:
            logger.exception("the database failed in %s; it is tried again in the next round", name)
            did["errors"] += 1
        except Exception:  # the loop must outlive any part
            logger.exception("%s failed", name)
            did["errors"] += 1

    def events() -> int:
        stats = dispatch_once(now, should_stop=stop.is_set)
        did["failures"] += stats.handler_failures + stats.delivery_failures
        did["dead"] += stats.dead
        return stats.messages + stats.handled + stats.delivered

    part("events", events)
    for name, function in list(_STEPS.items()):
        part(name, lambda function=function: function(now, stop.is_set))  # type: ignore[misc]
    part("periodic", lambda: len(run_periodic(now, stop.is_set)))
    part("tasks", lambda: _run_tasks(stop, worker_id))
    return +did


def run_worker(
    stop: Stop, *, once: bool = False, idle_seconds: float = 1.0, clock: Callable[[], datetime] = timezone.now
) -> dict[str, Any]:
    """Run rounds until ``stop`` is set, or with ``once`` until a round finds nothing to do; the totals.

    A round that did something is followed by the next at once; after an idle or failing one the worker waits
    ``idle_seconds``. Setting ``stop`` ends it after the item in hand.
    """
    worker_id = get_random_string(12)
    total: Counter[str] = Counter()
    rounds = 0
    while not stop.is_set():
        close_old_connections()
        did = tick(clock(), stop, worker_id)
        total += did
        rounds += 1
        progress = sum(number for name, number in did.items() if name not in {"errors", "dead"})
        if once and (not progress or did["errors"]):
            break
        if not progress or did["errors"]:
            stop.wait(idle_seconds)
    close_old_connections()
    return {"worker": worker_id, "rounds": rounds, "stopped": stop.is_set(), **total}


def stop_on_signals(stop: Stop) -> None:
    """SIGTERM and SIGINT end the worker after the item in hand; a second one ends it at once. Main thread only."""

    def handle(signum: int, _: object) -> None:
        if stop.is_set():
            raise SystemExit(128 + signum)
        stop.set()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)
