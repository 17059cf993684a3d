"""From what stands in a file to typed columns, and every cell that is wrong. Columnar: no loop over rows. Pure.

A cell is read the same way from CSV and from a text column of Parquet: blanks around it do not count, an empty cell is null. A typed
column of Parquet is taken as it is where nothing can be lost, and refused as a whole otherwise (whole numbers are no codes: a code
that begins with 0 would have lost it).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from zimao.kernel.bulk.function import BatchFunction, Column
from zimao.kernel.bulk.words import SENTENCES, problem
from zimao.kernel.errors import Refused
from zimao.kernel.text import Text

__all__ = ["REJECTS", "Checked", "check", "no_rejects", "reject"]

REJECTS = {"row": pl.Int64, "column": pl.String, "code": pl.String, "reason_zh": pl.String, "reason_en": pl.String}
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_TRUE, _FALSE = ["true", "yes", "1", "是"], ["false", "no", "0", "否"]
_DATE = r"^[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}$"
_DATETIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z?$"
_FLOAT = r"^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$"

Fault = tuple[str, pl.Expr, Text]
"""A code, the mask of the cells it is said of, and the sentence."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Typed input columns and row numbers of the rows without a fault, and the faults (columns of ``REJECTS``) by row."""

    frame: pl.DataFrame
    rows: pl.Series
    rejects: pl.DataFrame

    @property
    def rejected(self) -> int:
        return self.rejects["row"].n_unique()


def no_rejects() -> pl.DataFrame:
    """A list of faults with nothing in it."""
    return pl.DataFrame(schema=REJECTS)


def reject(rows: pl.Series, column: str, code: str, sentence: Text) -> pl.DataFrame:
    """The same fault for each of ``rows``."""
    words = {"column": column, "code": f"bulk.{code}", "reason_zh": sentence.zh, "reason_en": sentence.en}
    return pl.DataFrame({"row": rows.cast(pl.Int64)}).with_columns(pl.lit(word).alias(name) for name, word in words.items())


def check(function: BatchFunction, raw: pl.DataFrame, rows: pl.Series, faults: pl.DataFrame) -> Checked:
    """``raw`` has the input columns by name, as text or typed; ``faults`` are of rows that never got into it or that are duplicates.

    Refused when a typed column cannot be the input column at all.
    """
    cleaned = raw.select(_cleaned(pl.col(column.name), raw.schema[column.name]) for column in function.inputs)
    typed = cleaned.select(_typed(column, cleaned.schema[column.name]).alias(column.name) for column in function.inputs)
    both = pl.concat([typed, cleaned.rename(lambda name: f"{name}\x00")], how="horizontal")
    masks = [(column, fault) for column in function.inputs for fault in _faults(column, cleaned.schema[column.name])]
    found = both.select(mask.alias(str(place)) for place, (_, (_, mask, _)) in enumerate(masks))
    listed = [
        reject(rows.filter(found[str(place)]), column.name, code, sentence)
        for place, (column, (code, _, sentence)) in enumerate(masks)
        if found[str(place)].any()
    ]
    if not listed and faults.is_empty():
        return Checked(typed, rows, faults)
    rejects = pl.concat([faults, *listed]).sort("row", maintain_order=True)
    good = ~rows.is_in(rejects["row"].unique().implode())
    return Checked(typed.filter(good), rows.filter(good), rejects)


def _cleaned(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.Categorical | pl.Enum):
        value, dtype = value.cast(pl.String), pl.String()
    if not isinstance(dtype, pl.String):
        return value
    stripped = value.str.strip_chars()
    return pl.when(stripped != "").then(stripped).alias(value.meta.output_name())


def _typed(column: Column, found: pl.DataType) -> pl.Expr:
    value = pl.col(column.name)
    if isinstance(found, pl.String):
        return _from_text(column, value)
    wanted = column.dtype
    lossless = found == wanted or (found.is_integer() and wanted.is_integer())
    if isinstance(wanted, pl.Decimal):
        lossless = lossless or found.is_integer() or (isinstance(found, pl.Decimal) and found.scale <= wanted.scale)
    if isinstance(wanted, pl.Datetime):
        lossless = lossless or (isinstance(found, pl.Datetime) and found.time_zone == wanted.time_zone and found.time_unit != "ns")
    if not (lossless or (wanted == pl.Float64 and found == pl.Float32)):
        raise Refused.of([problem("column_type", None, column.name, found=found, wanted=wanted)])
    return value.cast(wanted, strict=False)


def _from_text(column: Column, text: pl.Expr) -> pl.Expr:
    wanted = column.dtype
    if wanted == pl.String:
        return text
    if wanted == pl.Boolean:
        word = text.str.to_lowercase()
        return pl.when(word.is_in(_TRUE)).then(True).when(word.is_in(_FALSE)).then(False)
    if wanted == pl.Date:
        return _if_like(text, _DATE).str.replace_all("/", "-", literal=True).str.to_date("%Y-%m-%d", strict=False)
    if isinstance(wanted, pl.Datetime):
        plain = _if_like(text, _DATETIME).str.strip_suffix("Z").str.replace(" ", "T", literal=True)
        moment = plain.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False, time_unit=wanted.time_unit)
        return moment.dt.replace_time_zone("UTC").dt.convert_time_zone(wanted.time_zone) if wanted.time_zone else moment
    if isinstance(wanted, pl.Decimal):
        return _if_like(text, rf"^[+-]?[0-9]+(\.[0-9]{{0,{wanted.scale}}}0*)?$").cast(wanted, strict=False)
    if wanted == pl.Float64:
        text = _if_like(text, _FLOAT)
    return text.cast(wanted, strict=False)


def _if_like(text: pl.Expr, pattern: str) -> pl.Expr:
    return pl.when(text.str.contains(pattern)).then(text)


def _faults(column: Column, found: pl.DataType) -> Iterator[Fault]:
    value, before = pl.col(column.name), pl.col(f"{column.name}\x00")
    if column.required:
        yield "required", before.is_null(), SENTENCES["required"]
    code = _type_code(column)
    scale = column.dtype.scale if isinstance(column.dtype, pl.Decimal) else 0
    wrong = before.is_not_null() & value.is_null()
    yield (
        "type",
        (wrong | ~value.is_finite().fill_null(value=True) if column.dtype == pl.Float64 else wrong),
        SENTENCES[code].fill(scale=scale),
    )
    if column.dtype == pl.String and isinstance(found, pl.String):
        yield "control", value.str.contains(_CONTROL).fill_null(value=False), SENTENCES["control"]
    for one in column.checks:
        yield one.code, value.is_not_null() & ~one.holds(value).fill_null(value=False), one.sentence


def _type_code(column: Column) -> str:
    if column.dtype.is_integer():
        return "type_integer"
    names = {pl.Decimal: "decimal", pl.Float64: "float", pl.Date: "date", pl.Datetime: "datetime", pl.Boolean: "boolean"}
    return f"type_{names.get(column.dtype.base_type(), 'text')}"
