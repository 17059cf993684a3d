"""The built-in functions of FEEL on single values (DMN 1.3, 10.3.4), exact numbers with 34 digits.

A null argument gives null. Arguments of a wrong type or number raise FeelError: a table that holds such a call is refused
when it is loaded and not found out by a citizen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any

from zimao.kernel.decisions.feel.syntax import FeelError
from zimao.kernel.decisions.feel.temporal import Months, parse_date, parse_duration, parse_instant, parse_time
from zimao.kernel.text import t

__all__ = ["CONTEXT", "FUNCTIONS", "NUMBER", "NUMBER_OPERATIONS", "Function", "function_named"]

CONTEXT = Context(prec=34, rounding=ROUND_HALF_EVEN, Emax=6144, Emin=-6143, traps=[DivisionByZero, InvalidOperation, Overflow])
_PLACES = 6176
NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def _power(base: Decimal, exponent: Decimal) -> Decimal:
    if base == 0 and exponent == 0:
        return Decimal(1)
    return CONTEXT.power(base, exponent)


NUMBER_OPERATIONS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": CONTEXT.add,
    "-": CONTEXT.subtract,
    "*": CONTEXT.multiply,
    "/": CONTEXT.divide,
    "**": _power,
}


_KINDS: dict[str, type] = {
    "boolean": bool,
    "number": Decimal,
    "string": str,
    "date": date,
    "date and time": datetime,
    "time": time,
    "days and time duration": timedelta,
    "years and months duration": Months,
    "list": list,
    "structure": dict,
}


@dataclass(frozen=True, slots=True)
class Function:
    """One built-in: its parameter names, the types they take, the kind of its result."""

    parameters: tuple[str, ...]
    types: tuple[type | tuple[type, ...], ...]
    body: Callable[..., Any]
    result: str
    variadic: bool = False
    optional: int = 0

    def placed(self, arguments: Sequence[Any], keys: tuple[str, ...]) -> list[Any]:
        """The arguments in the order of the parameters. FeelError for a name that is no parameter or is given twice."""
        if not keys:
            return list(arguments)
        order = [self.parameters.index(key) for key in keys if key in self.parameters]
        if len(order) != len(keys) or sorted(order) != list(range(len(keys))):
            raise FeelError(t("函数没有这样的参数名", "the function has no such parameter name"))
        return [arguments[order.index(place)] for place in range(len(order))]

    def check(self, kinds: Sequence[str], items: Sequence[str], keys: tuple[str, ...] = ()) -> None:
        """FeelError if arguments of these kinds (``items``: the kinds within lists) do not fit; null fits everywhere."""
        if self.variadic and len(kinds) == 1 and kinds[0] == "list":
            kinds = [items[0]]
        kinds = self.placed(kinds, keys)
        types = self.types * len(kinds) if self.variadic else self.types
        for kind, allowed in zip(kinds, types, strict=False):
            classes = allowed if isinstance(allowed, tuple) else (allowed,)
            if kind != "null" and _KINDS.get(kind) not in classes:
                raise FeelError(t("函数的参数类型不对：{kind}", "wrong type of argument: {kind}").fill(kind=kind))


def _round(rounding: str) -> Callable[..., Decimal]:
    def rounded(n: Decimal, scale: Decimal = Decimal(0)) -> Decimal:
        if scale != scale.to_integral_value() or abs(scale) > _PLACES:
            raise InvalidOperation
        wide = Context(prec=80, Emax=CONTEXT.Emax, Emin=CONTEXT.Emin, traps=[InvalidOperation])
        return n.quantize(Decimal(1).scaleb(-int(scale)), rounding=rounding, context=wide)

    return rounded


def _modulo(dividend: Decimal, divisor: Decimal) -> Decimal:
    whole = CONTEXT.divide(dividend, divisor).to_integral_value(ROUND_FLOOR)
    return CONTEXT.subtract(dividend, CONTEXT.multiply(divisor, whole))


def _mean(*list_: Decimal) -> Decimal:
    return CONTEXT.divide(_sum(*list_), Decimal(len(list_)))


def _number(source: str) -> Decimal:
    """Digits with a point, as FEEL writes a number: no NaN, no infinity, no underscore."""
    if NUMBER.fullmatch(source) is None:
        raise InvalidOperation
    return CONTEXT.create_decimal(source)


def _sum(*list_: Decimal) -> Decimal:
    total = Decimal(0)
    for item in list_:
        total = CONTEXT.add(total, item)
    return total


def _substring(text: str, start: Decimal, length: Decimal | None = None) -> str | None:
    first = int(start)
    if first == 0 or (length is not None and length < 1):
        return None
    begin = first - 1 if first > 0 else max(len(text) + first, 0)
    return text[begin:] if length is None else text[begin : begin + int(length)]


def _date(source: date | datetime | str | Decimal, month: Decimal | None = None, day: Decimal | None = None) -> date:
    if isinstance(source, Decimal):
        if month is None or day is None:
            raise FeelError(t("date() 需要年、月、日三个数", "date() needs year, month and day"))
        return parse_date(f"{int(source):04d}-{int(month):02d}-{int(day):02d}")
    if isinstance(source, datetime):
        return source.date()
    return source if isinstance(source, date) else parse_date(source)


def _time(source: str | datetime) -> time:
    return source.time() if isinstance(source, datetime) else parse_time(source)


def _date_and_time(source: str | date, at: time | None = None) -> datetime:
    if isinstance(source, str):
        return parse_instant(source)
    return datetime.combine(source, at or time())


def _months_between(first: date, last: date) -> Months:
    months = (last.year - first.year) * 12 + last.month - first.month
    if months > 0 and last.day < first.day:
        return Months(months - 1)
    return Months(months + 1 if months < 0 and last.day > first.day else months)


_N, _S, _D = Decimal, str, (date, datetime)
FUNCTIONS: dict[str, Function] = {
    "not": Function(("negand",), (bool,), lambda negand: not negand, "boolean"),
    "abs": Function(("n",), (_N,), CONTEXT.abs, "number"),
    "sqrt": Function(("number",), (_N,), CONTEXT.sqrt, "number"),
    "floor": Function(("n", "scale"), (_N, _N), _round(ROUND_FLOOR), "number", optional=1),
    "ceiling": Function(("n", "scale"), (_N, _N), _round(ROUND_CEILING), "number", optional=1),
    "decimal": Function(("n", "scale"), (_N, _N), _round(ROUND_HALF_EVEN), "number"),
    "round half up": Function(("n", "scale"), (_N, _N), _round(ROUND_HALF_UP), "number"),
    "modulo": Function(("dividend", "divisor"), (_N, _N), _modulo, "number"),
    "min": Function(("list",), (_N,), lambda *items: min(items), "number", variadic=True),
    "max": Function(("list",), (_N,), lambda *items: max(items), "number", variadic=True),
    "sum": Function(("list",), (_N,), _sum, "number", variadic=True),
    "mean": Function(("list",), (_N,), _mean, "number", variadic=True),
    "string length": Function(("string",), (_S,), lambda string: Decimal(len(string)), "number"),
    "upper case": Function(("string",), (_S,), lambda string: string.upper(), "string"),
    "lower case": Function(("string",), (_S,), lambda string: string.lower(), "string"),
    "contains": Function(("string", "match"), (_S, _S), lambda string, match: match in string, "boolean"),
    "starts with": Function(("string", "match"), (_S, _S), lambda string, match: string.startswith(match), "boolean"),
    "ends with": Function(("string", "match"), (_S, _S), lambda string, match: string.endswith(match), "boolean"),
    "substring": Function(("string", "start position", "length"), (_S, _N, _N), _substring, "string", optional=1),
    "date": Function(("from", "month", "day"), ((_S, date, datetime, _N), _N, _N), _date, "date", optional=2),
    "time": Function(("from",), ((_S, datetime),), _time, "time"),
    "date and time": Function(("from", "time"), ((_S, date, datetime), time), _date_and_time, "date and time", optional=1),
    "duration": Function(("from",), (_S,), parse_duration, "duration"),
    "years and months duration": Function(("from", "to"), (_D, _D), _months_between, "years and months duration"),
    "number": Function(("from",), (_S,), _number, "number"),
}


def function_named(name: str, count: int) -> Function:
    """The built-in ``name`` for a call with ``count`` arguments. FeelError if there is none or the number does not fit."""
    function = FUNCTIONS.get(name)
    if function is None:
        raise FeelError(t("没有名为“{name}”的函数", "there is no function named “{name}”").fill(name=name))
    most = len(function.parameters)
    if count == 0 or not (function.variadic or most - function.optional <= count <= most):
        raise FeelError(t("函数“{name}”的参数个数不对", "wrong number of arguments for “{name}”").fill(name=name))
    return function
