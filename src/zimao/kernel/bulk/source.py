"""Looking at a source before it is run: kind, bounds, SHA-256, encoding, heading, and where each chunk lies.

Nothing is unpacked or run here. A CSV row is counted as a spreadsheet does: the heading is row 1, a cell with line breaks does not
make more rows. A Parquet file has no heading: its first row is row 1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl

from zimao.kernel.bulk import plaintext
from zimao.kernel.bulk.checking import check, no_rejects
from zimao.kernel.bulk.footer import MAGIC, Footer, read_footer
from zimao.kernel.bulk.function import BatchFunction
from zimao.kernel.bulk.options import Limits, Options
from zimao.kernel.bulk.plaintext import Chunk
from zimao.kernel.bulk.words import problem, refusal
from zimao.kernel.errors import Refused

__all__ = ["Chunk", "Source", "digest", "look"]

_BLOCK = 2**20
_KINDS = {
    b"PK\x03\x04": "zip/xlsx",
    b"PK\x05\x06": "zip",
    b"\xd0\xcf\x11\xe0": "xls",
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"7z\xbc\xaf": "7z",
    b"Rar!": "rar",
    b"%PDF": "pdf",
    b"SQLite format 3": "sqlite",
    b"\x7fELF": "program",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
_GROUP_ROWS = 2**26
"""Rows of one row group, which is unpacked at once. Writers make groups of 2^17 to 2^20."""
_BOMB_FROM, _BOMB_RATIO = 2**28, 1_000
"""Above so many rows or unpacked bytes, a file that swells by more than the ratio is refused."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source that may be run. ``readable`` is the file that chunks are cut from: the source itself or its UTF-8 copy."""

    path: Path
    readable: Path
    kind: Literal["csv", "parquet"]
    sha256: str
    bytes: int
    stamp: int
    places: tuple[int, ...]
    width: int
    headings: tuple[str, ...]
    chunks: tuple[Chunk, ...]

    @property
    def rows(self) -> int:
        return sum(chunk.rows for chunk in self.chunks)

    def unchanged(self) -> bool:
        """Whether the file is still the one that was looked at, by size and time of change."""
        found = self.path.stat()
        return (found.st_size, found.st_mtime_ns) == (self.bytes, self.stamp)


def look(function: BatchFunction, path: Path, work: Path, options: Options) -> Source:
    """The source at ``path``. Refused with row, column and reason; ``work`` may get a UTF-8 copy of it."""
    if not path.is_file():
        raise refusal("no_file")
    found = path.stat()
    if found.st_size > options.limits.bytes:
        raise refusal("file_size", bound=options.limits.bytes)
    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith(MAGIC):
        return _parquet(function, path, options)
    for magic, kind in _KINDS.items():
        if head.startswith(magic):
            raise refusal("file_kind", kind=kind)
    return _csv(function, path, work, options)


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _csv(function: BatchFunction, path: Path, work: Path, options: Options) -> Source:
    found = path.stat()
    sha256, encoding = plaintext.encoding_of(path, options.encoding)
    readable = path if encoding == "utf-8" else plaintext.in_utf8(path, work / "source.csv")
    names, start = plaintext.heading(readable, options.limits)
    places = _places(function, names, 1, options)
    chunks = plaintext.chunks(readable, start, options.chunk_rows, options.limits)
    return Source(path, readable, "csv", sha256, found.st_size, found.st_mtime_ns, tuple(places), len(names), tuple(names), tuple(chunks))


def _parquet(function: BatchFunction, path: Path, options: Options) -> Source:
    found = path.stat()
    try:
        footer = read_footer(path)
        _refuse_bomb(footer, found.st_size, options.limits)
        schema = pl.scan_parquet(path, glob=False).collect_schema()
    except (ValueError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise refusal("parquet") from error
    names = schema.names()
    places = _places(function, names, None, options)
    types = {column.name: schema[names[place]] for place, column in zip(places, function.inputs, strict=True)}
    check(function, pl.DataFrame(schema=types), pl.Series(dtype=pl.Int64), no_rejects())
    step = options.chunk_rows
    chunks = [
        Chunk(number, at + 1, min(step, footer.rows - at), at, min(at + step, footer.rows))
        for number, at in enumerate(range(0, footer.rows, step))
    ]
    sha256 = digest(path)
    return Source(path, path, "parquet", sha256, found.st_size, found.st_mtime_ns, tuple(places), len(names), tuple(names), tuple(chunks))


def _refuse_bomb(footer: Footer, size: int, limits: Limits) -> None:
    if footer.rows > limits.rows:
        raise refusal("too_many_rows", bound=limits.rows)
    swollen = max(footer.unpacked, footer.rows)
    if (
        footer.unpacked > limits.unpacked
        or any(rows > _GROUP_ROWS for rows, _ in footer.groups)
        or (swollen > _BOMB_FROM and swollen > size * _BOMB_RATIO)
    ):
        raise refusal("unpacked")


def _places(function: BatchFunction, names: Sequence[str], row: int | None, options: Options) -> list[int]:
    """Where in the file each input column stands. Refused with every column that is missing, unknown or there twice."""
    if len(names) > options.limits.columns:
        raise refusal("too_many_columns", bound=options.limits.columns)
    known = {heading: column.name for column in function.inputs for heading in column.headings}
    found = [known.get(name.strip().lower(), "") for name in names]
    problems = [
        problem("unknown_column", row, name, name=name or "?")
        for name, column in zip(names, found, strict=True)
        if not column and not options.ignore_unknown
    ]
    for column in function.inputs:
        count = found.count(column.name)
        if count != 1:
            problems.append(problem("column_twice" if count else "missing_column", row, column.name, name=column.name))
    if problems:
        raise Refused.of(problems)
    return [found.index(column.name) for column in function.inputs]
