"""Two workers at once, and a process that is killed: one document, no gap, no row without its file."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection

from zimao.kernel.documents import queries
from zimao.kernel.documents.models import Document, DocumentEvent
from zimao.kernel.documents.tests.builders import AT, Office, make, open_office, request
from zimao.kernel.events.models import Outbox
from zimao.kernel.evidence.models import Leaf, Log, PrivatePart
from zimao.kernel.models import Series
from zimao.kernel.operations import Act, Actor
from zimao.kernel.tests.crash import deaths

WORKERS = 4


@pytest.fixture
def busy_office(transactional_db) -> Office:
    return open_office()


def at_once(office: Office, batches: list[list]) -> list[list[int]]:
    """Every batch in a thread of its own, all started together."""
    start = threading.Barrier(len(batches))

    def run(batch: list) -> list[int]:
        start.wait()
        try:
            return make(Act(office.officer, AT), requests=batch)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(batches)) as pool:
        return list(pool.map(run, batches))


def test_the_same_document_at_once_is_made_once(busy_office: Office) -> None:
    made = at_once(busy_office, [[request()] for _ in range(WORKERS)])
    assert len({pk for (pk,) in made}) == 1
    assert Document.objects.count() == 1
    assert Series.objects.get().last == 1


def test_different_documents_at_once_have_no_gap_and_no_deadlock(busy_office: Office) -> None:
    # every other batch names the series in the opposite order: locks are taken in one order all the same
    batches = [
        [request(subject=f"S{worker}-{series}", series=series, number_format=series + "-{n}") for series in ("ab" if worker % 2 else "ba")]
        for worker in range(WORKERS)
    ]
    at_once(busy_office, batches)
    for series in "ab":
        serials = Document.objects.filter(series=f"documents/ZZ/{series}").order_by("serial").values_list("serial", flat=True)
        assert list(serials) == [1, 2, 3, 4]
    assert all(len(queries.pdf_of(document)) == document.pdf_size for document in Document.objects.all())


@pytest.mark.parametrize("step", ["store.put", "Document.save", "DocumentEvent.objects.create"])
def test_killed_between_approved_and_made(busy_office: Office, monkeypatch, step: str) -> None:
    def killed(*_args, **_kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"zimao.kernel.documents.issuing.{step}", killed)
        with pytest.raises(KeyboardInterrupt):
            make(Act(busy_office.officer, AT), requests=[request()])
    assert not Document.objects.exists()
    (pk,) = make(Act(busy_office.officer, AT), requests=[request()])
    document = Document.objects.get(pk=pk)
    assert document.serial == 1
    assert queries.verify_pdf(queries.pdf_of(document), at=AT).good


def make_one(officer: Actor) -> None:
    make(Act(officer, AT), requests=[request()])


def test_killed_at_any_write_it_is_made_whole_or_not_at_all(busy_office: Office) -> None:
    for death in deaths(partial(make_one, busy_office.officer)):
        made = list(Document.objects.all())
        assert len(made) == death.committed, death
        assert all(queries.verify_pdf(queries.pdf_of(document), at=AT).good for document in made)
        assert Leaf.objects.filter(verb="certificate.issued").count() == len(made)
        assert [row.last for row in Series.objects.all()] == [1] * len(made), death
        for table in (DocumentEvent, Document, Series, Outbox):
            table.objects.all().delete()
        PrivatePart.objects.all().delete()
        Leaf.objects.filter(verb="certificate.issued").delete()
        Log.objects.update(size=Leaf.objects.count())
