"""Values from outside to columns of the inputs' types: a frame of the caller, or rows of plain Python or JSON values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from zimao.kernel.decisions.feel.functions import NUMBER
from zimao.kernel.decisions.feel.syntax import FeelError
from zimao.kernel.decisions.feel.temporal import Months, parse_date, parse_duration, parse_instant, parse_time
from zimao.kernel.decisions.model import Input
from zimao.kernel.decisions.types import DIGITS, NULL, SCALE, Type, common, literal_type, series_of
from zimao.kernel.errors import Problem, Refused
from zimao.kernel.text import t

__all__ = ["columns_of", "feel_value", "frame_of"]

_MAX_PROBLEMS = 100


class _WrongTypeError(Exception):
    """The value is not of the type."""


# --- frames


def columns_of(inputs: Sequence[Input], frame: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, Type]]:
    """The inputs' columns as ``in0``, ``in1``, … and their types. Refused with every column that is missing or of another type."""
    exprs: list[pl.Expr] = []
    types: dict[str, Type] = {}
    problems: list[Problem] = []
    for place, one in enumerate(inputs):
        dtype = frame.schema.get(one.name)
        if dtype is None:
            problems.append(_missing(one))
            continue
        try:
            expr, types[one.name] = _column(pl.col(one.name), dtype, one.type)
        except _WrongTypeError:
            sentence = t("列“{name}”应为{type}，而不是{dtype}", "column “{name}” should be a {type} and not {dtype}")
            problems.append(Problem("decision_input_type", one.name, sentence.fill(name=one.name, type=one.type.label, dtype=dtype)))
        else:
            exprs.append(expr.alias(f"in{place}"))
    if problems:
        raise Refused.of(problems)
    height = frame.height
    frame = frame.select(one.name for one in inputs).rechunk()  # a frame of many small pieces costs more than the copy
    made = frame.select(exprs) if exprs else pl.DataFrame({"row": pl.repeat(0, height, eager=True)})
    _no_lost_numbers(inputs, frame, made)
    return made, types


def _missing(one: Input, row: int | None = None) -> Problem:
    return Problem("decision_input_missing", one.name, t("缺少输入“{name}”", "the input “{name}” is missing").fill(name=one.name), row=row)


def _column(expr: pl.Expr, dtype: pl.DataType, declared: Type) -> tuple[pl.Expr, Type]:
    kind = _kind_of(dtype) if declared.kind == "any" else declared.kind
    if dtype == pl.Null:
        found = declared if declared.known else NULL
        return expr.cast(found.dtype), found
    if kind == "number":
        return _number(expr, dtype)
    if kind == "structure" and isinstance(dtype, pl.Struct):
        return _structure(expr, dtype, declared)
    if kind == "list" and isinstance(dtype, pl.List):
        inner, item = _column(pl.element(), _plain(dtype.inner), declared.item or Type("any"))
        return expr.list.eval(inner), Type("list", item=item)
    if kind == "date and time" and isinstance(dtype, pl.Datetime):
        found = Type(kind, utc=dtype.time_zone is not None)
        aware = expr.dt.convert_time_zone("UTC") if found.utc else expr
        return aware.cast(found.dtype), found
    allowed = {
        "string": (pl.String, pl.Categorical, pl.Enum),
        "boolean": (pl.Boolean,),
        "date": (pl.Date,),
        "time": (pl.Time,),
        "days and time duration": (pl.Duration,),
        "years and months duration": (pl.Int8, pl.Int16, pl.Int32, pl.Int64),
    }
    if isinstance(dtype, allowed.get(kind, ())):
        return expr.cast(Type(kind).dtype), Type(kind)
    raise _WrongTypeError


def _plain(dtype: Any) -> pl.DataType:
    found: pl.DataType = dtype() if isinstance(dtype, type) else dtype
    return found


def _kind_of(dtype: pl.DataType) -> str:
    kinds: tuple[tuple[tuple[Any, ...], str], ...] = (
        ((pl.String, pl.Categorical, pl.Enum), "string"),
        ((pl.Boolean,), "boolean"),
        ((pl.Date,), "date"),
        ((pl.Time,), "time"),
        ((pl.Datetime,), "date and time"),
        ((pl.Duration,), "days and time duration"),
        ((pl.Struct,), "structure"),
        ((pl.List,), "list"),
    )
    return "number" if dtype.is_numeric() else next((kind for classes, kind in kinds if isinstance(dtype, classes)), "any")


def _number(expr: pl.Expr, dtype: pl.DataType) -> tuple[pl.Expr, Type]:
    """A float counts as the shortest decimal that it prints as: 0.1 is 0.1."""
    if dtype.is_integer():
        found = Type("number", scale=0)
        return expr.cast(found.dtype), found
    if isinstance(dtype, pl.Decimal):
        found = Type("number", scale=dtype.scale or 0)
        return expr.cast(found.dtype), found
    if dtype.is_float():
        return expr.cast(pl.String).str.to_decimal(scale=SCALE).cast(pl.Decimal(DIGITS, SCALE)), Type("number")
    raise _WrongTypeError


def _structure(expr: pl.Expr, dtype: pl.Struct, declared: Type) -> tuple[pl.Expr, Type]:
    there = {field.name: _plain(field.dtype) for field in dtype.fields}
    wanted = declared.fields if declared.kind == "structure" else tuple((name, Type("any")) for name in there)
    parts: dict[str, pl.Expr] = {}
    types = []
    for name, type_ in wanted:
        if name not in there:
            raise _WrongTypeError
        parts[name], found = _column(expr.struct.field(name), there[name], type_)
        types.append((name, found))
    packed = pl.struct([part.alias(name) for name, part in parts.items()])
    return pl.when(expr.is_not_null()).then(packed), Type("structure", fields=tuple(types))


