"""A CSV file as bytes: its encoding, its heading, and the byte ranges of its chunks. Streaming; no cell is parsed."""

from __future__ import annotations

import codecs
import csv
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from zimao.kernel.bulk.options import Encoding, Limits
from zimao.kernel.bulk.records import after, ends
from zimao.kernel.bulk.words import refusal

__all__ = ["Chunk", "chunks", "encoding_of", "heading", "in_utf8"]

_BLOCK = 2**20
_BOM = codecs.BOM_UTF8
_ENOUGH = 8
"""So many characters in a row that are right in UTF-8 are no accident of GB18030, where about one in seven is."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A slice of a source: its number, the file row of its first row, its rows, and where it starts and stops (bytes, or rows)."""

    number: int
    first: int
    rows: int
    start: int
    stop: int


def encoding_of(path: Path, wanted: Encoding) -> tuple[str, Literal["utf-8", "gb18030"]]:
    """SHA-256 of the file and its encoding. Refused with the row of a NUL byte or of the first byte that does not fit.

    A file that begins as UTF-8 with a few characters and then breaks is damaged UTF-8; it is not guessed to be GB18030.
    """
    found = hashlib.sha256()
    with path.open("rb") as file:
        for number, block in enumerate(iter(lambda: file.read(_BLOCK), b"")):
            found.update(block)
            if (at := block.find(b"\x00")) >= 0:
                raise refusal("nul", _row_at(path, number * _BLOCK + at))
    sha256 = found.hexdigest()
    if wanted != "gb18030":
        broken, good = _first_bad(path, "utf-8")
        if broken is None:
            return sha256, "utf-8"
        if wanted == "utf-8" or good >= _ENOUGH:
            raise refusal("encoding", _row_at(path, broken), encoding="UTF-8")
    broken, _ = _first_bad(path, "gb18030")
    if broken is not None:
        raise refusal("encoding", _row_at(path, broken), encoding="GB18030")
    return sha256, "gb18030"


def in_utf8(path: Path, target: Path) -> Path:
    """A UTF-8 copy of a GB18030 file."""
    partial = target.with_suffix(".part")
    decoder = codecs.getincrementaldecoder("gb18030")()
    with path.open("rb") as file, partial.open("wb") as out:
        for block in iter(lambda: file.read(_BLOCK), b""):
            out.write(decoder.decode(block).encode())
        out.write(decoder.decode(b"", final=True).encode())
    os.replace(partial, target)
    return target


def heading(path: Path, limits: Limits) -> tuple[list[str], int]:
    """The names in the first row, and the offset of the second row."""
    with path.open("rb") as file:
        head = file.read(limits.record + len(_BOM))
        more = bool(file.read(1))
    if not head.removeprefix(_BOM).strip():
        raise refusal("file_empty")
    try:
        stop = after(head, 1)
    except ValueError:
        if more:
            raise refusal("record", 1, bound=limits.record) from None
        stop = len(head)
    text = head[:stop].removeprefix(_BOM).decode().rstrip("\n").removesuffix("\r")
    if "\r" in text:
        raise refusal("line_ends", 1)
    try:
        names = next(csv.reader([text], strict=True), [])
    except csv.Error as error:
        raise refusal("header", 1) from error
    return names, stop


def chunks(path: Path, start: int, rows: int, limits: Limits) -> Iterator[Chunk]:
    """The chunks of ``rows`` records from the offset ``start``. Refused for a record that does not end and for too many rows."""
    cut, held, total, number = start, 0, 0, 0
    inside, waiting = False, 0
    for at, block in _blocks(path, start):
        count, open_after = ends(block, inside)
        waiting = waiting + len(block) if not count else 0
        if waiting > limits.record:
            raise refusal("record", total + 2, bound=limits.record)
        offset, left = 0, count
        while held + left >= rows:
            offset = after(block, rows - held, offset, inside)
            yield Chunk(number, 2 + number * rows, rows, cut, at + offset)
            left -= rows - held
            cut, held, inside, number = at + offset, 0, False, number + 1
        held, inside, total = held + left, open_after, total + count
        if total > limits.rows:
            raise refusal("too_many_rows", bound=limits.rows)
    if inside:
        raise refusal("open_quote", total + 2)
    size = path.stat().st_size
    if cut < size:
        yield Chunk(number, 2 + number * rows, held + (not _ends_in_line_end(path)), cut, size)


def _blocks(path: Path, start: int) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        file.seek(start)
        while block := file.read(_BLOCK):
            yield start, block
            start += len(block)


def _ends_in_line_end(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _first_bad(path: Path, encoding: str) -> tuple[int | None, int]:
    """The offset of the first byte that does not fit, and how many characters beyond ASCII came before it (at most a block's)."""
    decoder = codecs.getincrementaldecoder(encoding)()
    good = 0
    with path.open("rb") as file:
        at = 0
        while block := file.read(_BLOCK):
            pending = len(decoder.getstate()[0])
            if not pending and block.isascii():
                at += len(block)
                continue
            try:
                text = decoder.decode(block)
            except UnicodeDecodeError as error:
                before = error.object[: error.start].decode(encoding)
                return at - pending + error.start, good + _beyond_ascii(before)
            good = max(good, _beyond_ascii(text)) if good < _ENOUGH else good
            at += len(block)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return at - 1, good
    return None, good


def _beyond_ascii(text: str) -> int:
    return 0 if text.isascii() else sum(character > "\x7f" for character in text)


def _row_at(path: Path, offset: int) -> int:
    """The row in which the byte at ``offset`` lies."""
    rows, inside = 1, False
    with path.open("rb") as file:
        left = offset
        while left > 0 and (block := file.read(min(_BLOCK, left))):
            count, inside = ends(block, inside)
            rows, left = rows + count, left - len(block)
    return rows
