"""The audit finds every kind of change behind the log's back."""

from __future__ import annotations

import json

import pytest

from zimao.kernel import evidence
from zimao.kernel.evidence.models import Leaf, Log, PrivatePart, SignedCheckpoint, Tile
from zimao.kernel.evidence.tree import leaf_hash

from .conftest import AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(write):
    write(255)
    evidence.checkpoint(AT)
    write(345, private={"name": "张三"})
    return evidence.checkpoint(AT)


def test_a_sound_log(log):
    found = evidence.audit()
    assert (found.sound, found.leaves, found.checkpoints, found.private_parts) == (True, 600, 2, 600)
    assert evidence.audit([(log.note, log.vkey)]).checkpoints == 3


def test_an_empty_log_is_sound():
    assert evidence.audit().sound


def _rewrite(index, change):
    """A change by someone who knows the format: new entry, new hash, same columns."""
    leaf = Leaf.objects.get(index=index)
    leaf.entry = json.dumps(json.loads(bytes(leaf.entry)) | change, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    leaf.hash = leaf_hash(leaf.entry)
    leaf.save()


def _bend(model, column, **where):
    row = model.objects.get(**where)
    blob = bytearray(bytes(getattr(row, column)))
    blob[-1] ^= 1
    model.objects.filter(pk=row.pk).update(**{column: bytes(blob)})


def _bend_note():
    row = SignedCheckpoint.objects.get(size=600)
    SignedCheckpoint.objects.filter(pk=row.pk).update(note=row.note.replace("\n600\n", "\n601\n"))


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda: _bend(Leaf, "entry", index=7), "Entry 7 does not have"),
        (lambda: _bend(Leaf, "hash", index=7), "Entry 7 does not have"),
        (lambda: _rewrite(7, {"data": {"number": 8}}), "The first 255 entries differ"),
        (lambda: _rewrite(599, {"data": {}}), "The first 600 entries differ"),
        (lambda: Leaf.objects.filter(index=300).delete(), "Entry 300 is missing"),
        (lambda: Leaf.objects.filter(index=599).delete(), "should have 600 entries and has 599"),
        (lambda: Leaf.objects.filter(index=9).update(subject="case:2"), "search columns of entry 9"),
        (lambda: Leaf.objects.filter(index=9).update(verb="probe.decide"), "search columns of entry 9"),
        (lambda: _bend(Tile, "hashes", level=1, index=0), "level 1, tile 0"),
        (lambda: Tile.objects.all().delete(), "level 1, tile 0"),
        (lambda: _bend(PrivatePart, "sealed", index=400), "private part of entry 400"),
        (lambda: SignedCheckpoint.objects.filter(size=255).update(root=b"\x00" * 32), "checkpoint of size 255"),
        (_bend_note, "checkpoint of size 600"),
        (lambda: Log.objects.update(size=300), "covers 600 entries, the log has 300"),
    ],
)
def test_a_change_is_found(log, damage, says):
    damage()
    found = evidence.audit()
    assert not found.sound
    assert says in found.difference.en


def test_a_log_written_anew_as_a_whole_is_only_found_with_a_checkpoint_kept_elsewhere(log, write):
    for model in (Leaf, Tile, PrivatePart, SignedCheckpoint, Log):
        model.objects.all().delete()
    write(600, subject="case:other")
    evidence.checkpoint(AT)
    assert evidence.audit().sound
    found = evidence.audit([(log.note, log.vkey)])
    assert "first 600 entries differ" in found.difference.en
    assert "elsewhere does not verify" in evidence.audit([("nonsense", log.vkey)]).difference.en


def test_reading_from_a_level_two_tree(write):
    write(256 * 256 + 300, actor=None)
    evidence.checkpoint(AT)
    assert evidence.audit().sound
    assert sorted(Tile.objects.values_list("level", "index")) == [(1, 0), (1, 1), (2, 0)]
    _bend(Tile, "hashes", level=2, index=0)
    assert "level 2, tile 0" in evidence.audit().difference.en
