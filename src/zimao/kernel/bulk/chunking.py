"""The work on one chunk, the same in every engine: read, check, run, write the part and then its receipt.

A part is finished when its receipt is there; part and receipt are each written to a name of their own, flushed to disk and renamed,
so a kill at any moment leaves a chunk either done or not begun.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import polars as pl

from zimao.kernel.bulk.checking import Checked, check
from zimao.kernel.bulk.function import BatchFunction, Context
from zimao.kernel.bulk.reading import read
from zimao.kernel.bulk.source import Chunk, Source, digest
from zimao.kernel.bulk.words import SENTENCES

__all__ = ["DUPLICATES", "Kind", "Receipt", "Task", "checked", "do", "finished", "part", "written"]

Kind = Literal["csv", "parquet"]
DUPLICATES = "duplicates.parquet"


@dataclass(frozen=True, slots=True)
class Task:
    """All that a worker needs for any chunk. Travels by pickle."""

    function: BatchFunction
    context: Context
    source: Source
    work: Path
    kind: Kind
    outputs: pl.Schema


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a chunk: rows in, out and rejected, and the SHA-256 of its two files."""

    number: int
    rows_in: int
    rows_out: int
    rejected: int
    output: str
    rejects: str


def part(work: Path, number: int, suffix: str) -> Path:
    """The file of a chunk: ``out``, ``rejects`` or ``json``."""
    return work / f"{number:07d}.{suffix}"


def do(task: Task, chunk: Chunk, check_only: bool = False) -> Receipt:
    """Do a chunk; ``check_only`` leaves the function out, when the run is refused anyway. What the function raises goes through."""
    found = checked(task, chunk)
    made = _made(task, found) if not check_only else pl.DataFrame(schema=task.outputs)
    output = written(part(task.work, chunk.number, "out"), lambda file: _write(made, task.kind, file))
    rejects = written(part(task.work, chunk.number, "rejects"), lambda file: found.rejects.write_csv(file, include_header=False))
    receipt = Receipt(chunk.number, found.frame.height + found.rejected, made.height, found.rejected, output, rejects)
    text = json.dumps(asdict(receipt))
    written(part(task.work, chunk.number, "json"), lambda file: file.write(text.encode()))
    return receipt


def checked(task: Task, chunk: Chunk) -> Checked:
    """The chunk's rows, typed, without those that are bad."""
    raw, rows, faults = read(task.function, task.source, chunk)
    if task.function.key:
        faults = pl.concat([faults, _duplicates(task, chunk)])
    return check(task.function, raw, rows, faults)


def finished(work: Path, number: int) -> Receipt | None:
    """The receipt of a chunk that is done and whose files are still what they were."""
    try:
        receipt = Receipt(**json.loads(part(work, number, "json").read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    files = {part(work, number, "out"): receipt.output, part(work, number, "rejects"): receipt.rejects}
    return receipt if all(path.is_file() and digest(path) == sha256 for path, sha256 in files.items()) else None


def written(path: Path, write: Callable[[BinaryIO], object]) -> str:
    """Write a file so that it is there whole or not at all; its SHA-256."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    with partial.open("wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    sha256 = digest(partial)
    os.replace(partial, path)
    return sha256


def _made(task: Task, found: Checked) -> pl.DataFrame:
    frame = found.frame
    if task.function.row_name:
        frame = frame.insert_column(0, found.rows.alias(task.function.row_name))
    made = task.function.run(frame, task.context)
    if made.schema != task.outputs:
        raise TypeError(f"{task.function.name} answers {made.schema} where an empty frame gave {task.outputs}")
    return made


def _write(frame: pl.DataFrame, kind: Kind, file: BinaryIO) -> None:
    if kind == "csv":
        frame.write_csv(file, include_header=False)
    else:
        frame.write_parquet(file, compression="zstd", compression_level=1)


def _duplicates(task: Task, chunk: Chunk) -> pl.DataFrame:
    found = (
        pl.scan_parquet(task.work / DUPLICATES, glob=False)
        .filter(pl.col("row").is_between(chunk.first, chunk.first + chunk.rows - 1))
        .sort("row")
        .collect()
    )
    return _said(found, "+".join(task.function.key))


def _said(found: pl.DataFrame, column: str) -> pl.DataFrame:
    said = SENTENCES["duplicate"]
    zh, en = (pl.format(sentence.replace("{first}", "{}"), "first") for sentence in (said.zh, said.en))
    return found.select(
        "row",
        pl.lit(column).alias("column"),
        pl.lit("bulk.duplicate").alias("code"),
        zh.alias("reason_zh"),
        en.alias("reason_en"),
    )
