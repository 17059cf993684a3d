"""Row-by-row calculation inside a column expression, for what Polars has no exact native form of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal, DecimalException
from typing import Any

import polars as pl

from zimao.kernel.decisions.feel.scalar import evaluate
from zimao.kernel.decisions.feel.syntax import FeelError, Node
from zimao.kernel.decisions.types import DIGITS, Type, to_column, to_feel

__all__ = ["rowwise"]

_CONTEXT = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)


def rowwise(node: Node, columns: Mapping[str, tuple[pl.Expr, Type]], type_: Type) -> pl.Expr:
    """The value of ``node`` for each row, calculated once for equal rows of a batch; a row that has no value is null.

    A number with too many digits for the column is an OverflowError of the run.
    """
    types = {name: found for name, (_, found) in columns.items()}
    packed = pl.struct([expr.alias(f"v{place}") for place, (expr, _) in enumerate(columns.values())])
    made: pl.Expr = packed.map_batches(_batch(node, types, type_), return_dtype=type_.dtype, is_elementwise=True)
    return made


def _batch(node: Node, types: Mapping[str, Type], type_: Type) -> Callable[[pl.Series], pl.Series]:
    def calculated(rows: pl.Series) -> pl.Series:
        known: dict[Any, Any] = {}
        found = []
        for row in rows.to_list():
            key = repr(row)
            if key not in known:
                values = {name: to_feel(part, found_type) for (name, found_type), part in zip(types.items(), row.values(), strict=True)}
                known[key] = _value(node, values, type_)
            found.append(known[key])
        return pl.Series(rows.name, found, dtype=type_.dtype)

    return calculated


def _value(node: Node, values: Mapping[str, Any], type_: Type) -> Any:
    try:
        value = evaluate(node, values)
    except FeelError:  # types were checked when the model was loaded; what is left is a text that is no date, and that is null
        return None
    return _fitted(value, type_) if isinstance(value, Decimal) else to_column(value)


def _fitted(value: Decimal, type_: Type) -> Decimal:
    try:
        return value.quantize(Decimal(1).scaleb(-type_.scale), context=_CONTEXT)
    except DecimalException as error:
        raise OverflowError(f"{value} has more digits than a column keeps") from error
