"""The types of DMN as columns of a frame.

A number is exact: Decimal with 38 digits, of which ``scale`` stand after the point (docs/decisions/0004-dmn-compiled-to-polars.md).
An instant with a zone is kept in UTC; a years-and-months duration is a count of months.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Any

import polars as pl

from zimao.kernel.decisions.feel.scalar import KINDS, kind_of, mixed
from zimao.kernel.decisions.feel.syntax import FeelError
from zimao.kernel.decisions.feel.temporal import Months
from zimao.kernel.text import Text, t

__all__ = ["DIGITS", "NULL", "SCALE", "Type", "common", "literal_type", "named", "series_of", "to_column", "to_feel"]

DIGITS = 38
SCALE = 18
"""Digits after the point of a calculated number; a column that is only read or compared keeps its own."""

_WIDE = Context(prec=80, Emax=999_999, Emin=-999_999)
_DTYPES: dict[str, pl.DataType] = {
    "string": pl.String(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "time": pl.Time(),
    "days and time duration": pl.Duration("us"),
    "years and months duration": pl.Int64(),
    "null": pl.Null(),
}
_SPELLINGS = {
    "datetime": "date and time",
    "dateandtime": "date and time",
    "daytimeduration": "days and time duration",
    "daysandtimeduration": "days and time duration",
    "yearmonthduration": "years and months duration",
    "yearsandmonthsduration": "years and months duration",
    "number": "number",
    "string": "string",
    "boolean": "boolean",
    "date": "date",
    "time": "time",
    "any": "any",
}


@dataclass(frozen=True, slots=True)
class Type:
    """A FEEL type; ``kind`` is one of feel.scalar.KINDS, ``null`` (only the literal) or ``any`` (known when a frame is there)."""

    kind: str
    scale: int = SCALE
    utc: bool = False
    fields: tuple[tuple[str, Type], ...] = ()
    item: Type | None = None

    @property
    def dtype(self) -> pl.DataType:
        """The type of its column."""
        if self.kind == "number":
            return pl.Decimal(DIGITS, self.scale)
        if self.kind == "date and time":
            return pl.Datetime("us", "UTC" if self.utc else None)
        if self.kind == "list":
            return pl.List((self.item or NULL).dtype)
        if self.kind == "structure":
            return pl.Struct({name: part.dtype for name, part in self.fields})
        return _DTYPES[self.kind]

    @property
    def label(self) -> Text:
        """The name of the type as people read it."""
        return KINDS.get(self.kind, t("任意类型", "any type"))

    @property
    def known(self) -> bool:
        """Whether no part of it is ``any``."""
        parts = [part for _, part in self.fields] + ([self.item] if self.item else [])
        return self.kind != "any" and all(part.known for part in parts)


NULL = Type("null")
ANY_TYPE = Type("any")


def named(name: str | None) -> Type | None:
    """The built-in type of that name in any of the spellings of DMN 1.1 to 1.5; None if there is no such built-in."""
    if not name:
        return ANY_TYPE
    kind = _SPELLINGS.get(name.rpartition(":")[2].replace(" ", "").lower())
    return Type(kind) if kind else None


def literal_type(value: Any) -> Type:
    """The narrowest type of a constant. FeelError for a number of more than 38 digits."""
    kind = kind_of(value)
    if kind == "number":
        return Type(kind, scale=_scale_of(value))
    if kind == "date and time":
        return Type(kind, utc=value.tzinfo is not None)
    if kind == "list":
        return Type(kind, item=common(literal_type(item) for item in value))
    if kind == "structure":
        return Type(kind, fields=tuple((name, literal_type(part)) for name, part in value.items()))
    return Type(kind)


def _scale_of(value: Decimal) -> int:
    _, digits, exponent = value.normalize(_WIDE).as_tuple()
    if not isinstance(exponent, int):
        raise FeelError(t("不是数字", "not a number"))
    scale = max(-exponent, 0)
    if len(digits) + max(exponent, 0) > DIGITS or scale > DIGITS:
        raise FeelError(t("数字位数过多：{value}", "too many digits: {value}").fill(value=value))
    return scale


def common(types: Iterable[Type]) -> Type:
    """The type that holds values of all of them. FeelError if they are of different kinds."""
    found = NULL
    for type_ in types:
        found = _joined(found, type_)
    return found


def _joined(left: Type, right: Type) -> Type:
    if left == right or right.kind == "null":
        return left
    if left.kind == "null":
        return right
    if left.kind != right.kind or left.utc != right.utc:
        raise mixed(left.kind, right.kind)
    if left.kind == "list":
        return Type("list", item=_joined(left.item or NULL, right.item or NULL))
    if left.kind == "structure":
        ours, theirs = dict(left.fields), dict(right.fields)
        names = [*ours, *(name for name in theirs if name not in ours)]
        return Type("structure", fields=tuple((name, _joined(ours.get(name, NULL), theirs.get(name, NULL))) for name in names))
    return Type(left.kind, scale=max(left.scale, right.scale), utc=left.utc)


def series_of(values: Sequence[Any], type_: Type) -> pl.Series:
    """FEEL values as a column. FeelError if a number has too many digits before the point: Polars would make it null."""
    for value in values:
        _fits(value, type_)
    return pl.Series([to_column(value) for value in values], dtype=type_.dtype)


def _fits(value: Any, type_: Type) -> None:
    if isinstance(value, Decimal):
        if value and value.adjusted() + 1 + type_.scale > DIGITS:
            raise FeelError(t("数字位数过多：{value}", "too many digits: {value}").fill(value=value))
    elif isinstance(value, list):
        for item in value:
            _fits(item, type_.item or NULL)
    elif isinstance(value, dict):
        for name, part in type_.fields:
            _fits(value.get(name), part)


def to_column(value: Any) -> Any:
    """A FEEL value as Polars takes it."""
    if isinstance(value, Months):
        return value.count
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    if isinstance(value, list):
        return [to_column(item) for item in value]
    if isinstance(value, dict):
        return {name: to_column(part) for name, part in value.items()}
    return value


def to_feel(value: Any, type_: Type) -> Any:  # noqa: PLR0911 - one line a kind
    """A value of a column as FEEL knows it; a number without the zeros that only fill its scale."""
    if value is None:
        return None
    if type_.kind == "number":
        return _plain(value)
    if type_.kind == "years and months duration":
        return Months(value)
    if type_.kind == "date and time" and type_.utc:
        return value.astimezone(UTC)
    if type_.kind == "list":
        return [to_feel(item, type_.item or NULL) for item in value]
    if type_.kind == "structure":
        return {name: to_feel(value[name], part) for name, part in type_.fields}
    return value


def _plain(value: Decimal) -> Decimal:
    if value == value.to_integral_value():
        return value.quantize(Decimal(1), context=_WIDE)
    return value.normalize(_WIDE)
