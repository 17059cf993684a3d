"""Checkpoints, proof files and their verification: what holds verifies, what was touched does not."""

from __future__ import annotations

import copy
import json
import stat
import subprocess
import sys
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from zimao.kernel import evidence
from zimao.kernel.errors import Conflict, Missing, Unavailable
from zimao.kernel.evidence.checkpoints import checkpoint_at
from zimao.kernel.evidence.models import Leaf, SignedCheckpoint, Tile
from zimao.kernel.evidence.notes import parse_checkpoint
from zimao.kernel.evidence.signing import FileSigner
from zimao.kernel.journal import Entry

from .conftest import AT

pytestmark = pytest.mark.django_db
OTHER_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "keys" / "log.pem"
    first, second = FileSigner(path, "log"), FileSigner(path, "log")
    assert first.public_key == second.public_key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["log.pem"]


def test_a_checkpoint_states_the_log_and_comes_again_while_nothing_is_added(write):
    write(3)
    signed = evidence.checkpoint(AT)
    assert evidence.checkpoint(AT + timedelta(minutes=1)) == signed == evidence.latest_checkpoint()
    assert parse_checkpoint(signed.note.partition("\n\n")[0] + "\n").size == 3
    assert signed.note.startswith("localhost:8000/evidence\n3\n")
    assert evidence.log_keys() == [signed.vkey]


def test_an_empty_log_can_be_signed_and_grown_from(write):
    assert evidence.checkpoint(AT).size == 0
    write(1)
    assert evidence.checkpoint(AT).size == 1


@pytest.mark.parametrize("damage", ["tile", "leaf", "note", "gone"])
def test_nothing_is_signed_over_a_log_that_lost_its_past(write, damage):
    write(600)
    evidence.checkpoint(AT)
    if damage == "tile":
        Tile.objects.update(hashes=b"\x00" * 64)
    elif damage == "leaf":
        Leaf.objects.filter(index=599).update(hash=b"\x00" * 32)
    elif damage == "gone":
        Tile.objects.all().delete()
    else:
        row = SignedCheckpoint.objects.get()
        SignedCheckpoint.objects.update(note=row.note.replace("\n600\n", "\n599\n"))
    write(1)
    with pytest.raises(Conflict) as conflict:
        evidence.checkpoint(AT)
    assert conflict.value.code == "log_inconsistent"
    assert SignedCheckpoint.objects.count() == 1


def test_a_signer_that_signs_something_else_is_noticed(write, monkeypatch):
    honest = FileSigner.sign
    monkeypatch.setattr(FileSigner, "sign", lambda self, message: honest(self, message + b"other"))
    write(1)
    with pytest.raises(Unavailable):
        evidence.checkpoint(AT)
    assert not SignedCheckpoint.objects.exists()


@pytest.fixture
def proved(write):
    """A proof file that discloses everything, and the log's key."""
    write(300)
    write(2, subject="case:2", private={"name": "张三"}, actor=42)
    write(41)
    signed = evidence.checkpoint(AT)
    return evidence.bundle(300, private=True, actor=True), signed.vkey


def test_a_proof_file_verifies_and_tells_what_it_proves(proved):
    data, vkey = proved
    report = evidence.verify_bundle(json.dumps(data), vkey)
    assert (report.valid, report.trusted, report.checkpoint.size) == (True, True, 343)
    assert {check.name for check in report.checks} == {"checkpoint", "size", "entry", "inclusion", "private", "actor"}
    assert report.entries[0]["subject"] == "case:2"
    assert report.entries[0]["private"] == {"name": "张三"}


def test_without_a_key_from_elsewhere_the_verdict_says_so(proved):
    report = evidence.verify_bundle(proved[0])
    assert (report.valid, report.trusted) == (True, False)
    assert "elsewhere" in report.verdict.en


def test_another_trusted_key_refuses(proved):
    assert not evidence.verify_bundle(proved[0], OTHER_KEY).valid
    assert not evidence.verify_bundle(proved[0] | {"vkey": OTHER_KEY}).valid


