"""Two persons make a release; what was released stays as it is; numbers have no gap."""

import threading
from datetime import date

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.db.utils import DatabaseError

from zimao.kernel.errors import Conflict, Missing, NotAllowed, Refused
from zimao.kernel.evidence.models import Leaf
from zimao.kernel.tables import operations
from zimao.kernel.tables.contents import Contents, kept
from zimao.kernel.tables.differing import difference
from zimao.kernel.tables.models import Release
from zimao.kernel.tables.queries import as_of, base_of, contents_of
from zimao.kernel.tables.tests.samples import HEADER


def test_the_drafter_may_not_approve_and_a_second_person_may(draft, editor, approver, act_as):
    row = draft(300)
    assert (row.state, row.number, row.label) == ("draft", None, f"#{row.pk}")
    with pytest.raises(NotAllowed, match="self"):
        operations.approve_release(act_as(editor), release_id=row.pk)
    found = operations.approve_release(act_as(approver), release_id=row.pk)
    assert (found.state, found.label, found.decided_by) == ("released", "FZ-1", approver)
    assert as_of("test_fees", date(2026, 5, 1), "FZ").sha256 == row.sha256


def test_the_operator_of_the_platform_is_one_person_too(draft, act_as, approver):
    row = draft(300, user=None)
    with pytest.raises(NotAllowed, match="self"):
        operations.approve_release(act_as(None), release_id=row.pk)
    assert operations.approve_release(act_as(approver), release_id=row.pk).state == "released"


@pytest.mark.parametrize("roles", [("table.editor",), ("zone.admin",), ()])
def test_only_an_approver_approves(draft, approver, act_as, roles):
    with pytest.raises(NotAllowed, match="role"):
        operations.approve_release(act_as(approver, roles=roles), release_id=draft(300).pk)


def test_only_an_editor_drafts(fees, approver, act_as):
    with pytest.raises(NotAllowed, match="role"):
        operations.draft_release(
            act_as(approver, roles=("table.approver",)),
            table="test_fees",
            effective_from=date(2026, 1, 1),
            source="x",
            data=b"x",
            filename="",
        )


def test_another_zone_can_neither_see_nor_decide_a_zones_draft(draft, approver, act_as):
    row = draft(300)
    with pytest.raises(Missing):
        operations.approve_release(act_as(approver, zone="XM"), release_id=row.pk)


def test_everything_wrong_is_told_and_nothing_is_kept(fees, editor, act_as):
    given = {"table": "test_fees", "effective_from": date(2026, 2, 1), "data": f"{HEADER}\nx,bad,,,true,,\n".encode(), "filename": "x.csv"}
    with pytest.raises(Refused) as told:
        operations.draft_release(act_as(editor), **given, effective_to=date(2026, 1, 1), source=" ")
    assert [problem.field for problem in told.value.problems] == ["source", "effective_to"]
    with pytest.raises(Refused) as told:
        operations.draft_release(act_as(editor), **given, source="x")
    assert [(problem.row, problem.column) for problem in told.value.problems] == [(2, "amount")]
    assert not Release.objects.exists()
    assert not Leaf.objects.exists()


def test_a_decided_draft_is_not_decided_again(draft, approver, editor, act_as):
    row = draft(300)
    operations.reject_release(act_as(approver), release_id=row.pk, reason="金额有误")
    for call, more in ((operations.approve_release, {}), (operations.reject_release, {"reason": "x"}), (operations.withdraw_draft, {})):
        with pytest.raises(Conflict, match="decided"):
            call(act_as(editor if call is operations.withdraw_draft else approver), release_id=row.pk, **more)
    row.refresh_from_db()
    assert (row.state, row.note, row.number) == ("rejected", "金额有误", None)


def test_a_rejection_needs_a_reason(draft, approver, act_as):
    with pytest.raises(Refused, match="reason"):
        operations.reject_release(act_as(approver), release_id=draft(300).pk, reason=" ")


def test_only_the_drafter_withdraws(draft, approver, editor, act_as):
    row = draft(300)
    with pytest.raises(NotAllowed, match="not_yours"):
        operations.withdraw_draft(act_as(approver), release_id=row.pk)
    assert operations.withdraw_draft(act_as(editor), release_id=row.pk).state == "withdrawn"


def test_an_approval_of_differences_that_have_moved_on_is_refused(draft, release, approver, act_as):
    row = draft(300)
    seen = base_of(row).sha256
    release(400)
    with pytest.raises(Conflict, match="moved"):
        operations.approve_release(act_as(approver), release_id=row.pk, base=seen)
    assert operations.approve_release(act_as(approver), release_id=row.pk, base=base_of(row).sha256).label == "FZ-2"


def test_the_same_key_makes_one_draft_and_one_release(draft, fees, editor, approver, act_as):
    row = draft(300)
    first = operations.approve_release(act_as(approver, key="k1"), release_id=row.pk)
    again = operations.approve_release(act_as(approver, key="k1"), release_id=row.pk)
    assert (first.pk, again.number) == (again.pk, 1)


def test_what_was_released_cannot_be_changed_by_any_way(release):
    row = release(300)
    row.source = "别的依据"
    with pytest.raises(Conflict, match="frozen"):
        row.save()
    with pytest.raises(Conflict, match="frozen"):
        row.delete()
    with pytest.raises(Conflict, match="frozen"):
        Release.objects.filter(pk=row.pk).update(source="x")
    with pytest.raises(Conflict, match="frozen"):
        Release.objects.all().delete()
    with pytest.raises((IntegrityError, DatabaseError), match="cannot be changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE tables_release SET source = 'x'")


def test_evidence_names_the_hash_and_the_first_day(release):
    row = release(300)
    found = {leaf.verb: bytes(leaf.entry).decode() for leaf in Leaf.objects.all()}
    assert set(found) == {"tables.draft_release", "tables.approve_release"}
    assert row.sha256 in found["tables.approve_release"]
    assert "2026-01-01" in found["tables.approve_release"]


def test_the_differences_by_key(draft):
    row = draft(300)
    found = difference(base_of(row).contents, contents_of(row))
    assert [one.columns for one in found.changed] == [{"amount", "rate", "since", "payer", "code"}]
    assert [one.before[0] for one in found.removed] == ["nationality"]
    assert (found.added, found.same, found.nothing) == ((), 0, False)
    assert difference(None, contents_of(row)).as_dict()["counts"] == {"added": 1, "removed": 0, "changed": 0, "same": 0}


def test_another_order_of_the_rows_is_a_difference(fees):
    first = kept(fees, fees.seed.read_text())
    found = difference(first, Contents(fees, first.rows[::-1]))
    assert (found.reordered, found.nothing, found.same) == (True, False, 2)


@pytest.mark.django_db(transaction=True)
def test_two_approvers_at_once_draw_two_numbers(draft, approver, act_as):
    rows = [draft(amount) for amount in (300, 400, 500, 600)]
    labels, errors = [], []

    def approve(row):
        try:
            labels.append(operations.approve_release(act_as(approver), release_id=row.pk).label)
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=approve, args=(row,)) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(labels) == ["FZ-1", "FZ-2", "FZ-3", "FZ-4"]
