"""The work folder beside a target: its lock, its manifest, its finished parts, and putting them together.

The folder is ``.<target name>.work``. The manifest says what the run is of (input SHA-256, function and version, context, options that
change the result, chunks); a folder with another manifest is not touched. The lock is the kernel's and ends with the process.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from zimao.kernel.bulk.checking import REJECTS
from zimao.kernel.bulk.chunking import Receipt, Task, part, written
from zimao.kernel.bulk.options import Options
from zimao.kernel.bulk.source import digest
from zimao.kernel.errors import Conflict
from zimao.kernel.text import Text, t

__all__ = ["assemble", "assemble_rejects", "begin", "folder_of", "locked", "remove"]

_MANIFEST = "manifest.json"
_GROUP_ROWS = 131_072
_WHAT: dict[str, Text] = {
    "input": t("另一个输入文件", "another input file"),
    "function": t("另一个函数或版本", "another function or version"),
    "context": t("另一套日期、表或设置", "another date, other tables or settings"),
    "options": t("另一组选项", "other options"),
}


def folder_of(target: Path) -> Path:
    """The work folder of a target."""
    return target.with_name(f".{target.name}.work")


@contextmanager
def locked(work: Path) -> Iterator[None]:
    """Hold the work folder. Conflict when another run has it."""
    work.mkdir(parents=True, exist_ok=True)
    with (work / "lock").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sentence = t("该目标文件正在由另一个运行写入", "Another run is writing this target")
            raise Conflict("bulk.running", sentence, "target") from None
        yield


def begin(task: Task, options: Options) -> None:
    """Write the manifest, or find that the folder's manifest is of the same run. Conflict that names what differs."""
    path = task.work / _MANIFEST
    wanted = _manifest(task, options)
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        _empty(task.work)
        written(path, lambda file: file.write(json.dumps(wanted, ensure_ascii=False).encode()))
        return
    for name, what in _WHAT.items():
        if found.get(name) != wanted[name]:
            sentence = t(
                "旁边有一个未完成的运行，属于{what}；请先完成它，或要求重新开始",
                "Beside the target is an unfinished run of {what}; finish it first, or ask to begin anew",
            )
            raise Conflict(f"bulk.other_{name}", sentence.fill(what=what), "source")


def remove(work: Path) -> None:
    """Take the folder away."""
    shutil.rmtree(work, ignore_errors=True)


def assemble(task: Task, receipts: Sequence[Receipt], target: Path) -> str:
    """The target from its parts, in their order, whole or not at all; its SHA-256. Bytes do not depend on engine or processes."""
    parts = [part(task.work, receipt.number, "out") for receipt in receipts]
    if task.kind == "csv":
        head = pl.DataFrame(schema=task.outputs).write_csv().encode()
        return _placed(task.work, target, lambda file: _joined(file, head, parts))
    staged = task.work / "target.parquet"
    frame = pl.concat([pl.scan_parquet(path, glob=False) for path in parts]) if parts else pl.LazyFrame(schema=task.outputs)
    frame.sink_parquet(staged, compression="zstd", row_group_size=_GROUP_ROWS, maintain_order=True)
    with staged.open("rb") as made:
        os.fsync(made.fileno())
    return _renamed(staged, target)


def assemble_rejects(work: Path, receipts: Sequence[Receipt], target: Path) -> Path | None:
    """The list of faults beside the target, or None (and no old list) when there is none."""
    path = target.with_name(f"{target.stem}.rejects.csv")
    if not any(receipt.rejected for receipt in receipts):
        path.unlink(missing_ok=True)
        return None
    head = (",".join(REJECTS) + "\n").encode()
    _placed(work, path, lambda file: _joined(file, head, [part(work, one.number, "rejects") for one in receipts]))
    return path


def _manifest(task: Task, options: Options) -> dict[str, Any]:
    function, source = task.function, task.source
    return {
        "format": 1,
        "input": source.sha256,
        "function": [function.name, function.version, *(f"{column.name}:{column.dtype}" for column in function.inputs)],
        "context": task.context.fingerprint(),
        "options": [options.chunk_rows, options.on_error, options.encoding, options.ignore_unknown, task.kind, pl.__version__],
        "chunks": [asdict(chunk) for chunk in source.chunks],
    }


def _empty(work: Path) -> None:
    for path in work.iterdir():
        if path.name not in ("lock", "source.csv"):
            path.unlink()


def _joined(file: BinaryIO, head: bytes, parts: Sequence[Path]) -> None:
    file.write(head)
    for path in parts:
        with path.open("rb") as one:
            shutil.copyfileobj(one, file, 2**20)


def _placed(work: Path, target: Path, write: Any) -> str:
    staged = work / "target.staged"
    written(staged, write)
    return _renamed(staged, target)


def _renamed(staged: Path, target: Path) -> str:
    sha256 = digest(staged)
    os.replace(staged, target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return sha256