@given(st.data())
@examples(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_changed_character_is_noticed(proved, data):
    bent = copy.deepcopy(proved[0])
    field = data.draw(st.sampled_from(["entry", "checkpoint", "vkey", "inclusion", "private", "actor", "index", "size"]))
    if field in {"index", "size"}:
        bent[field] += data.draw(st.sampled_from([-1, 1, 256]))
    else:
        holder, key = (bent[field], data.draw(st.sampled_from(["text", "salt"]))) if field in {"private", "actor"} else (bent, field)
        if field == "inclusion":
            holder, key = bent[field], data.draw(st.integers(0, len(bent[field]) - 1))
        place = data.draw(st.integers(0, len(holder[key]) - 1))
        new = data.draw(st.characters().filter(lambda character: character != holder[key][place]))
        holder[key] = holder[key][:place] + new + holder[key][place + 1 :]
    assert not evidence.verify_bundle(bent).valid


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(JSON, st.data())
@examples(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_makes_the_verifier_fail(proved, value, data):
    bent = copy.deepcopy(proved[0])
    bent[data.draw(st.sampled_from(sorted(bent)))] = value
    assume(value is not None and bent != proved[0])  # a disclosed part may be left out
    for file in (bent, json.dumps(bent), json.dumps(value), json.dumps(value).encode() + b"\xff", b"[" * 100_000):
        assert not evidence.verify_bundle(file).valid


def test_nothing_private_is_disclosed_unasked(proved):
    plain = evidence.bundle(300)
    assert not {"private", "actor"} & set(plain)
    assert "张三" not in json.dumps(plain, ensure_ascii=False)
    assert evidence.verify_bundle(plain).valid


def test_an_erased_part_cannot_be_disclosed_but_the_entry_stays_proved(proved):
    evidence.erase([300])
    with pytest.raises(Missing):
        evidence.bundle(300, private=True)
    assert evidence.verify_bundle(evidence.bundle(300), proved[1]).valid
    case = evidence.case_bundle("case:2", private=True)
    assert ["private" in entry for entry in case["entries"]] == [False, True]


@pytest.mark.parametrize(("index", "code"), [(1, "not_yet_signed"), (2, "leaf"), (-1, "leaf")])
def test_there_is_no_proof_before_the_next_checkpoint(write, index, code):
    write(1)
    evidence.checkpoint(AT)
    write(1)
    with pytest.raises(Missing) as missing:
        evidence.bundle(index)
    assert missing.value.code == code


def test_a_case_is_one_file(proved):
    case, vkey = evidence.case_bundle("case:2", private=True), proved[1]
    report = evidence.verify_bundle(case, vkey)
    assert (report.valid, [entry["index"] for entry in report.entries]) == (True, [300, 301])
    entries = case["entries"]
    for bent in (
        case | {"subject": "case:1"},
        case | {"entries": entries[::-1]},
        case | {"entries": entries[:1] * 2},
        case | {"entries": []},
    ):
        assert not evidence.verify_bundle(bent, vkey).valid
    with pytest.raises(Missing):
        evidence.case_bundle("case:none")


def test_growth_between_checkpoints_is_proved(write):
    sizes = [1, 300, 1000]
    for size in sizes:
        write(size - (Leaf.objects.count()))
        evidence.checkpoint(AT)
    for old, new in ((1, 300), (1, 1000), (300, 1000), (300, 300)):
        assert evidence.verify_bundle(evidence.consistency_bundle(old, new), checkpoint_at(new).vkey).valid
    good = evidence.consistency_bundle(300, 1000)
    assert not evidence.verify_bundle(good | {"consistency": good["consistency"][1:]}).valid
    assert not evidence.verify_bundle(good | {"old_checkpoint": evidence.consistency_bundle(1, 1000)["old_checkpoint"]}).valid
    with pytest.raises(Missing):
        evidence.consistency_bundle(2, 1000)


def test_a_new_key_goes_on_with_the_same_log(write, settings):
    write(2)
    first = evidence.checkpoint(AT)
    (settings.HOME / "keys" / "evidence.pem").unlink()
    write(2)
    second = evidence.checkpoint(AT)
    assert evidence.log_keys() == [second.vkey, first.vkey]
    assert first.vkey != second.vkey
    assert evidence.verify_bundle(evidence.consistency_bundle(2, 4), second.vkey).valid


def test_the_verifier_needs_no_django():
    code = (
        "import sys, zimao.kernel.evidence.offline, zimao.kernel.evidence.tiles\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'django', 'ninja'}))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)})
    assert found.stdout.strip() == "[]"


def test_an_operation_entry_is_bytes_for_bytes_in_the_file(write):
    evidence.append([Entry("probe.decide", "案件:1", {"原因": '"quoted"\n\u2028'})], at=AT, actor=None)
    evidence.checkpoint(AT)
    data = json.loads(json.dumps(evidence.bundle(0), ensure_ascii=False))
    assert data["entry"].encode() == bytes(Leaf.objects.get().entry)
    assert evidence.verify_bundle(data).valid
