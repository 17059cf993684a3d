"""Writers at the same time: no fork, no gap, no lost tile."""

from __future__ import annotations

import threading

import pytest
from django.db import OperationalError, connection, transaction

from zimao.kernel import evidence
from zimao.kernel.evidence.models import Leaf, Log, SignedCheckpoint
from zimao.kernel.journal import Entry

from .conftest import AT

WRITERS, ROUNDS, BATCH = 4, 6, 97


class RolledBackError(Exception):
    """Stands for an operation that fails after it wrote evidence."""


def _writer(number, results, start):
    start.wait()
    try:
        for round_ in range(ROUNDS):
            results[number] += _batch(number, fail=round_ % 3 == 2)
            if number == 0:
                evidence.checkpoint(AT)
    except Exception as error:
        results[number] = error
    finally:
        connection.close()


def _batch(number, fail):
    while True:
        try:
            with transaction.atomic():
                entries = [Entry("probe.accept", f"writer:{number}", {"place": place}) for place in range(BATCH)]
                indexes = evidence.append(entries, at=AT, actor=number)
                if fail:
                    raise RolledBackError
                return indexes
        except RolledBackError:
            return []
        except OperationalError:  # SQLite: the other writers held the file longer than the waiting time
            continue


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_share_one_log():
    results = {number: [] for number in range(WRITERS)}
    start = threading.Barrier(WRITERS)
    threads = [threading.Thread(target=_writer, args=(number, results, start)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [error for error in results.values() if isinstance(error, Exception)] == []
    given = sorted(index for indexes in results.values() for index in indexes)
    expected = WRITERS * (ROUNDS - ROUNDS // 3) * BATCH
    assert given == list(range(expected))
    assert Log.objects.get().size == Leaf.objects.count() == expected
    for number, indexes in results.items():
        assert set(Leaf.objects.filter(subject=f"writer:{number}").values_list("index", flat=True)) == set(indexes)
    evidence.checkpoint(AT)
    result = evidence.audit()
    assert (result.difference, result.leaves, result.checkpoints) == (None, expected, SignedCheckpoint.objects.count())
