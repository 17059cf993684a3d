"""Reads and writes many rows at once: COPY on PostgreSQL, one prepared statement elsewhere (ADR 0034)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from zimao.kernel.evidence.models import Leaf, PrivatePart, Tile
from zimao.kernel.evidence.tiles import WIDTH, TileNodes, join, split

__all__ = ["nodes", "read_tile", "write_leaves", "write_private_parts", "write_tiles"]


def write_leaves(rows: Iterable[tuple[int, bytes, bytes, datetime, str, str]]) -> None:
    """Insert ``(index, entry, hash, at, verb, subject)`` rows; one instant for all of them is converted once by the caller."""
    _insert(
        Leaf._meta.db_table,
        ("index", "entry", "hash", "at", "verb", "subject"),
        ("int8", "bytea", "bytea", "timestamptz", "text", "text"),
        rows,
    )


def write_private_parts(rows: Iterable[tuple[int, bytes]]) -> None:
    """Insert ``(index, sealed)`` rows."""
    _insert(PrivatePart._meta.db_table, ("index", "sealed"), ("int8", "bytea"), rows)


def _insert(table: str, columns: Sequence[str], types: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    quote = connection.ops.quote_name
    into = f"{quote(table)} ({', '.join(quote(column) for column in columns)})"
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {into} VALUES ({places})", rows)  # type: ignore[arg-type]  # noqa: S608 - names of our own tables
            return
        with cursor.copy(f"COPY {into} FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)


def write_tiles(changed: dict[tuple[int, int], list[bytes]]) -> None:
    """Insert or replace tiles, each given by (level, index) with all its hashes."""
    rows = [Tile(level=level, index=index, hashes=join(hashes)) for (level, index), hashes in changed.items()]
    Tile.objects.bulk_create(rows, update_conflicts=True, unique_fields=["level", "index"], update_fields=["hashes"])


def read_tile(level: int, index: int) -> list[bytes]:
    """The hashes of one tile as far as it has grown; empty when it has not begun."""
    if level == 0:
        first = index * WIDTH
        found = Leaf.objects.filter(index__gte=first, index__lt=first + WIDTH).order_by("index")
        return [bytes(hash_) for hash_ in found.values_list("hash", flat=True)]
    blob = Tile.objects.filter(level=level, index=index).values_list("hashes", flat=True).first()
    return split(bytes(blob)) if blob else []


def nodes() -> TileNodes:
    """A reader of the stored tree that keeps what it has read."""
    return TileNodes(read_tile)
