"""Where the records of a CSV file end, found at the speed of the disk. Pure.

A line end inside quotation marks is part of a cell, so an end counts only where the number of marks before it is even. Everything but
marks and line ends is dropped first, and pairs of marks with no line end between them change nothing and are dropped as well; what is
left is short. ``inside`` is whether a mark is open at the start of the data.
"""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["after", "ends", "split"]

_OTHERS = bytes(byte for byte in range(256) if byte not in b'"\n')
_STEP = 4096


def ends(data: bytes, inside: bool = False) -> tuple[int, bool]:
    """How many records end in ``data``, and whether a quotation mark is open after it."""
    if b'"' not in data:
        return (0 if inside else data.count(b"\n")), inside
    pieces = data.translate(None, _OTHERS).replace(b'""', b"").split(b'"')
    return sum(piece.count(b"\n") for piece in pieces[int(inside) :: 2]), inside != (len(pieces) % 2 == 0)


def after(data: bytes, count: int, start: int = 0, inside: bool = False) -> int:
    """The offset just behind the ``count``-th record end from ``start``. ValueError when there are fewer."""
    step = _STEP
    while count:
        found, open_after = ends(data[start : start + step], inside)
        if found < count:
            if start >= len(data):
                raise ValueError("there are fewer records")
            start, inside, count, step = start + step, open_after, count - found, step * 2
        elif step > 1:
            step = max(step // 2, 1)
        else:
            start, inside, count = start + 1, open_after, count - found
    return start


def split(data: bytes) -> Iterator[bytes]:
    """The records of ``data`` without their line ends."""
    held: list[bytes] = []
    inside = False
    for line in data.removesuffix(b"\n").split(b"\n"):
        held.append(line)
        inside ^= line.count(b'"') % 2 == 1
        if not inside:
            yield b"\n".join(held).removesuffix(b"\r")
            held = []
    if held:
        yield b"\n".join(held)
