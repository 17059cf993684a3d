"""Doing the chunks of a task on this machine: one after the other, or one process a core.

Processes are started anew (never forked: Polars has threads), get the task once, and end with their parent even when it is killed.
Not more chunks are handed out than there are processes to do them, twice over.
"""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing import connection, get_context, parent_process

from zimao.kernel.bulk.chunking import Receipt, Task, do
from zimao.kernel.bulk.source import Chunk
from zimao.kernel.errors import Unavailable
from zimao.kernel.text import t

__all__ = ["Spoiled", "Work", "apart", "careful", "cores", "in_processes", "in_turn"]

Spoiled = Callable[[], bool]
"""Whether the run is refused anyway, so that the chunks that are left are only checked."""
Work = Callable[[Task, Sequence[Chunk], Spoiled], Iterator[Receipt]]

_THREADS = "POLARS_MAX_THREADS"
_ENDED = t(
    "一个处理进程被终止：内存不足，或文件已损坏；再次运行将从中断处继续",
    "A worker process was ended: memory is short or the file is damaged; running again continues where it stopped",
)
_task: list[Task] = []


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0))


def in_turn(task: Task, chunks: Sequence[Chunk], spoiled: Spoiled) -> Iterator[Receipt]:
    """One chunk after the other in this process."""
    for chunk in chunks:
        yield do(task, chunk, spoiled())


def in_processes(count: int) -> Work:
    """Work by ``count`` processes. Unavailable when one of them was ended from outside, for memory most likely."""

    def work(task: Task, chunks: Sequence[Chunk], spoiled: Spoiled) -> Iterator[Receipt]:
        if len(chunks) == 1 and task.source.kind == "csv":
            yield from in_turn(task, chunks, spoiled)
            return
        pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_start, initargs=(pickle.dumps(task),))
        try:
            yield from _handed_out(pool, count, chunks, spoiled)
        except BrokenProcessPool as error:
            raise Unavailable("bulk.worker_ended", _ENDED) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    return work


def careful(task: Task, chunks: Sequence[Chunk], spoiled: Spoiled) -> Iterator[Receipt]:
    """One chunk after the other; Parquet in a process of its own, which a damaged page may end without ending this one."""
    yield from (in_processes(1) if task.source.kind == "parquet" else in_turn)(task, chunks, spoiled)


def apart(function: Callable[[Task], None], task: Task) -> None:
    """Call ``function`` in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            pool.submit(function, task).result()
        except BrokenProcessPool as error:
            raise Unavailable("bulk.worker_ended", _ENDED) from error


def _handed_out(pool: ProcessPoolExecutor, count: int, chunks: Sequence[Chunk], spoiled: Spoiled) -> Iterator[Receipt]:
    left = iter(chunks)
    running: set[Future[Receipt]] = set()
    with _threads(max(1, cores() // count)):
        running |= {pool.submit(_do, chunk, spoiled()) for chunk in islice(left, count * 2)}
    while running:
        done, running = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            receipt = future.result()
            yield receipt
            running |= {pool.submit(_do, chunk, spoiled()) for chunk in islice(left, 1)}


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Polars reads the variable when it is imported, so it has to be there when the processes start."""
    before = os.environ.get(_THREADS)
    os.environ[_THREADS] = str(count)
    try:
        yield
    finally:
        if before is None:
            del os.environ[_THREADS]
        else:
            os.environ[_THREADS] = before


def _start(task: bytes) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _task[:] = [pickle.loads(task)]  # noqa: S301 - our own parent pickled it


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _do(chunk: Chunk, check_only: bool) -> Receipt:
    return do(_task[0], chunk, check_only)
