"""Tiles of height 8 (C2SP tlog-tiles): how nodes are kept, and under which path they are published.

A tile of level L and index N holds up to 256 neighbouring nodes of tree level ``8 * L``. Level 0 holds leaf hashes. Every
other node is at most 255 hashes away from a tile, so a proof over ten million leaves reads four of them.
No database and no Django.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from zimao.kernel.evidence.tree import HASH_SIZE, fold

__all__ = ["HEIGHT", "WIDTH", "TileNodes", "extend", "join", "parse_tile_path", "split", "tile_path"]

HEIGHT = 8
WIDTH = 1 << HEIGHT
_PATH = re.compile(r"(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


def split(blob: bytes) -> list[bytes]:
    """The hashes of a tile."""
    return [blob[place : place + HASH_SIZE] for place in range(0, len(blob), HASH_SIZE)]


def join(hashes: Sequence[bytes]) -> bytes:
    """The bytes of a tile."""
    return b"".join(hashes)


class TileNodes:
    """Reads nodes out of tiles; ``read(level, index)`` gives the hashes of a tile, fewer than 256 for one that still grows."""

    def __init__(self, read: Callable[[int, int], list[bytes]]) -> None:
        self._read = read
        self._kept: dict[tuple[int, int], list[bytes]] = {}

    def tile(self, level: int, index: int) -> list[bytes]:
        """The hashes of one tile, read once."""
        found = self._kept.get((level, index))
        if found is None:
            found = self._kept[level, index] = self._read(level, index)
        return found

    def node(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree (see ``tree.Nodes``); LookupError when the tile does not reach that far."""
        tile_level, above = divmod(level, HEIGHT)
        first = index << above
        tile, place = divmod(first, WIDTH)
        hashes = self.tile(tile_level, tile)[place : place + (1 << above)]
        if len(hashes) != 1 << above:
            raise LookupError(f"node {index} of level {level} is not stored")
        return fold(hashes)


def extend(size: int, hashes: Sequence[bytes], read: Callable[[int, int], list[bytes]]) -> dict[tuple[int, int], list[bytes]]:
    """The tiles of level 1 and above that change when ``hashes`` are appended to a tree of ``size`` leaves.

    ``read`` gives the tiles as they are before. The result maps (level, index) to the full list of hashes of that tile.
    """
    changed: dict[tuple[int, int], list[bytes]] = {}
    level, start, added = 0, size, list(hashes)
    while added:
        tile, place = divmod(start, WIDTH)
        if place + len(added) < WIDTH and level == 0:
            break
        row = (read(level, tile)[:place] if place else []) + added
        tiles = [row[cut : cut + WIDTH] for cut in range(0, len(row), WIDTH)]
        if level:
            changed.update({(level, tile + number): part for number, part in enumerate(tiles)})
        added = [fold(part) for part in tiles if len(part) == WIDTH]
        level, start = level + 1, tile
    return changed


def tile_path(level: int | str, index: int, width: int = WIDTH) -> str:
    """The path below ``tile/``: ``tile_path(1, 1234067) == "1/x001/x234/067"``; a partial tile ends in ``.p/<width>``."""
    groups = []
    rest = index
    while True:
        rest, last = divmod(rest, 1000)
        groups.append(f"{last:03d}")
        if not rest:
            break
    number = "/".join([f"x{group}" for group in reversed(groups[1:])] + groups[:1])
    return f"{level}/{number}" + ("" if width == WIDTH else f".p/{width}")


def parse_tile_path(path: str) -> tuple[int | None, int, int] | None:
    """``(level, index, width)`` of a path below ``tile/``, level None for entries; None when no tile has that path."""
    parts = _PATH.fullmatch(path)
    if parts is None:
        return None
    level = None if parts[1] == "entries" else int(parts[1])
    index = int(parts[2].replace("x", "").replace("/", ""))
    width = int(parts[3] or WIDTH)
    asked = tile_path(parts[1], index, width)
    return (level, index, width) if asked == path and width <= WIDTH and (level or 0) < 64 else None
