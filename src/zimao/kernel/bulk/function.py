"""What a bulk job runs: a pure function over a frame, with the columns that it needs and what each cell must satisfy. Pure.

A function answers row for row the same whether it is called with one row, a chunk or everything: it looks at no other row, has no
clock, no database and no random numbers; the date and the tables come in the context. Amounts are integers of the minor unit and
ties are broken by a total order, because sums and ties are where two engines differ.

Function, checks and context travel to other processes by pickle, so ``run`` and every check are functions of a module.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import partial

import polars as pl

from zimao.kernel.text import Text, t

__all__ = ["BatchFunction", "Check", "Column", "Context", "at_least", "at_most", "longest", "matches", "one_of"]

Scalar = bool | int | str | date | Decimal | None
_PLAIN: tuple[type[pl.DataType], ...] = (
    *(pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64),
    *(pl.String, pl.Boolean, pl.Date, pl.Float64),
)


@dataclass(frozen=True, slots=True)
class Check:
    """What a present value must satisfy. ``holds`` turns the column's expression into a boolean one; empty cells are not asked."""

    code: str
    holds: Callable[[pl.Expr], pl.Expr]
    sentence: Text


@dataclass(frozen=True, slots=True)
class Column:
    """One input column. ``dtype`` is a whole number, String, Boolean, Date, Float64, Datetime or a Decimal with its scale.

    A file may head it with ``name`` or with ``label`` in either language. ValueError for any other type.
    """

    name: str
    dtype: pl.DataType | type[pl.DataType]
    required: bool = True
    checks: tuple[Check, ...] = ()
    label: Text | None = None

    def __post_init__(self) -> None:
        dtype = self.dtype
        if isinstance(dtype, pl.Decimal | pl.Datetime):
            return
        if isinstance(dtype, pl.DataType):
            dtype = type(dtype)
        if dtype not in _PLAIN:
            raise ValueError(f"column {self.name!r}: a file has no cells of type {self.dtype}")

    @property
    def headings(self) -> frozenset[str]:
        """What the heading of the column may say, in lower case."""
        words = (self.name, self.label.zh, self.label.en) if self.label else (self.name,)
        return frozenset(word.strip().lower() for word in words)


@dataclass(frozen=True)
class Context:
    """Everything that the function may know besides its rows: the date of decision, tables as frames, settings."""

    on: date | None = None
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    settings: Mapping[str, Scalar] = field(default_factory=dict)

    def fingerprint(self) -> str:
        """SHA-256 of date, settings and the tables' contents: a run is continued only with the context that it was begun with."""
        found = hashlib.sha256(json.dumps([self.on, dict(self.settings)], sort_keys=True, default=repr).encode())
        for name in sorted(self.tables):
            held = io.BytesIO()
            self.tables[name].rechunk().write_ipc(held, compression="uncompressed")
            found.update(f"\n{name}\n".encode())
            found.update(held.getbuffer())
        return found.hexdigest()


@dataclass(frozen=True, slots=True)
class BatchFunction:
    """A rule over a batch. Change ``version`` whenever its answers change: a run that was begun with another is not continued.

    ``run`` gets the input columns in their order and types and may answer fewer or more rows, in the order of its input. ``key``:
    columns that no two rows of a file may share. ``row_name``: when set, ``run`` gets the file's row number in a column (Int64)
    of this name, first.
    """

    name: str
    inputs: tuple[Column, ...]
    run: Callable[[pl.DataFrame, Context], pl.DataFrame]
    version: str = "1"
    key: tuple[str, ...] = ()
    row_name: str = ""

    def __post_init__(self) -> None:
        names = [column.name for column in self.inputs]
        if not names or len({*names, self.row_name}) != len(names) + 1:
            raise ValueError(f"{self.name}: input columns are missing or are called the same")
        if unknown := [name for name in self.key if name not in names]:
            raise ValueError(f"{self.name}: no input columns {unknown} for the key")

    def empty(self) -> pl.DataFrame:
        """What ``run`` gets for a file without rows."""
        first: dict[str, pl.DataType | type[pl.DataType]] = {self.row_name: pl.Int64} if self.row_name else {}
        return pl.DataFrame(schema=first | {column.name: column.dtype for column in self.inputs})

    def outputs(self, context: Context) -> pl.Schema:
        """Names and types of what comes out, learnt from an empty frame."""
        return self.run(self.empty(), context).schema


def at_least(bound: int | Decimal | date | datetime) -> Check:
    """Not below ``bound``."""
    return Check("at_least", partial(_at_least, bound=bound), t("不得小于{bound}", "At least {bound}").fill(bound=bound))


def at_most(bound: int | Decimal | date | datetime) -> Check:
    """Not above ``bound``."""
    return Check("at_most", partial(_at_most, bound=bound), t("不得大于{bound}", "At most {bound}").fill(bound=bound))


def one_of(*words: str) -> Check:
    """One of a few words."""
    return Check("choice", partial(_one_of, words=words), t("只能是：{all}", "One of: {all}").fill(all="、".join(words)))


def matches(pattern: str, sentence: Text) -> Check:
    """The whole text matches a regular expression (Rust's syntax: no look-around); ``sentence`` says it in words."""
    return Check("pattern", partial(_matches, pattern=pattern), sentence)


def longest(characters: int) -> Check:
    """Not more than so many characters."""
    sentence = t("不能超过{n}个字", "At most {n} characters").fill(n=characters)
    return Check("too_long", partial(_longest, characters=characters), sentence)


def _at_least(value: pl.Expr, bound: object) -> pl.Expr:
    return value >= pl.lit(bound)


def _at_most(value: pl.Expr, bound: object) -> pl.Expr:
    return value <= pl.lit(bound)


def _one_of(value: pl.Expr, words: tuple[str, ...]) -> pl.Expr:
    return value.is_in(list(words))


def _matches(value: pl.Expr, pattern: str) -> pl.Expr:
    return value.str.contains(f"^(?:{pattern})$")


def _longest(value: pl.Expr, characters: int) -> pl.Expr:
    return value.str.len_chars() <= characters
