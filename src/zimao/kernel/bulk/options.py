"""How a bulk job is run: engine, chunks, what happens to bad rows, and the bounds on what is read. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypedDict

__all__ = ["Encoding", "Engine", "Given", "Limits", "OnError", "Options"]

Engine = Literal["local", "spark"]
OnError = Literal["stop", "reject"]
Encoding = Literal["auto", "utf-8", "gb18030"]
_GIB = 2**30


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on a source. ``bytes`` of the file, ``unpacked`` bytes that a Parquet file declares, rows, bytes of one CSV record."""

    bytes: int = 100 * _GIB
    unpacked: int = 1024 * _GIB
    rows: int = 2_000_000_000
    record: int = 1024 * 1024
    columns: int = 1_000


@dataclass(frozen=True, slots=True)
class Options:
    """``processes``: None is one a core. ``resume``: False begins anew where a run was cut off.

    ``on_error``: ``stop`` keeps nothing when a row is bad; ``reject`` leaves bad rows out and lists them. ``ignore_unknown``: columns
    that the function does not know are passed over instead of refused. ValueError for an option that cannot be.
    """

    engine: Engine = "local"
    chunk_rows: int = 250_000
    processes: int | None = None
    resume: bool = True
    on_error: OnError = "stop"
    encoding: Encoding = "auto"
    ignore_unknown: bool = False
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        if self.chunk_rows < 1 or (self.processes is not None and self.processes < 1):
            raise ValueError("chunk_rows and processes are at least 1")
        if (
            self.engine not in ("local", "spark")
            or self.on_error not in ("stop", "reject")
            or self.encoding not in ("auto", "utf-8", "gb18030")
        ):
            raise ValueError(f"no such engine, on_error or encoding: {self.engine}, {self.on_error}, {self.encoding}")


class Given(TypedDict, total=False):
    """The same as keywords of :func:`zimao.kernel.bulk.run_file`."""

    engine: Engine
    chunk_rows: int
    processes: int | None
    resume: bool
    on_error: OnError
    encoding: Encoding
    ignore_unknown: bool
    limits: Limits
