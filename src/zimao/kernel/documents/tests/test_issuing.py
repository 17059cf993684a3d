"""Issuing: authority, numbers, once and once only, reissue and the other changes of state."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from zimao.kernel.documents import operations, queries, store
from zimao.kernel.documents.issuing import issue
from zimao.kernel.documents.models import Document, DocumentEvent, ESeal, SealAuthority
from zimao.kernel.documents.tests.builders import AT, SEAL_WORDS, Office, issue_one, make, open_office, request
from zimao.kernel.errors import Conflict, Missing, NotAllowed, Refused, Unavailable
from zimao.kernel.models import Series
from zimao.kernel.operations import Act

pytestmark = pytest.mark.django_db


def registrar(office: Office, at: datetime = AT) -> Act:
    return Act(office.registrar, at)


def test_issued_document_has_number_file_history_and_proof(office: Office) -> None:
    document = issue_one(office)
    pdf = queries.pdf_of(document)
    assert document.number == "示船国〔2024〕000001号"
    assert hashlib.sha256(pdf).hexdigest() == document.pdf_sha256
    assert len(pdf) == document.pdf_size
    assert (document.issued_on, document.valid_from, document.valid_to) == (date(2024, 5, 15), date(2024, 5, 15), date(2029, 5, 14))
    assert [(event.verb, event.by_id) for event in document.events.all()] == [("issued", office.officer.user_id)]
    assert json.loads(document.data)["facts"][1]["value"] == "王小明"
    assert document.facts[1]["value"] == "王*明"


def test_evidence_and_event_name_the_file(office: Office, monkeypatch) -> None:
    kept: dict[str, list] = {"entries": [], "messages": []}
    monkeypatch.setattr("zimao.kernel.operations.evidence.append", lambda entries, **_: kept["entries"].extend(entries), raising=False)
    monkeypatch.setattr("zimao.kernel.operations.events.enqueue", lambda messages, **_: kept["messages"].extend(messages), raising=False)
    document = issue_one(office)
    operations.revoke(registrar(office), document_id=document.pk, reason="船舶灭失")
    assert [entry.verb for entry in kept["entries"]] == ["certificate.issued", "certificate.revoked"]
    assert [message.type for message in kept["messages"]] == ["certificate.issued", "certificate.revoked"]
    assert {entry.data["document_sha256"] for entry in kept["entries"]} == {document.pdf_sha256}
    assert kept["entries"][1].private == {"reason": "船舶灭失"}
    assert "王小明" not in json.dumps([dict(entry.data) for entry in kept["entries"]], default=str, ensure_ascii=False)


def test_date_of_issue_is_the_zones_day(office: Office) -> None:
    late = issue_one(office, at=datetime(2024, 5, 15, 17, 0, tzinfo=UTC))
    assert late.issued_on == date(2024, 5, 16)


def test_issue_outside_an_operation_is_a_programming_error(office: Office) -> None:
    with pytest.raises(RuntimeError):
        issue(Act(office.officer, AT), request=request())


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "kinds", "allowed"),
    [
        (date(2024, 5, 15), date(2024, 5, 15), ["ship.nationality"], True),
        (date(2024, 5, 15), None, ["*"], True),
        (date(2024, 5, 16), None, ["*"], False),
        (date(2024, 1, 1), date(2024, 5, 14), ["*"], False),
        (date(2024, 1, 1), None, ["ship.manning"], False),
        (date(2024, 1, 1), None, ["ship.*"], True),
        (date(2024, 1, 1), None, ["ship.letter.*", "ship.manning"], False),
        (date(2024, 1, 1), None, ["ship"], False),
    ],
)
def test_authority_by_day_and_kind(db, valid_from: date, valid_to: date | None, kinds: list[str], allowed: bool) -> None:
    office = open_office(valid_from=valid_from, valid_to=valid_to, kinds=kinds)
    if allowed:
        assert issue_one(office).status == "valid"
        return
    with pytest.raises(NotAllowed) as caught:
        issue_one(office)
    assert caught.value.code == "seal_authority"
    assert not Document.objects.exists()


def test_no_authority_at_all(office: Office) -> None:
    with pytest.raises(NotAllowed):
        make(Act(office.stranger, AT), requests=[request()])


def test_authority_that_was_ended(office: Office) -> None:
    authority = SealAuthority.objects.get()
    keeper = Act(office.keeper, AT)
    operations.end_authority(keeper, authority_id=authority.pk, last_day=date(2024, 5, 14))
    with pytest.raises(NotAllowed):
        issue_one(office)
    with pytest.raises(Refused):
        operations.end_authority(keeper, authority_id=authority.pk, last_day=date(2024, 6, 1))


def test_seal_out_of_use(office: Office) -> None:
    before = issue_one(office)
    operations.revoke_seal(Act(office.keeper, AT), code="SHIP", reason="机构更名")
    with pytest.raises(Refused) as caught:
        issue_one(office, subject="SR-2")
    assert caught.value.code == "seal_not_in_use"
    assert queries.verify_code(before.code, at=AT).good


def test_seal_before_and_after_its_validity(office: Office) -> None:
    for at in (datetime(2023, 12, 30, tzinfo=UTC), datetime(2031, 1, 2, tzinfo=UTC)):
        with pytest.raises(Refused):
            issue_one(office, at=at, valid_to=None)


def test_unknown_seal_and_another_zones_seal(office: Office) -> None:
    with pytest.raises(Missing):
        issue_one(office, seal="NONE")


def test_keys_that_are_away(office: Office) -> None:
    ESeal.objects.update(key_reference="pkcs11:slot0")
    with pytest.raises(Unavailable):
        issue_one(office)
    ESeal.objects.update(key_reference="file:../../secret")
    with pytest.raises(Unavailable):
        issue_one(office)


@pytest.mark.parametrize("kinds", [[], [""], ["ship*"], ["*.nationality"], ["ship.nationality", "ship.*.x"], ["SHIP.*"]])
def test_an_authority_names_kinds(office: Office, kinds: list[str]) -> None:
    with pytest.raises(Refused, match="authority"):
        operations.grant_authority(
            Act(office.keeper, AT), code="SHIP", user_id=office.stranger.user_id, kinds=kinds, valid_from=date(2024, 1, 1)
        )


def test_nobody_grants_to_himself_and_keys_must_fit(office: Office) -> None:
    keeper = Act(office.keeper, AT)
    with pytest.raises(NotAllowed):
        operations.grant_authority(keeper, code="SHIP", user_id=office.keeper.user_id, kinds=["*"], valid_from=date(2024, 1, 1))
    seal = ESeal.objects.get()
    period = {"valid_from": date(2024, 1, 1), "valid_to": date(2025, 1, 1)}
    other = operations.create_seal(keeper, code="B", words=SEAL_WORDS, **period)
    with pytest.raises(Refused):
        operations.create_seal(keeper, code="C", words=SEAL_WORDS, chain=seal.chain, key_reference=other.key_reference, **period)
    with pytest.raises(Conflict):
        operations.create_seal(keeper, code="B", words=SEAL_WORDS, **period)
    with pytest.raises(NotAllowed):
        operations.create_seal(Act(office.officer, AT), code="D", words=SEAL_WORDS, **period)


def test_repeated_request_makes_one_document(office: Office) -> None:
    first = issue_one(office)
    again = issue_one(office, at=AT + timedelta(days=1))
    assert first.pk == again.pk
    assert Document.objects.count() == 1
    assert issue_one(office, subject="SR-2").serial == 2


def test_other_content_for_the_same_case_is_a_conflict(office: Office) -> None:
    issue_one(office)
    with pytest.raises(Conflict) as caught:
        issue_one(office, data={"statement": {"zh": "另", "en": "other"}, "facts": []})
    assert caught.value.code == "document_exists"


def test_one_that_lost_the_race_gets_the_winners_document(office: Office, monkeypatch) -> None:
    winner = issue_one(office)
    real = queries.Document.objects.filter
    calls = []

    def blind_once(*args, **kwargs):
        calls.append(kwargs)
        return real(pk=-1) if len(calls) == 1 else real(*args, **kwargs)

    # as if the first look had happened before the winner's commit
    monkeypatch.setattr("zimao.kernel.documents.issuing.Document.objects.filter", blind_once)
    assert make(Act(office.officer, AT), requests=[request()]) == [winner.pk]
    monkeypatch.undo()
    assert Series.objects.get().last == 1


def test_the_database_itself_refuses_a_second_one(office: Office) -> None:
    document = issue_one(office)
    document.pk, document.pdf_sha256, document.code, document.serial, document.number = None, "0" * 64, "1" * 24, 9, "x"
    with pytest.raises(IntegrityError), transaction.atomic():
        document.save(force_insert=True)


@pytest.mark.parametrize("spoiled", [{"fail": True}, {"glyph": True}])
def test_numbers_have_no_gap_after_a_rollback(office: Office, spoiled: dict[str, bool]) -> None:
    assert issue_one(office).serial == 1
    bad = (
        request(subject="SR-3", data={"statement": {"zh": "𠮷", "en": "x"}, "facts": []}) if "glyph" in spoiled else request(subject="SR-3")
    )
    with pytest.raises((ZeroDivisionError, Refused)):
        make(Act(office.officer, AT), requests=[request(subject="SR-2"), bad], fail=spoiled.get("fail", False))
    assert Document.objects.count() == 1
    assert DocumentEvent.objects.count() == 1
    assert issue_one(office, subject="SR-2").serial == 2


def test_missing_glyph_names_the_field(office: Office) -> None:
    with pytest.raises(Refused) as caught:
        issue_one(office, data={"statement": {"zh": "兹", "en": "x"}, "facts": [{"zh": "船名", "en": "Name", "value": "𠮷田丸"}]})
    assert caught.value.field == "data.facts.0.value"
    assert "U+20BB7" in caught.value.sentence.zh


def test_batch_keeps_the_order_of_its_requests(office: Office) -> None:
    wanted = [request(subject="S", series=series, kind="ship.nationality", number_format=series + "-{n}") for series in ("b",)]
    wanted += [request(subject=f"S{n}", series=series, number_format=series + "-{n}") for n, series in enumerate("cab")]
    made = [Document.objects.get(pk=pk).number for pk in make(Act(office.officer, AT), requests=wanted)]
    assert made == ["b-1", "c-1", "a-1", "b-2"]


def test_validity_that_ends_before_it_begins(office: Office) -> None:
    with pytest.raises(Refused) as caught:
        issue_one(office, valid_from=date(2024, 6, 1), valid_to=date(2024, 5, 31))
    assert caught.value.field == "valid_to"


def test_reissue_chain(office: Office) -> None:
    first = issue_one(office)
    act = Act(replace_roles(office), AT + timedelta(days=10))
    second = operations.reissue(act, document_id=first.pk, request=request(valid_to=None), reason="更正船名")
    third = operations.reissue(act, document_id=second.pk, request=request(), reason="再次更正")
    first.refresh_from_db()
    second.refresh_from_db()
    assert [first.status, second.status, third.status] == ["superseded", "superseded", "valid"]
    assert [first.version, second.version, third.version] == [1, 2, 3]
    assert [first.serial, second.serial, third.serial] == [1, 2, 3]
    assert third.supersedes == second
    assert [event.verb for event in first.events.all()] == ["issued", "superseded"]
    old = queries.verify_code(first.code, at=AT)
    assert old.status == "superseded"
    assert second.number in old.sentence.zh
    assert [d.pk for d in queries.documents_of(first.subject, zone="ZZ")] == [third.pk, second.pk, first.pk]
    with pytest.raises(Conflict):
        operations.reissue(act, document_id=first.pk, request=request(), reason="x")
    with pytest.raises(Refused):
        operations.reissue(act, document_id=third.pk, request=request(subject="SR-9"), reason="x")


def replace_roles(office: Office):
    """The officer, who holds the seal, also as registrar."""
    return type(office.officer)(office.officer.user_id, office.officer.party_id, "ZZ", frozenset({"documents.registrar"}), "officer")


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        (["suspend"], "suspended"),
        (["suspend", "restore"], "valid"),
        (["revoke"], "revoked"),
        (["suspend", "revoke"], "revoked"),
    ],
)
def test_changes_that_are_allowed(office: Office, steps: list[str], status: str) -> None:
    document = issue_one(office)
    for step in steps:
        getattr(operations, step)(registrar(office), document_id=document.pk, reason="依申请")
    assert queries.verify_code(document.code, at=AT).status == status
    assert document.events.count() == 1 + len(steps)


@pytest.mark.parametrize("steps", [["restore"], ["suspend", "suspend"], ["revoke", "restore"], ["revoke", "revoke"], ["revoke", "suspend"]])
def test_changes_that_are_not(office: Office, steps: list[str]) -> None:
    document = issue_one(office)
    *before, last = steps
    for step in before:
        getattr(operations, step)(registrar(office), document_id=document.pk, reason="依申请")
    with pytest.raises(Conflict):
        getattr(operations, last)(registrar(office), document_id=document.pk, reason="依申请")


def test_who_and_why(office: Office) -> None:
    document = issue_one(office)
    with pytest.raises(NotAllowed):
        operations.revoke(Act(office.stranger, AT), document_id=document.pk, reason="x")
    with pytest.raises(Refused):
        operations.revoke(registrar(office), document_id=document.pk, reason=" ")
    elsewhere = Act(type(office.registrar)(office.registrar.user_id, None, "YY", office.registrar.roles, "r"), AT)
    with pytest.raises(Missing):
        operations.revoke(elsewhere, document_id=document.pk, reason="x")


def test_operations_of_a_service_reach_only_its_kinds(office: Office) -> None:
    document = issue_one(office)
    mine = operations.status_operations("testservice", roles=("test.officer",), kinds={"ship.manning"})
    with pytest.raises(Missing):
        mine.suspend(Act(office.officer, AT), document_id=document.pk, reason="x")
    theirs = operations.status_operations("testother", roles=("test.officer",), kinds={"ship.nationality"})
    assert theirs.suspend(Act(office.officer, AT), document_id=document.pk, reason="x").status == "suspended"


def test_documents_are_not_deleted_with_their_seal(office: Office) -> None:
    issue_one(office)
    with pytest.raises(ProtectedError):
        ESeal.objects.get().delete()


def test_store_notices_damage_and_heals_a_torn_write(office: Office) -> None:
    document = issue_one(office)
    pdf = queries.pdf_of(document)
    path = default_storage.path(f"documents/{document.pdf_sha256[:2]}/{document.pdf_sha256}.pdf")
    with open(path, "wb") as file:
        file.write(pdf[:1000])
    with pytest.raises(Unavailable):
        queries.pdf_of(document)
    assert store.put(pdf) == document.pdf_sha256
    assert queries.pdf_of(document) == pdf
    default_storage.delete(f"documents/{document.pdf_sha256[:2]}/{document.pdf_sha256}.pdf")
    with pytest.raises(Unavailable):
        queries.pdf_of(document)
