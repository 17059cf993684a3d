"""The tree against the known roots of RFC 6962, against published probes and against pymerkle."""

from __future__ import annotations

import base64
import json
import os
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from zimao.kernel.evidence.tiles import WIDTH, TileNodes, extend, parse_tile_path, tile_path
from zimao.kernel.evidence.tree import (
    EMPTY_ROOT,
    Frontier,
    MemoryNodes,
    consistency_proof,
    fold,
    inclusion_proof,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

SHARED = Path(os.environ.get("ZIMAO_SHARED_DATA", Path(__file__).parents[6] / "shared" / "data")) / "evidence"

# The eight inputs and roots that the Certificate Transparency implementations have shared since RFC 6962.
INPUTS = [
    bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(entry) for entry in INPUTS]


def test_the_empty_tree_hashes_nothing():
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert Frontier().root() == fold([]) == root(MemoryNodes([]), 0) == EMPTY_ROOT


@pytest.mark.parametrize("size", range(1, 9))
def test_known_roots(size):
    frontier = Frontier()
    frontier.append(LEAVES[:size])
    assert root(MemoryNodes(LEAVES), size).hex() == fold(LEAVES[:size]).hex() == frontier.root().hex() == ROOTS[size - 1]


@pytest.mark.parametrize(
    ("index", "size", "proof"),
    [
        (0, 1, []),
        (
            0,
            8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    ],
)
def test_known_inclusion_proofs(index, size, proof):
    found = inclusion_proof(MemoryNodes(LEAVES), index, size)
    assert [hash_.hex() for hash_ in found] == proof
    assert verify_inclusion(index, size, LEAVES[index], found, bytes.fromhex(ROOTS[size - 1]))


def test_known_consistency_proof_from_6_to_8():
    found = consistency_proof(MemoryNodes(LEAVES), 6, 8)
    assert [hash_.hex() for hash_ in found] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert verify_consistency(6, 8, bytes.fromhex(ROOTS[5]), bytes.fromhex(ROOTS[7]), found)


def test_sizes_without_a_proof_are_refused():
    nodes = MemoryNodes(LEAVES)
    for index, size in ((8, 8), (-1, 8), (0, 0)):
        with pytest.raises(ValueError, match="not in a tree"):
            inclusion_proof(nodes, index, size)
    for old, new in ((0, 8), (8, 7)):
        with pytest.raises(ValueError, match="no proof"):
            consistency_proof(nodes, old, new)
    assert not verify_consistency(0, 8, EMPTY_ROOT, bytes.fromhex(ROOTS[7]), [])


def _published(name):
    """Probes of the Certificate Transparency projects, where a copy is at hand (ZIMAO_SHARED_DATA); our own are always checked."""
    file = SHARED / name
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def _spoiled(proof):
    """``proof`` with one thing wrong, by name."""
    random = sha256(b"not a node").digest()
    yield "longer", [*proof, random]
    yield "begins with more", [random, *proof]
    for place in range(len(proof)):
        yield f"without {place}", proof[:place] + proof[place + 1 :]
        yield f"other {place}", [*proof[:place], random, *proof[place + 1 :]]
    if len(set(proof)) > 1:
        yield "reversed", proof[::-1]


def _text(hash_):
    return base64.b64encode(hash_).decode()


def _probe(name, want_error, proof, **fields):
    texts = {key: _text(value) if isinstance(value, bytes) else value for key, value in fields.items()}
    return {"name": name, "wantErr": want_error, "proof": [_text(hash_) for hash_ in proof], **texts}


def _own_inclusion():
    for size in range(1, 9):
        for index in range(size):
            place = {"leafIdx": index, "treeSize": size, "leafHash": LEAVES[index], "root": bytes.fromhex(ROOTS[size - 1])}
            proof = inclusion_proof(MemoryNodes(LEAVES), index, size)
            yield _probe(f"{index}/{size}", False, proof, **place)
            for name, wrong in _spoiled(proof):
                yield _probe(f"{index}/{size} {name}", True, wrong, **place)
            for key, value in {"leafIdx": index + 1, "treeSize": index, "leafHash": EMPTY_ROOT, "root": EMPTY_ROOT}.items():
                yield _probe(f"{index}/{size} {key}", True, proof, **{**place, key: value})
            for beyond in (-1, 2**64 - 1):
                yield _probe(f"{index}/{size} at {beyond}", True, proof, **{**place, "leafIdx": beyond})


def _own_consistency():
    for new in range(1, 9):
        for old in range(1, new + 1):
            roots = {"root1": bytes.fromhex(ROOTS[old - 1]), "root2": bytes.fromhex(ROOTS[new - 1])}
            sizes = {"size1": old, "size2": new}
            proof = consistency_proof(MemoryNodes(LEAVES), old, new)
            yield _probe(f"{old}/{new}", False, proof, **sizes, **roots)
            for name, wrong in _spoiled(proof):
                yield _probe(f"{old}/{new} {name}", True, wrong, **sizes, **roots)
            yield _probe(f"{old}/{new} from 0", True, proof, **{**sizes, "size1": 0}, **roots)
            for key in roots:
                yield _probe(f"{old}/{new} {key}", True, proof, **sizes, **{**roots, key: EMPTY_ROOT})


def _hashes(texts):
    return [base64.b64decode(text) for text in texts or []]


def test_inclusion_probes():
    probes = [*_own_inclusion(), *_published("merkle_inclusion.jsonl")]
    wrong = [
        probe["name"]
        for probe in probes
        if verify_inclusion(
            probe["leafIdx"],
            probe["treeSize"],
            base64.b64decode(probe["leafHash"]),
            _hashes(probe["proof"]),
            base64.b64decode(probe["root"]),
        )
        == probe["wantErr"]
    ]
    assert len(probes) > 400
    assert wrong == []


def test_consistency_probes():
    probes = [*_own_consistency(), *_published("merkle_consistency.jsonl")]
    wrong = [
        probe["name"]
        for probe in probes
        if verify_consistency(probe["size1"], probe["size2"], *_hashes([probe["root1"], probe["root2"]]), _hashes(probe["proof"]))
        == probe["wantErr"]
    ]
    assert len(probes) > 300
    assert wrong == []


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_roots_and_proofs_agree_with_pymerkle(data):
    size = data.draw(st.integers(1, 200))
    entries = [bytes([number]) * (number % 5) for number in range(size)]
    oracle = InmemoryTree()
    for entry in entries:
        oracle.append_entry(entry)
    nodes = MemoryNodes([leaf_hash(entry) for entry in entries])
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    assert root(nodes, size) == oracle.get_root(size)
    theirs = oracle.prove_inclusion(index + 1, size).path
    ours = inclusion_proof(nodes, index, size)
    assert ours == [bytes(hash_) for hash_ in theirs[1:]]
    assert verify_inclusion(index, size, leaf_hash(entries[index]), ours, oracle.get_root(size))
    assert verify_consistency(old, size, oracle.get_root(old), oracle.get_root(size), consistency_proof(nodes, old, size))


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_a_flipped_bit_or_a_moved_hash_never_verifies(data):
    size = data.draw(st.integers(2, 300))
    leaves = [leaf_hash(bytes([number % 256, number // 256])) for number in range(size)]
    nodes, index, old = MemoryNodes(leaves), data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size - 1))
    whole = root(nodes, size)
    inclusion, consistency = inclusion_proof(nodes, index, size), consistency_proof(nodes, old, size)
    place, bit = data.draw(st.integers(0, len(inclusion) - 1)), data.draw(st.integers(0, 255))

    def flip(hash_):
        return (int.from_bytes(hash_) ^ (1 << bit)).to_bytes(32)

    bent = [*inclusion[:place], flip(inclusion[place]), *inclusion[place + 1 :]]
    assert not verify_inclusion(index, size, leaves[index], bent, whole)
    assert not verify_inclusion(index, size, flip(leaves[index]), inclusion, whole)
    assert not verify_inclusion(index, size, leaves[index], inclusion, flip(whole))
    assert not verify_inclusion(index, size, leaves[index], inclusion[:-1], whole)
    assert not verify_inclusion(index, size, leaves[index], [*inclusion, whole], whole)
    assert not verify_inclusion((index + 1) % size, size, leaves[index], inclusion, whole)
    where = data.draw(st.integers(0, len(consistency) - 1))
    bent = [*consistency[:where], flip(consistency[where]), *consistency[where + 1 :]]
    assert not verify_consistency(old, size, root(nodes, old), whole, bent)
    assert not verify_consistency(old, size, flip(root(nodes, old)), whole, consistency)
    assert not verify_consistency(old, size, root(nodes, old), whole, consistency[:-1])


@given(st.lists(st.integers(1, 700), min_size=1, max_size=6), st.data())
@settings(max_examples=30, deadline=None)
def test_tiles_give_the_same_tree_however_the_leaves_arrive(batches, data):
    leaves, stored = [], {}

    def read(level, index):
        return leaves[index * WIDTH : (index + 1) * WIDTH] if level == 0 else stored.get((level, index), [])

    for batch in batches:
        more = [leaf_hash(f"{len(leaves) + number}".encode()) for number in range(batch)]
        stored.update(extend(len(leaves), more, read))
        leaves += more
    memory, nodes, size = MemoryNodes(leaves), TileNodes(read), len(leaves)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    assert root(nodes, size) == fold(leaves)
    assert inclusion_proof(nodes, index, size) == inclusion_proof(memory, index, size)
    assert consistency_proof(nodes, old, size) == consistency_proof(memory, old, size)
    with pytest.raises(LookupError):
        nodes.node(0, size)


def test_tiles_reach_the_third_level():
    leaves = [leaf_hash(b"")] * (WIDTH * WIDTH + 3)
    stored = extend(0, leaves, lambda level, index: [])
    assert {place: len(hashes) for place, hashes in stored.items()} == {(1, 0): WIDTH, (2, 0): 1}
    grown = extend(len(leaves), leaves[:WIDTH], lambda level, index: leaves[:3] if level == 0 else stored.get((level, index), []))
    assert {place: len(hashes) for place, hashes in grown.items()} == {(1, 1): 1}


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("0/000", (0, 0, 256)),
        ("1/x001/x234/067", (1, 1234067, 256)),
        ("0/x001/000.p/7", (0, 1000, 7)),
        ("entries/000.p/255", (None, 0, 255)),
    ],
)
def test_tile_paths_go_both_ways(path, place):
    assert parse_tile_path(path) == place
    level, index, width = place
    assert tile_path("entries" if level is None else level, index, width) == path


@pytest.mark.parametrize(
    "path", ["", "0/0", "0/x000/001", "64/000", "0/000.p/0", "0/000.p/256", "0/000.p/257", "00/000", "x/000", "0/../000", "0/000/"]
)
def test_other_paths_are_no_tiles(path):
    assert parse_tile_path(path) is None