def _no_lost_numbers(inputs: Sequence[Input], frame: pl.DataFrame, made: pl.DataFrame) -> None:
    """A float that is no finite number, or too big for a column, is refused and does not turn into null."""
    for place, one in enumerate(inputs):
        if frame.schema[one.name].is_float():
            lost = made[f"in{place}"].is_null() & frame[one.name].is_not_null()
            if lost.any():
                row = int(lost.arg_max() or 0) + 1
                sentence = t("“{name}”不是可以精确保存的数", "“{name}” is not a number that can be kept exactly").fill(name=one.name)
                raise Refused.of([Problem("decision_input_type", one.name, sentence, row=row)])


# --- rows


def frame_of(inputs: Sequence[Input], rows: Sequence[Mapping[str, Any]]) -> tuple[pl.DataFrame, dict[str, Type]]:
    """Rows of Python or JSON values as columns; what is not an input is left out.

    JSON spellings are read by the declared type: ``2024-01-31``, ``PT2H``, ``P1Y``, a number as text. Refused with every row (from 1)
    and input that is missing or of the wrong type.
    """
    problems: list[Problem] = []
    columns = {}
    types = {}
    for place, one in enumerate(inputs):
        values = []
        for number, row in enumerate(rows, 1):
            value = None
            try:
                value = feel_value(row[one.name], one.type)
            except KeyError:
                problems.append(_missing(one, number))
            except (_WrongTypeError, FeelError):
                sentence = t("“{name}”应为{type}", "“{name}” should be a {type}").fill(name=one.name, type=one.type.label)
                problems.append(Problem("decision_input_type", one.name, sentence, row=number))
            values.append(value)
        if len(problems) >= _MAX_PROBLEMS:
            break
        if not problems:
            types[one.name] = _type_of(values, one.type)
            columns[f"in{place}"] = _series(values, types[one.name], one)
    if problems:
        raise Refused.of(problems[:_MAX_PROBLEMS])
    return pl.DataFrame(columns) if columns else pl.DataFrame({"row": [0] * len(rows)}), types


def _series(values: Sequence[Any], type_: Type, one: Input) -> pl.Series:
    try:
        return series_of(values, type_)
    except (FeelError, pl.exceptions.PolarsError, OverflowError, TypeError, ValueError) as error:
        sentence = t("“{name}”的各行不能一起精确保存", "the rows of “{name}” cannot be kept exactly together").fill(name=one.name)
        raise Refused("decision_input_type", sentence, one.name) from error


def _type_of(values: Sequence[Any], declared: Type) -> Type:
    try:
        found = common([literal_type(value) for value in values])
        return _merged(found, declared)
    except FeelError as error:
        raise Refused("decision_input_type", error.reason) from error


def _merged(found: Type, declared: Type) -> Type:
    """What the values need, where they are all null what is declared."""
    if found.kind == "null":
        return declared if declared.known else NULL
    if found.kind == "structure" and declared.fields:
        there = dict(found.fields)
        return Type("structure", fields=tuple((name, _merged(there.get(name, NULL), part)) for name, part in declared.fields))
    if found.kind == "list" and declared.item:
        return Type("list", item=_merged(found.item or NULL, declared.item))
    return found


def feel_value(value: Any, declared: Type) -> Any:
    """A Python or JSON value as a FEEL value of the declared type. _WrongTypeError or FeelError if it is none."""
    if value is None:
        return None
    if declared.kind == "any":
        return _guessed(value)
    if declared.kind == "list":
        return [feel_value(item, declared.item or Type("any")) for item in _of(value, list, tuple)]
    if declared.kind == "structure":
        there = _of(value, dict)
        return {name: feel_value(there.get(name), part) for name, part in declared.fields}
    return _READERS[declared.kind](value)


def _of(value: Any, *types: type) -> Any:
    if not isinstance(value, types):
        raise _WrongTypeError
    return value


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise _WrongTypeError
    if isinstance(value, str) and NUMBER.fullmatch(value) is None:
        raise _WrongTypeError
    found = Decimal(repr(value) if isinstance(value, float) else value)
    if not found.is_finite() or (found and abs(found.adjusted()) > DIGITS):
        raise _WrongTypeError
    literal_type(found)
    return found


def _text(value: Any) -> str:
    """A text that can be stored: half of a surrogate pair cannot."""
    found: str = _of(value, str)
    try:
        found.encode()
    except UnicodeEncodeError as error:
        raise _WrongTypeError from error
    return found


def _date(value: Any) -> date:
    if isinstance(value, datetime):
        raise _WrongTypeError
    return value if isinstance(value, date) else parse_date(_of(value, str))


def _instant(value: Any) -> datetime:
    found = value if isinstance(value, datetime) else parse_instant(_of(value, str))
    return found.astimezone(UTC) if found.tzinfo is not None else found


def _duration(value: Any) -> timedelta:
    found = value if isinstance(value, timedelta) else parse_duration(_of(value, str))
    return _of(found, timedelta)  # type: ignore[no-any-return]


def _months(value: Any) -> Months:
    found = value if isinstance(value, Months) else parse_duration(_of(value, str))
    return _of(found, Months)  # type: ignore[no-any-return]


_READERS: dict[str, Callable[[Any], Any]] = {
    "number": _decimal,
    "string": _text,
    "boolean": lambda value: _of(value, bool),
    "date": _date,
    "time": lambda value: value if isinstance(value, time) else parse_time(_of(value, str)),
    "date and time": _instant,
    "days and time duration": _duration,
    "years and months duration": _months,
}


def _guessed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _guessed(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_guessed(item) for item in value]
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return _decimal(value)
    if isinstance(value, str):
        return _text(value)
    return _instant(value) if isinstance(value, datetime) else value
