"""Rows of a file that have the key of an earlier row. Found over the whole file before anything is run, because the first row stays."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from zimao.kernel.bulk.checking import check
from zimao.kernel.bulk.chunking import DUPLICATES, Task, written
from zimao.kernel.bulk.reading import read

__all__ = ["duplicates"]


def duplicates(task: Task) -> None:
    """Write the rows whose key is taken, each with the row that has it first. Rows with an empty or wrong key cell are left to the checks.

    Keeps the keys of the whole file in memory: their bytes and eight more a row.
    """
    function, source = task.function, task.source
    columns = tuple(column for column in function.inputs if column.name in function.key)
    places = tuple(place for column, place in zip(function.inputs, source.places, strict=True) if column in columns)
    keyed = replace(function, inputs=columns)
    narrow = replace(source, places=places)
    frames = [pl.DataFrame(schema={"\x00row": pl.Int64} | {column.name: column.dtype for column in columns})]
    for chunk in source.chunks:
        found = check(keyed, *read(keyed, narrow, chunk))
        frames.append(found.frame.insert_column(0, found.rows.alias("\x00row")).drop_nulls())
    every = pl.concat(frames)
    taken = every.filter(pl.struct(function.key).is_duplicated())
    first = taken.select(pl.col("\x00row").alias("row"), pl.col("\x00row").min().over(function.key).alias("first"))
    found_twice = first.filter(pl.col("row") != pl.col("first")).sort("row")
    written(task.work / DUPLICATES, found_twice.write_parquet)
