"""What a Parquet file declares of itself, read before anything is unpacked: rows and unpacked bytes of each row group. Pure.

The footer is a Thrift structure in compact protocol (Apache Parquet format, FileMetaData: 3 rows, 4 row groups; RowGroup: 2 unpacked
bytes, 3 rows). Only what is needed to walk it is here. ValueError for anything that is not such a footer.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["MAGIC", "Footer", "read_footer"]

MAGIC = b"PAR1"
_MAX_FOOTER = 64 * 1024 * 1024
_MAX_DEPTH = 12
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
_NUMBERS = frozenset({4, 5, 6})


@dataclass(frozen=True, slots=True)
class Footer:
    """Rows of the file, and (rows, unpacked bytes) of each row group."""

    rows: int
    groups: tuple[tuple[int, int], ...]

    @property
    def unpacked(self) -> int:
        return sum(size for _, size in self.groups)


def read_footer(path: Path) -> Footer:
    """The footer of the file at ``path``. ValueError when there is none that can be read."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - 8, 0))
        length, magic = struct.unpack("<I4s", file.read(8)) if size >= 12 else (0, b"")
        if magic != MAGIC or not 0 < length <= min(_MAX_FOOTER, size - 12):
            raise ValueError("no footer")
        file.seek(size - 8 - length)
        data = file.read(length)
    try:
        found = _Reader(data).structure()
        groups = tuple((int(group[3]), int(group[2])) for group in found.get(4, []))
        rows = int(found[3])
    except (IndexError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise ValueError("footer cannot be read") from error
    if rows != sum(count for count, _ in groups) or any(min(group) < 0 for group in groups):
        raise ValueError("footer contradicts itself")
    return Footer(rows, groups)


class _Reader:
    """Thrift's compact protocol into dictionaries by field number."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def structure(self, depth: int = 0) -> dict[int, Any]:
        if depth > _MAX_DEPTH:
            raise ValueError("footer is nested too deeply")
        found: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._signed()
            kind = head & 15
            found[number] = kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind, depth)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        if kind in _NUMBERS:
            return self._signed()
        if kind == _BINARY:
            return self._take(self._unsigned())
        if kind in (_LIST, _SET):
            return self._list(depth)
        if kind == _STRUCT:
            return self.structure(depth + 1)
        if kind in (_TRUE, _FALSE, _BYTE):
            return self._byte()
        if kind == _DOUBLE:
            return self._take(8)
        raise ValueError(f"footer has a field of kind {kind}")

    def _list(self, depth: int) -> list[Any]:
        head = self._byte()
        size = head >> 4 if head >> 4 != 15 else self._unsigned()
        if size > len(self.data) - self.at:
            raise ValueError("footer has a list longer than itself")
        return [self._value(head & 15, depth + 1) for _ in range(size)]

    def _byte(self) -> int:
        found = self.data[self.at]
        self.at += 1
        return found

    def _take(self, size: int) -> bytes:
        if size > len(self.data) - self.at:
            raise ValueError("footer ends too early")
        self.at += size
        return self.data[self.at - size : self.at]

    def _unsigned(self) -> int:
        found = shift = 0
        while True:
            byte = self._byte()
            found |= (byte & 127) << shift
            if byte < 128:
                return found
            shift += 7
            if shift > 63:
                raise ValueError("footer has a number that is too long")

    def _signed(self) -> int:
        found = self._unsigned()
        return (found >> 1) ^ -(found & 1)
