"""One chunk of a source as raw columns with row numbers, and the rows that are no rows.

CSV goes through Polars only when the chunk is proved to be rectangular: every quotation mark belongs to a whole cell, the separators
are as many as the columns ask for, and Polars found neither too many cells nor another number of rows. Anything else is read
record by record, which is slow and names each bad row.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

import polars as pl

from zimao.kernel.bulk.checking import no_rejects, reject
from zimao.kernel.bulk.function import BatchFunction
from zimao.kernel.bulk.records import split
from zimao.kernel.bulk.source import Chunk, Source
from zimao.kernel.bulk.words import SENTENCES, refusal

__all__ = ["Raw", "read"]

Raw = tuple[pl.DataFrame, pl.Series, pl.DataFrame]
"""Input columns by name, the row number of each row, and the faults of rows that could not be read."""

_QUOTED = re.compile(rb'(?:^|(?<=[,\n]))"[^"]*(?:""[^"]*)*"(?=[,\r\n]|\Z)')


def read(function: BatchFunction, source: Source, chunk: Chunk) -> Raw:
    """The chunk. Refused when a Parquet page cannot be read."""
    if source.kind == "parquet":
        return _parquet(function, source, chunk)
    with source.readable.open("rb") as file:
        file.seek(chunk.start)
        data = file.read(chunk.stop - chunk.start)
    frame = _rectangular(data, source.width, chunk.rows)
    if frame is None:
        return _by_record(function, source, data, chunk.first)
    return _picked(function, source, frame), _numbers(chunk), no_rejects()


def _numbers(chunk: Chunk) -> pl.Series:
    return pl.int_range(chunk.first, chunk.first + chunk.rows, dtype=pl.Int64, eager=True)


def _parquet(function: BatchFunction, source: Source, chunk: Chunk) -> Raw:
    try:
        frame = pl.scan_parquet(source.readable, glob=False).slice(chunk.start, chunk.rows).collect()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise refusal("parquet_rows", chunk.first) from error
    if frame.height != chunk.rows:
        raise refusal("parquet_rows", chunk.first)
    return _picked(function, source, frame), _numbers(chunk), no_rejects()


def _picked(function: BatchFunction, source: Source, frame: pl.DataFrame) -> pl.DataFrame:
    names = frame.columns
    return frame.select(pl.col(names[place]).alias(column.name) for place, column in zip(source.places, function.inputs, strict=True))


def _schema(width: int) -> dict[str, type[pl.String]]:
    return {str(place): pl.String for place in range(width)}


def _rectangular(data: bytes, width: int, rows: int) -> pl.DataFrame | None:
    """The cells as text, or None when the chunk is not proved to be in order."""
    bare = _QUOTED.sub(b"", data) if b'"' in data else data
    lines = bare.count(b"\n") + (not bare.endswith(b"\n"))
    returns = bare.count(b"\r")
    if b'"' in bare or lines != rows or bare.count(b",") != rows * (width - 1) or (returns and returns != bare.count(b"\r\n")):
        return None
    try:
        frame = pl.read_csv(data, has_header=False, schema=_schema(width), infer_schema=False, extra_columns="raise")
    except pl.exceptions.PolarsError:
        return None
    return frame if frame.height == rows and (width > 1 or not frame.to_series().has_nulls()) else None


def _by_record(function: BatchFunction, source: Source, data: bytes, first: int) -> Raw:
    good: list[Sequence[str]] = []
    numbers: list[int] = []
    faults = [no_rejects()]
    for number, record in enumerate(split(data), start=first):
        if not record:
            continue
        cells = _cells(record)
        if cells is None or len(cells) != source.width:
            faults.append(_fault(number, cells, source.width))
        else:
            good.append(cells)
            numbers.append(number)
    columns = list(zip(*good, strict=True)) if good else [()] * source.width
    frame = pl.DataFrame({str(place): pl.Series(column, dtype=pl.String) for place, column in enumerate(columns)})
    return _picked(function, source, frame), pl.Series(numbers, dtype=pl.Int64), pl.concat(faults)


def _cells(record: bytes) -> list[str] | None:
    # a cell may be as long as its record, which is bounded already
    csv.field_size_limit(max(csv.field_size_limit(), 2**30))
    try:
        rows = list(csv.reader(io.StringIO(record.decode(), newline=""), strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _fault(number: int, cells: list[str] | None, width: int) -> pl.DataFrame:
    if cells is None:
        code, values = "csv", {}
    else:
        code, values = ("too_few_cells" if len(cells) < width else "too_many_cells"), {"found": len(cells), "wanted": width}
    return reject(pl.Series([number], dtype=pl.Int64), "", code, SENTENCES[code].fill(**values))
