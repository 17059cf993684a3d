"""Running a batch function over a file, from looking at it to the finished target."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Unpack

from zimao.kernel.bulk import spark
from zimao.kernel.bulk.chunking import DUPLICATES, Kind, Receipt, Task, finished
from zimao.kernel.bulk.engines import Work, apart, careful, cores, in_processes
from zimao.kernel.bulk.function import BatchFunction, Context
from zimao.kernel.bulk.keys import duplicates
from zimao.kernel.bulk.options import Given, Options
from zimao.kernel.bulk.source import look
from zimao.kernel.bulk.work import assemble, assemble_rejects, begin, folder_of, locked, remove
from zimao.kernel.errors import Conflict, Problem, Refused, Unavailable
from zimao.kernel.text import Text, t

__all__ = ["Job", "Outcome", "Progress", "run_file"]

_MAX_PROBLEMS = 100
_KINDS: dict[str, Kind] = {".csv": "csv", ".parquet": "parquet"}
_NO_CONTEXT = Context()
_DEFAULT = Options()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: chunks done and in all, rows in all, rows done, rows rejected so far."""

    done: int
    chunks: int
    rows: int
    rows_done: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did. ``seconds`` are of this run, not of one that it continued; SHA-256 of input and output."""

    rows_in: int
    rows_out: int
    rejected: int
    seconds: float
    target: Path
    rejects_path: Path | None
    source_sha256: str
    target_sha256: str

    def as_dict(self) -> dict[str, Any]:
        """The same for JSON."""
        found = asdict(self) | {"seconds": round(self.seconds, 3), "target": str(self.target)}
        return found | {"rejects_path": str(self.rejects_path) if self.rejects_path else None}


def run_file(
    function: BatchFunction,
    source: Path,
    target: Path,
    *,
    context: Context = _NO_CONTEXT,
    progress: Callable[[Progress], None] | None = None,
    **options: Unpack[Given],
) -> Outcome:
    """Run ``function`` over a CSV or Parquet file into a CSV or Parquet file (by the target's ending).

    The same input gives the same bytes, on either engine, with any number of processes, cut off and continued or not. Refused with
    rows, columns and reasons; Conflict when an unfinished run of something else is beside the target; Unavailable.
    """
    job = Job(function, source, target, context, Options(**options))
    for step in job.on_engine():
        if progress:
            progress(step)
    return job.outcome


class Job:
    """One run over one file. ``steps`` or ``on_engine`` once, to the end; then ``outcome``.

    Stopping in between (a closed iterator, a kill) loses the chunk at hand only: the same job made again continues.
    """

    def __init__(
        self, function: BatchFunction, source: Path, target: Path, context: Context = _NO_CONTEXT, options: Options = _DEFAULT
    ) -> None:
        self.function, self.source, self.target, self.context = function, Path(source), Path(target).absolute(), context
        self.options = options
        self.work = folder_of(self.target)
        self._outcome: Outcome | None = None
        if self.target.suffix not in _KINDS:
            sentence = t("目标文件名应以 .csv 或 .parquet 结尾", "The target's name should end in .csv or .parquet")
            raise Refused("bulk.target", sentence, "target")
        if self.source.exists() and self.target.exists() and self.source.samefile(self.target):
            raise Refused("bulk.target", t("目标文件不能是输入文件", "The target may not be the input"), "target")

    @property
    def outcome(self) -> Outcome:
        """What the run did. RuntimeError before it is finished."""
        if self._outcome is None:
            raise RuntimeError("the run is not finished")
        return self._outcome

    def steps(self) -> Iterator[Progress]:
        """One chunk at each step, in this process: for a worker that has other things to do as well."""
        yield from self._run(careful)

    def on_engine(self) -> Iterator[Progress]:
        """The whole run on the engine and the processes of the options; a step is a chunk that is done."""
        if self.options.engine == "spark":
            yield from self._run(spark.in_spark)
            return
        count = self.options.processes or cores()
        yield from self._run(in_processes(count) if count > 1 else careful)

    def _run(self, work: Work) -> Iterator[Progress]:
        try:
            with locked(self.work):
                yield from self._held(work, time.monotonic())
        except OSError as error:
            sentence = t("读写文件失败：{reason}", "Reading or writing a file failed: {reason}").fill(reason=error.strerror or "I/O")
            raise Unavailable("bulk.files", sentence) from error

    def _held(self, work: Work, started: float) -> Iterator[Progress]:
        if not self.options.resume:
            (self.work / "manifest.json").unlink(missing_ok=True)
        task = self._task()
        try:
            yield from self._done(work, task, started)
        except Refused:
            remove(self.work)  # it would be refused again
            raise

    def _done(self, work: Work, task: Task, started: float) -> Iterator[Progress]:
        chunks = task.source.chunks
        receipts = {chunk.number: found for chunk in chunks if (found := finished(self.work, chunk.number))}
        yield self._progress(task, receipts)
        left = [chunk for chunk in chunks if chunk.number not in receipts]
        for receipt in work(task, left, lambda: self._spoiled(receipts)) if left else ():
            receipts[receipt.number] = receipt
            yield self._progress(task, receipts)
        self._finish(task, [receipts[chunk.number] for chunk in chunks], started)

    def _task(self) -> Task:
        fresh = not (self.work / "manifest.json").exists()
        try:
            source = look(self.function, self.source, self.work, self.options)
        except Refused:
            if fresh:
                remove(self.work)
            raise
        outputs = self.function.outputs(self.context)
        task = Task(self.function, self.context, source, self.work, _KINDS[self.target.suffix], outputs)
        begin(task, self.options)
        if self.function.key and not (self.work / DUPLICATES).exists():
            if source.kind == "parquet":
                apart(duplicates, task)
            else:
                duplicates(task)
        return task

    def _spoiled(self, receipts: dict[int, Receipt]) -> bool:
        return self.options.on_error == "stop" and any(receipt.rejected for receipt in receipts.values())

    def _progress(self, task: Task, receipts: dict[int, Receipt]) -> Progress:
        done = receipts.values()
        rows = sum(receipt.rows_in for receipt in done)
        return Progress(len(receipts), len(task.source.chunks), task.source.rows, rows, sum(receipt.rejected for receipt in done))

    def _finish(self, task: Task, receipts: list[Receipt], started: float) -> None:
        if not task.source.unchanged():
            remove(self.work)
            raise Conflict("bulk.changed", t("输入文件在运行期间被改动", "The input was changed during the run"), "source")
        rejects = assemble_rejects(self.work, receipts, self.target)
        rejected = sum(receipt.rejected for receipt in receipts)
        if rejects and self.options.on_error == "stop":
            raise Refused.of(_problems(rejects, rejected))
        sha256 = assemble(task, receipts, self.target)
        rows_in, rows_out = (sum(getattr(receipt, name) for receipt in receipts) for name in ("rows_in", "rows_out"))
        seconds = time.monotonic() - started
        self._outcome = Outcome(rows_in, rows_out, rejected, seconds, self.target, rejects, task.source.sha256, sha256)
        remove(self.work)


def _problems(rejects: Path, rejected: int) -> list[Problem]:
    """The first faults of the list, headed by how many rows are bad in all."""
    headline = t("{n}行有错误，未保留任何结果；错误清单见 {file}", "{n} rows are bad and nothing was kept; they are listed in {file}")
    found = [Problem("bulk.rows", "file", headline.fill(n=rejected, file=rejects.name))]
    with rejects.open(encoding="utf-8", newline="") as file:
        for row in islice(csv.DictReader(file), _MAX_PROBLEMS):
            found.append(Problem(row["code"], "file", Text(row["reason_zh"], row["reason_en"]), int(row["row"]), row["column"]))
    return found
