"""Recomputes the whole log from its entries and compares it with what is stored and with what was signed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from zimao.kernel.errors import Unavailable
from zimao.kernel.evidence.checkpoints import stated
from zimao.kernel.evidence.entries import commitment, instant, unseal
from zimao.kernel.evidence.log import ciphers
from zimao.kernel.evidence.models import Leaf, Log, PrivatePart, SignedCheckpoint, Tile
from zimao.kernel.evidence.notes import NoteError, VerifierKey, parse_checkpoint, read_note
from zimao.kernel.evidence.tiles import WIDTH, split
from zimao.kernel.evidence.tree import EMPTY_ROOT, Frontier, fold, leaf_hash
from zimao.kernel.text import Text, t

__all__ = ["Audit", "audit"]

_Row = tuple[int, bytes, bytes, datetime, str, str]


@dataclass(frozen=True, slots=True)
class Audit:
    """How much was compared, and the first difference (None: there is none)."""

    leaves: int
    checkpoints: int
    private_parts: int
    difference: Text | None

    @property
    def sound(self) -> bool:
        return self.difference is None

    def as_dict(self, language: str = "zh") -> dict[str, Any]:
        """The result as JSON."""
        return {
            "sound": self.sound,
            "leaves": self.leaves,
            "checkpoints": self.checkpoints,
            "private_parts": self.private_parts,
            "difference": self.difference.into(language) if self.difference else None,
        }


class _DifferenceError(Exception):
    def __init__(self, sentence: Text) -> None:
        super().__init__(sentence.en)
        self.sentence = sentence


def audit(kept: Iterable[tuple[str, str]] = ()) -> Audit:
    """Compare every leaf, stored node, private part and checkpoint; stop at the first difference.

    ``kept`` are further checkpoints as (note, vkey) that somebody stored elsewhere: only they show a log that was rewritten
    and signed anew as a whole. Reads while others append; leaves added meanwhile are left for the next run.
    """
    counter = _Counter(_roots(kept))
    try:
        _walk(counter)
    except _DifferenceError as found:
        return counter.result(found.sentence)
    return counter.result(None)


class _Counter:
    def __init__(self, roots: dict[int, list[bytes]] | Text) -> None:
        self.roots = roots
        self.leaves = self.checkpoints = self.private_parts = 0

    def result(self, difference: Text | None) -> Audit:
        return Audit(self.leaves, self.checkpoints, self.private_parts, difference)


def _walk(counter: _Counter) -> None:
    if isinstance(counter.roots, Text):
        raise _DifferenceError(counter.roots)
    log = Log.objects.filter(pk=1).first()
    size = log.size if log else 0
    frontier, levels = Frontier(), _Levels()
    _compare_roots(counter, counter.roots, 0, EMPTY_ROOT)
    for rows in _blocks(size):
        for row in rows:
            _compare_leaf(row, frontier.size)
            frontier.append([row[2]])
            if frontier.size in counter.roots:
                _compare_roots(counter, counter.roots, frontier.size, frontier.root())
        counter.private_parts += _compare_private(rows)
        levels.add([row[2] for row in rows])
        counter.leaves = frontier.size
    levels.close()
    if frontier.size != size or Leaf.objects.filter(index__lt=0).exists():
        raise _DifferenceError(
            t("日志应有 {size} 条，实有 {found} 条", "The log should have {size} entries and has {found}").fill(
                size=size, found=frontier.size
            )
        )
    beyond = [at for at in counter.roots if at > size]
    if beyond:
        raise _DifferenceError(
            t("检查点载有 {at} 条，日志只有 {size} 条", "A checkpoint covers {at} entries, the log has {size}").fill(
                at=beyond[0], size=size
            )
        )


def _blocks(size: int) -> Iterator[list[_Row]]:
    rows = (
        Leaf.objects.filter(index__gte=0, index__lt=size).order_by("index").values_list("index", "entry", "hash", "at", "verb", "subject")
    )
    found = rows.iterator(chunk_size=WIDTH * 8)
    while block := list(islice(found, WIDTH)):
        yield [(index, bytes(entry), bytes(hash_), at, verb, subject) for index, entry, hash_, at, verb, subject in block]


def _compare_leaf(row: _Row, index: int) -> None:
    found, entry, hash_, at, verb, subject = row
    if found != index:
        raise _DifferenceError(t("第 {index} 条缺失", "Entry {index} is missing").fill(index=index))
    if leaf_hash(entry) != hash_:
        raise _DifferenceError(t("第 {index} 条的内容与其哈希不符", "Entry {index} does not have its stored hash").fill(index=index))
    told = _told(entry)
    if (told.get("verb"), told.get("subject"), told.get("at")) != (verb, subject, instant(at)):
        raise _DifferenceError(
            t("第 {index} 条的检索列与内容不符", "The search columns of entry {index} differ from what it says").fill(index=index)
        )


def _told(entry: bytes) -> dict[str, Any]:
    try:
        found = json.loads(entry)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _compare_private(rows: list[_Row]) -> int:
    leaves = {row[0]: row for row in rows}
    kept = PrivatePart.objects.filter(index__gte=rows[0][0], index__lte=rows[-1][0]).values_list("index", "sealed")
    for index, sealed in kept:
        _, entry, hash_, *_ = leaves[index]
        told = _told(entry)
        try:
            opened = unseal(bytes(sealed), hash_, ciphers())
        except Unavailable as error:
            raise _DifferenceError(
                t("第 {index} 条的非公开部分无法解密", "The private part of entry {index} cannot be opened").fill(index=index)
            ) from error
        pairs = ((opened.actor_salt, opened.actor, told.get("actor")), (opened.private_salt, opened.private, told.get("private_sha256")))
        if any((commitment(salt, value) if value else None) != committed for salt, value, committed in pairs):
            raise _DifferenceError(
                t("第 {index} 条的非公开部分与条目不符", "The private part of entry {index} does not belong to it").fill(index=index)
            )
    return len(kept)


class _Levels:
    """Builds the tiles of level 1 and above as the leaves go by and compares each with the stored one once it is full."""

    def __init__(self) -> None:
        self._open: list[list[bytes]] = []
        self._done: list[int] = []

    def add(self, block: list[bytes]) -> None:
        """Take the next 256 leaf hashes; a shorter last block makes no node of level 1."""
        level = 0
        while len(block) == WIDTH:
            if level == len(self._open):
                self._open.append([])
                self._done.append(0)
            self._open[level].append(fold(block))
            if len(self._open[level]) < WIDTH:
                return
            block = self._open[level]
            self._compare(level, block)
            self._open[level] = []
            self._done[level] += 1
            level += 1

    def close(self) -> None:
        """Compare the tiles that still grow, and look for tiles that should not be there."""
        expected = sum(self._done)
        for level, hashes in enumerate(self._open):
            if hashes:
                self._compare(level, hashes)
                expected += 1
        if Tile.objects.count() < expected:
            raise _DifferenceError(t("存储的节点不全", "Stored nodes are missing"))

    def _compare(self, level: int, hashes: list[bytes]) -> None:
        blob = Tile.objects.filter(level=level + 1, index=self._done[level]).values_list("hashes", flat=True).first()
        if split(bytes(blob or b""))[: len(hashes)] != hashes:
            raise _DifferenceError(
                t("第 {level} 层第 {index} 块节点与条目不符", "Stored nodes of level {level}, tile {index}, differ from the entries").fill(
                    level=level + 1, index=self._done[level]
                )
            )


def _roots(kept: Iterable[tuple[str, str]]) -> dict[int, list[bytes]] | Text:
    """The signed root by size; a sentence when a note does not verify."""
    found: dict[int, list[bytes]] = {}
    for row in SignedCheckpoint.objects.order_by("size"):
        told = stated(row)
        if told is None:
            return t("大小为 {size} 的检查点签名无效", "The checkpoint of size {size} does not verify").fill(size=row.size)
        found.setdefault(told.size, []).append(told.root)
    for note, vkey in kept:
        try:
            told = parse_checkpoint(read_note(note, [VerifierKey.parse(vkey)])[0])
        except NoteError:
            return t("外部保存的检查点签名无效", "A checkpoint kept elsewhere does not verify")
        found.setdefault(told.size, []).append(told.root)
    return found


def _compare_roots(counter: _Counter, roots: dict[int, list[bytes]], size: int, found: bytes) -> None:
    for signed in roots.get(size, []):
        if signed != found:
            raise _DifferenceError(
                t("前 {size} 条与已签署的检查点不符", "The first {size} entries differ from the signed checkpoint").fill(size=size)
            )
        counter.checkpoints += 1
