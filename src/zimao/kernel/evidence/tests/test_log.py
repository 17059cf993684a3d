"""What may enter the log, what a leaf says and hides, and that a rollback leaves no trace."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

import pytest
from django.db import connection, transaction

from zimao.kernel import evidence
from zimao.kernel.errors import Missing, Refused, Unavailable
from zimao.kernel.evidence.entries import canonical
from zimao.kernel.evidence.models import Leaf, Log, PrivatePart, Tile
from zimao.kernel.evidence.store import nodes
from zimao.kernel.evidence.tree import MemoryNodes, leaf_hash, root
from zimao.kernel.journal import Entry

from .conftest import AT

pytestmark = pytest.mark.django_db


def _leaf(index):
    return json.loads(bytes(Leaf.objects.get(index=index).entry))


def test_indexes_follow_each_other_across_batches(write):
    assert write(3) == [0, 1, 2]
    assert write(0) == []
    assert write(2) == [3, 4]
    assert Log.objects.get().size == Leaf.objects.count() == 5


def test_a_leaf_is_sorted_json_without_anything_personal(write):
    write(1, private={"name": "张三"}, actor=42)
    entry = bytes(Leaf.objects.get(index=0).entry)
    told = json.loads(entry)
    assert list(told) == ["actor", "at", "data", "private_sha256", "subject", "v", "verb"]
    assert told["at"] == "2026-01-05T01:30:00.000000Z"
    assert told["data"] == {"number": 0, "name": "船舶"}
    assert entry.decode() == json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert "张三".encode() not in entry
    assert len(told["actor"]) == len(told["private_sha256"]) == 64


def test_equal_secrets_do_not_give_equal_hashes(write):
    write(2, private={"name": "张三"}, actor=42)
    assert _leaf(0)["private_sha256"] != _leaf(1)["private_sha256"]
    assert _leaf(0)["actor"] != _leaf(1)["actor"]


def test_the_private_part_opens_the_hashes_and_is_encrypted_in_the_row(write):
    write(1, private={"reason": "材料齐全", "name": "张三"}, actor=42)
    opened = evidence.private_part(0)
    assert (opened.actor, opened.private) == ("42", '{"name":"张三","reason":"材料齐全"}')
    assert sha256(opened.private_salt + opened.private.encode()).hexdigest() == _leaf(0)["private_sha256"]
    assert sha256(opened.actor_salt + b"42").hexdigest() == _leaf(0)["actor"]
    assert "张三".encode() not in bytes(PrivatePart.objects.get().sealed)


def test_nothing_private_means_no_private_row(write):
    write(1, actor=None)
    assert _leaf(0)["actor"] is _leaf(0)["private_sha256"] is None
    assert evidence.private_part(0) is None
    assert not PrivatePart.objects.exists()


def test_a_new_secret_key_opens_old_parts_only_as_long_as_the_old_one_is_listed(write, settings):
    write(1)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-secret"
    assert evidence.private_part(0).actor == "7"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(Unavailable):
        evidence.private_part(0)


def test_erasing_the_private_part_leaves_the_log_as_it_was(write):
    write(3, private={"name": "张三"})
    before = root(nodes(), 3)
    assert evidence.erase([1, 99]) == 1
    assert evidence.private_part(1) is None
    assert root(nodes(), 3) == before
    assert evidence.audit().sound


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (Entry("probe.unknown", "case:1"), "verb_unknown"),
        (Entry("probe.accept", ""), "subject_length"),
        (Entry("probe.accept", "x" * 201), "subject_length"),
        (Entry("probe.accept", "case:1", {"sum": 1.5}), "entry_not_json"),
        (Entry("probe.accept", "case:1", {"deep": [{"sum": [float("nan")]}]}), "entry_not_json"),
        (Entry("probe.accept", "case:1", {"sum": Decimal("1.5")}), "entry_not_json"),
        (Entry("probe.accept", "case:1", {"at": datetime.now}), "entry_not_json"),
        (Entry("probe.accept", "case:1", {"inner": {1: "a number as key"}}), "entry_not_json"),
        (Entry("probe.accept", "case:1", {"bytes": b"x"}), "entry_not_json"),
        (Entry("probe.accept", "case:1", {}, {"sum": 1.5}), "entry_not_json"),
        (Entry("probe.accept", "case:1", {"half": "\ud800"}), "entry_not_text"),
        (Entry("probe.accept", "case:1", {"long": "x" * 70_000}), "entry_length"),
    ],
)
def test_what_is_no_evidence_is_refused_and_nothing_is_written(entry, code):
    with pytest.raises(Refused) as refusal:
        evidence.append([Entry("probe.accept", "case:1"), entry], at=AT, actor=7)
    assert refusal.value.code == code
    assert not Leaf.objects.exists()


def test_a_value_within_itself_is_refused():
    endless = {}
    endless["self"] = endless
    with pytest.raises(Refused):
        canonical(endless)


def test_a_time_without_zone_is_an_error(write):
    with pytest.raises(ValueError, match="zone"):
        evidence.append([Entry("probe.accept", "case:1")], at=datetime(2026, 1, 5), actor=7)  # noqa: DTZ001 - the point of the test


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, "{}"),
        ({"b": 1, "a": [True, None, "é"]}, '{"a":[true,null,"é"],"b":1}'),
        ({"q": '"\\/\n\x01'}, '{"q":"\\"\\\\/\\n\\u0001"}'),
        ({"big": 2**70, "t": (1, 2)}, '{"big":1180591620717411303424,"t":[1,2]}'),
        ({"\u4e2d": 1, "z": {"y": {}, "x": []}}, '{"z":{"x":[],"y":{}},"中":1}'),
    ],
)
def test_canonical_json(value, text):
    assert canonical(value) == text


def test_a_rolled_back_transaction_leaves_neither_entry_nor_gap(write):
    write(2)
    with transaction.atomic():
        write(600)
        transaction.set_rollback(True)
    assert write(1) == [2]
    assert not Tile.objects.exists()


def test_the_stored_tree_is_the_tree_of_the_entries_for_every_way_to_write_it(write):
    for count in (1, 254, 1, 1, 700, 3, 256):
        write(count)
    leaves = [leaf_hash(bytes(entry)) for entry in Leaf.objects.order_by("index").values_list("entry", flat=True)]
    assert [root(nodes(), size) for size in (1, 255, 256, 257, 1216)] == [
        root(MemoryNodes(leaves), size) for size in (1, 255, 256, 257, 1216)
    ]
    assert len(bytes(Tile.objects.get(level=1, index=0).hashes)) == 4 * 32


def test_history_reads_in_order_with_words(write):
    write(2, subject="case:1")
    write(1, subject="case:2")
    write(1, subject="case:1")
    lines = evidence.history("case:1")
    assert [line.index for line in lines] == [0, 1, 3]
    assert (lines[0].label.en, lines[0].data["number"], lines[0].at) == ("Accept", 0, AT)


def test_an_unknown_index_is_missing():
    with pytest.raises(Missing):
        evidence.private_part(0)


def test_the_index_has_the_type_that_the_database_orders_rows_by():
    asked, told = {
        # spelled otherwise, SQLite would keep the rows in an order of its own and a second tree for the index
        "sqlite": ("SELECT type FROM pragma_table_info('evidence_leaf') WHERE name = 'index'", "INTEGER"),
        "postgresql": (
            "SELECT data_type FROM information_schema.columns WHERE (table_name, column_name) = ('evidence_leaf', 'index')",
            "BIGINT",
        ),
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(asked)
        assert cursor.fetchone()[0].upper() == told
