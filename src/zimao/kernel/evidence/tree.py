"""The Merkle tree of RFC 6962 section 2.1 and RFC 9162 section 2.1: hashes in, proofs and verdicts out.

No database and no Django. A tree of ``size`` leaves is read through :class:`Nodes`; hashes are the 32 bytes of SHA-256,
leaf indexes count from 0. Proofs are lists of hashes in the order of the standard.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Protocol

__all__ = [
    "EMPTY_ROOT",
    "HASH_SIZE",
    "Frontier",
    "MemoryNodes",
    "Nodes",
    "consistency_proof",
    "fold",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "range_root",
    "root",
    "verify_consistency",
    "verify_inclusion",
]

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()


class Nodes(Protocol):
    """A reader of complete subtrees."""

    def node(self, level: int, index: int) -> bytes:
        """The hash over the ``2**level`` leaves from ``index * 2**level`` on, all of which exist; LookupError otherwise."""


def leaf_hash(entry: bytes) -> bytes:
    """``SHA-256(0x00 || entry)`` (RFC 6962 2.1)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """``SHA-256(0x01 || left || right)`` (RFC 6962 2.1)."""
    return sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over neighbouring nodes of one level, level by level; the odd last node moves up as it is (the same tree as RFC 6962)."""
    if not hashes:
        return EMPTY_ROOT
    level = list(hashes)
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        level = [sha256(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)] + odd
    return level[0]


class MemoryNodes:
    """The complete subtrees over a list of leaf hashes, kept in memory: for small trees, checks and tests."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self._levels = [list(leaves)]
        while len(below := self._levels[-1]) > 1:
            self._levels.append([node_hash(left, right) for left, right in zip(below[::2], below[1::2], strict=False)])

    def node(self, level: int, index: int) -> bytes:
        return self._levels[level][index]


class Frontier:
    """A tree that only grows: of each complete subtree on its right edge the hash is kept, so a root costs O(log n)."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[tuple[int, bytes]] = []

    def append(self, hashes: Sequence[bytes]) -> None:
        """Add leaf hashes in order."""
        for found in hashes:
            level, node = 0, found
            while self._edge and self._edge[-1][0] == level:
                node = node_hash(self._edge.pop()[1], node)
                level += 1
            self._edge.append((level, node))
        self.size += len(hashes)

    def root(self) -> bytes:
        """The root over every leaf so far; the hash of nothing for an empty tree."""
        if not self._edge:
            return EMPTY_ROOT
        found = self._edge[-1][1]
        for _, left in reversed(self._edge[:-1]):
            found = node_hash(left, found)
        return found


def _split(width: int) -> int:
    """The largest power of two smaller than ``width`` (RFC 6962 2.1: k < n <= 2k)."""
    return 1 << ((width - 1).bit_length() - 1)


def range_root(nodes: Nodes, start: int, end: int) -> bytes:
    """The hash over leaves ``[start, end)``, where ``start`` is a multiple of the next power of two of the width."""
    edge = []
    while start < end:
        level = (end - start).bit_length() - 1
        edge.append(nodes.node(level, start >> level))
        start += 1 << level
    found = edge[-1]
    for left in reversed(edge[:-1]):
        found = node_hash(left, found)
    return found


def root(nodes: Nodes, size: int) -> bytes:
    """The root of the first ``size`` leaves."""
    return range_root(nodes, 0, size) if size else EMPTY_ROOT


def inclusion_proof(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962 2.1.1; ValueError unless ``0 <= index < size``."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(range_root(nodes, middle, end))
            end = middle
        else:
            proof.append(range_root(nodes, start, middle))
            start = middle
    return proof[::-1]


def consistency_proof(nodes: Nodes, old: int, new: int) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 6962 2.1.2; ValueError unless ``0 < old <= new``."""
    if not 0 < old <= new:
        raise ValueError(f"no proof from size {old} to size {new}")
    proof: list[bytes] = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(range_root(nodes, middle, end))
            end = middle
        else:
            proof.append(range_root(nodes, start, middle))
            start, whole = middle, False
    if not whole:
        proof.append(range_root(nodes, start, end))
    return proof[::-1]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root_hash: bytes) -> bool:
    """True when ``proof`` leads from leaf hash ``leaf`` at ``index`` to the root of ``size`` leaves (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes(leaf, root_hash, *proof):
        return False
    first, last, found = index, size - 1, leaf
    for hash_ in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            found = node_hash(hash_, found)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            found = node_hash(found, hash_)
        first, last = first >> 1, last >> 1
    return last == 0 and found == root_hash


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """True when ``proof`` shows that the tree of ``old`` leaves is the beginning of the tree of ``new`` (RFC 9162 2.1.4.2).

    A check from size 0 is False: an empty tree says nothing, so nothing can be shown.
    """
    if old == new > 0:
        return not proof and old_root == new_root
    if not 0 < old < new or not _are_hashes(old_root, new_root, *proof):
        return False
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    return _walk(old, new, path) == (old_root, new_root)


def _walk(old: int, new: int, path: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Steps 4 to 6 of RFC 9162 2.1.4.2: the two roots that the path leads to, None when its length is wrong."""
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old_found = new_found = path[0]
    for hash_ in path[1:]:
        if last == 0:
            return None
        if first & 1 or first == last:
            old_found, new_found = node_hash(hash_, old_found), node_hash(hash_, new_found)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            new_found = node_hash(new_found, hash_)
        first, last = first >> 1, last >> 1
    return (old_found, new_found) if last == 0 else None


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_SIZE for value in values)
