"""The same work on Apache Spark, through ``mapInArrow``. Needs the extra ``spark`` (PySpark 4, PyArrow) and Java 17 or newer.

``in_spark`` is the engine of :func:`zimao.kernel.bulk.run_file`: one chunk a partition; an executor reads, checks, runs and writes
the chunk with the very function of the local engine and answers its receipt. Source and target folder have to be at the same path
on every executor, and zimao importable there.

``over`` is for rows that are in Spark already: it puts the function around the Arrow batches of a Spark frame.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from importlib import import_module
from typing import Any

import polars as pl

from zimao.kernel.bulk.checking import check, no_rejects
from zimao.kernel.bulk.chunking import Receipt, Task, do, finished, part
from zimao.kernel.bulk.engines import Spoiled
from zimao.kernel.bulk.function import BatchFunction, Context
from zimao.kernel.bulk.source import Chunk
from zimao.kernel.errors import Problem, Refused, Unavailable
from zimao.kernel.text import Text, t

__all__ = ["in_spark", "over"]

_POLL = 0.2


def in_spark(task: Task, chunks: Sequence[Chunk], spoiled: Spoiled) -> Iterator[Receipt]:
    """Work by Spark executors, in the session that is there or a new one. Receipts are answered as their files appear."""
    session = _session()
    number_of = list(chunks)
    check_only = spoiled()

    def work(batches: Iterable[Any]) -> Iterator[Any]:
        pa: Any = import_module("pyarrow")
        for batch in batches:
            for place in batch.column(0).to_pylist():
                receipt = do(task, number_of[place], check_only)
                yield pa.RecordBatch.from_pydict({"receipt": [json.dumps(asdict(receipt))]})

    places = session.range(0, len(number_of), 1, len(number_of))
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(places.mapInArrow(work, "receipt string").collect)
        waiting = {chunk.number for chunk in number_of}
        while not answer.done():
            time.sleep(_POLL)
            for number in sorted(waiting):
                if part(task.work, number, "json").exists() and (receipt := finished(task.work, number)):
                    waiting.discard(number)
                    yield receipt
        try:
            rows = answer.result()
        except Exception as error:  # what the JVM and the executors raise has no common base
            sentence = t(
                "Spark 作业失败，原因见其日志；再次运行将从中断处继续",
                "The Spark job failed, its log says why; running again continues where it stopped",
            )
            raise Unavailable("bulk.spark_failed", sentence) from error
    yield from (receipt for row in rows if (receipt := Receipt(**json.loads(row.receipt))).number in waiting)


def over(function: BatchFunction, frame: Any, context: Context) -> Any:
    """The Spark frame of the function's answers for the rows of a Spark frame with its input columns.

    A bad cell fails the Spark job with a Refused; there are no row numbers in Spark, so ``row_name`` and ``key`` are ValueErrors.
    """
    if function.row_name or function.key:
        raise ValueError(f"{function.name}: rows of a Spark frame have no numbers")
    types: Any = _part("pyspark.sql.pandas.types")
    names = [column.name for column in function.inputs]
    wanted = pl.DataFrame(schema=function.outputs(context)).to_arrow(compat_level=pl.CompatLevel.oldest()).schema
    spark_schema = types.from_arrow_schema(wanted)

    def work(batches: Iterable[Any]) -> Iterator[Any]:
        for batch in batches:
            raw = pl.DataFrame(pl.from_arrow(batch)).select(names)
            answer = function.run(_good(function, raw), context)
            yield from answer.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(wanted).to_batches()

    return frame.select(*names).mapInArrow(work, spark_schema)


def _good(function: BatchFunction, raw: pl.DataFrame) -> pl.DataFrame:
    found = check(function, raw, pl.int_range(raw.height, dtype=pl.Int64, eager=True), no_rejects())
    if found.rejected:
        first = found.rejects.row(0, named=True)
        raise Refused.of([Problem(first["code"], "file", Text(first["reason_zh"], first["reason_en"]), column=first["column"])])
    return found.frame


def _session() -> Any:
    _part("pyarrow")
    return _part("pyspark.sql").SparkSession.builder.appName("zimao bulk").getOrCreate()


def _part(module: str) -> Any:
    """A module of the extra, which an installation may do without."""
    try:
        return import_module(module)
    except ImportError as error:
        sentence = t(
            "Spark 引擎未安装：请安装 zimao[spark]（PySpark 4）和 Java 17，或使用本地引擎",
            "The Spark engine is not installed: install zimao[spark] (PySpark 4) and Java 17, or use the local engine",
        )
        raise Unavailable("bulk.no_spark", sentence) from error
