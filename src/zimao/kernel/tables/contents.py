"""The contents of a release: typed rows, the canonical CSV that is hashed and kept, the frame that rules read. Pure.

Canonical: UTF-8, LF, header of column names, the columns' order, each value in its one spelling, rows in the given order.
The order of rows is part of a table, since a rule may take the first row that fits.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from zimao.kernel.errors import Problem, Refused
from zimao.kernel.tables import cells
from zimao.kernel.tables.spec import Column, TableSpec, Value
from zimao.kernel.text import t

__all__ = ["MAX_PROBLEMS", "Contents", "Row", "checked", "kept", "schema"]

Row = tuple[Value, ...]
MAX_PROBLEMS = 200
_DUPLICATE = t("与第{first}行的主键相同", "It has the key of row {first} again")
_NOT_UNIQUE = t("与第{first}行的值相同，此列不得重复", "Row {first} has this value already, and it should be unique")


@dataclass(frozen=True)
class Contents:
    """Rows that are right for the table."""

    spec: TableSpec
    rows: tuple[Row, ...]

    @cached_property
    def spelled(self) -> tuple[tuple[str, ...], ...]:
        """Each row in canonical spelling."""
        return tuple(tuple(cells.canonical(value) for value in row) for row in self.rows)

    @cached_property
    def text(self) -> str:
        """The canonical CSV."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([column.name for column in self.spec.columns])
        writer.writerows(self.spelled)
        return out.getvalue()

    @cached_property
    def sha256(self) -> str:
        """The hash of the canonical CSV."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The rows as a typed frame: String, Int64, Decimal, Date, Boolean."""
        return pl.DataFrame(self.rows, schema=schema(self.spec), orient="row")


def schema(spec: TableSpec) -> dict[str, pl.DataType]:
    """The frame's types by column."""
    return {column.name: _type(column) for column in spec.columns}


def _type(column: Column) -> pl.DataType:
    plain: dict[str, pl.DataType] = {"text": pl.String(), "integer": pl.Int64(), "date": pl.Date(), "bool": pl.Boolean()}
    return plain.get(column.kind) or pl.Decimal(38, column.scale)


def checked(spec: TableSpec, rows: Sequence[tuple[int, Sequence[str]]]) -> Contents:
    """Typed contents of ``(file row, one text for each column)``.

    Refused with every wrong cell by row and column, rows whose key is there twice, and repeated values of a unique column;
    at most 200 are listed and the rest counted.
    """
    problems: list[Problem] = []
    found: list[tuple[int, Row]] = []
    for number, texts in rows:
        values: list[Value] = []
        for column, text in zip(spec.columns, texts, strict=True):
            try:
                values.append(cells.parse(column, text))
            except cells.BadCellError as bad:
                problems.append(bad.at(number, column.name))
        if len(values) == len(spec.columns):
            found.append((number, tuple(values)))
    problems.extend(_repeated(spec, found))
    if not problems and not found:
        problems.append(Problem("tables.empty", "file", t("文件没有数据行", "There are no rows in the file")))
    if problems:
        raise Refused.of(_capped(problems))
    return Contents(spec, tuple(row for _, row in found))


def _repeated(spec: TableSpec, found: Sequence[tuple[int, Row]]) -> Iterator[Problem]:
    names = [column.name for column in spec.columns]
    groups = [(spec.key, _DUPLICATE, "duplicate_key")]
    groups += [((column,), _NOT_UNIQUE, "not_unique") for column in spec.columns if column.unique and (column,) != spec.key]
    for columns, sentence, code in groups:
        places = [names.index(column.name) for column in columns]
        seen: dict[Row, int] = {}
        for number, row in found:
            first = seen.setdefault(tuple(row[place] for place in places), number)
            if first != number:
                yield Problem(f"tables.{code}", "file", sentence.fill(first=first), number, columns[0].name)


def _capped(problems: list[Problem]) -> list[Problem]:
    problems.sort(key=lambda one: one.row or 0)
    if len(problems) <= MAX_PROBLEMS:
        return problems
    rest = t("另有{n}处错误未列出", "{n} more problems are not listed").fill(n=len(problems) - MAX_PROBLEMS)
    return [*problems[:MAX_PROBLEMS], Problem("tables.more", "file", rest)]


def kept(spec: TableSpec, text: str) -> Contents:
    """Contents from a CSV that was written by us: a release or a seed. By column name, so a column that was added since is empty.

    Refused when the text no longer fits the table, e.g. a required column was added.
    """
    lines = csv.reader(io.StringIO(text))
    places = {name: place for place, name in enumerate(next(lines, []))}
    rows = [
        (number, [line[places[column.name]] if places.get(column.name, len(line)) < len(line) else "" for column in spec.columns])
        for number, line in enumerate(lines, start=2)
        if line
    ]
    return checked(spec, rows)
