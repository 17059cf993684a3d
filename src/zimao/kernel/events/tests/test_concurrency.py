"""Several workers at once: each effect once."""

import threading
from collections import Counter

import pytest
from django.db import connection, transaction

from zimao.kernel.events import dispatch_once, enqueue, every, on, run_periodic
from zimao.kernel.events.models import HandlerRun, PeriodicRun, State
from zimao.kernel.journal import Message
from zimao.kernel.series import next_number

WORKERS, MESSAGES = 3, 24


def in_threads(work):
    troubles = []

    def run():
        try:
            work()
        except BaseException as error:
            troubles.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert troubles == []
    assert not any(thread.is_alive() for thread in threads)


@pytest.mark.django_db(transaction=True)
def test_no_handler_runs_twice_and_order_holds(now):
    calls, order, lock = Counter(), [], threading.Lock()

    def handler(event):
        next_number(f"effect/{event.subject}")
        with lock:
            calls[event.id] += 1
            order.append((event.subject, event.data["n"]))

    on("a.b", handler, "counter")
    with transaction.atomic():
        enqueue([Message("a.b", f"s{n % 4}", {"n": n}) for n in range(MESSAGES)], at=now, zone="FZ")

    def work():
        while HandlerRun.objects.exclude(state=State.DONE).exists() or HandlerRun.objects.count() < MESSAGES:
            dispatch_once(now, limit=5)

    in_threads(work)
    assert len(calls) == MESSAGES
    assert set(calls.values()) == {1}
    for subject in ("s0", "s1", "s2", "s3"):
        numbers = [n for found, n in order if found == subject]
        assert numbers == sorted(numbers)


@pytest.mark.django_db(transaction=True)
def test_a_periodic_job_runs_once_however_many_workers_there_are(now):
    ran, lock = [], threading.Lock()

    def job(at):
        with lock:
            ran.append(at)

    every(60, "test.job", job)
    in_threads(lambda: run_periodic(now, lambda: False))
    assert ran == [now]
    assert PeriodicRun.objects.get(name="test.job").runs == 1
