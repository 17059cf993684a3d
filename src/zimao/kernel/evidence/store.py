"""Reads and writes many rows at once: COPY on PostgreSQL, one prepared statement elsewhere (docs/decisions/0010)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from zimao.kernel.evidence.models import Leaf, Log, PrivatePart, Tile
from zimao.kernel.evidence.tiles import WIDTH, TileNodes, join, split

__all__ = ["nodes", "read_tile", "take_places", "write_leaves", "write_private_parts", "write_tiles"]


_LEAVES = f'SELECT hash FROM {Leaf._meta.db_table} WHERE "index" BETWEEN %s AND %s ORDER BY "index"'  # noqa: S608 - our own table
_TILE = f'SELECT hashes FROM {Tile._meta.db_table} WHERE level = %s AND "index" = %s'  # noqa: S608
_LENGTHEN = f"UPDATE {Log._meta.db_table} SET size = size + %s WHERE id = 1 RETURNING size"  # noqa: S608


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
    """The hashes of one tile as far as it has grown; empty when it has not begun. Raw SQL: a proof reads several of them."""
    with connection.cursor() as cursor:
        if level == 0:
            cursor.execute(_LEAVES, [index * WIDTH, index * WIDTH + WIDTH - 1])
            return [bytes(hash_) for (hash_,) in cursor.fetchall()]
        cursor.execute(_TILE, [level, index])
        row = cursor.fetchone()
    return split(bytes(row[0])) if row else []


def take_places(count: int) -> int | None:
    """Lock the log until the transaction ends, lengthen it by ``count``, and return the first new index; None before it is made."""
    with connection.cursor() as cursor:
        cursor.execute(_LENGTHEN, [count])
        row = cursor.fetchone()
    return int(row[0]) - count if row else None


def nodes() -> TileNodes:
    """A reader of the stored tree that keeps what it has read."""
    return TileNodes(read_tile)
