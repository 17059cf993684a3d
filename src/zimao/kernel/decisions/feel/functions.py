"""The built-in functions of FEEL on single values (DMN 1.3, 10.3.4), exact numbers with 34 digits.

A null argument gives null. Arguments of a wrong type or number raise FeelError: a table that holds such a call is refused
when it is loaded and not found out by a citizen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any

from zimao.kernel.decisions.feel.syntax import FeelError
from zimao.kernel.decisions.feel.temporal import Months, parse_date, parse_duration, parse_instant, parse_time
from zimao.kernel.text import t

__all__ = ["CONTEXT", "FUNCTIONS", "NUMBER_OPERATIONS", "Function", "function_named"]

CONTEXT = Context(prec=34, rounding=ROUND_HALF_EVEN, Emax=6144, Emin=-6143, traps=[DivisionByZero, InvalidOperation, Overflow])
_PLACES = 6176


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


@dataclass(frozen=True, slots=True)
class Function:
    """One built-in: its parameter names, the types they take, and the result. ``numeric``: numbers in, a number out."""

    parameters: tuple[str, ...]
    types: tuple[type | tuple[type, ...], ...]
    body: Callable[..., Any]
    numeric: bool = False
    variadic: bool = False


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
    "not": Function(("negand",), (bool,), lambda negand: not negand),
    "abs": Function(("n",), (_N,), CONTEXT.abs, numeric=True),
    "sqrt": Function(("number",), (_N,), CONTEXT.sqrt, numeric=True),
    "floor": Function(("n", "scale"), (_N, _N), _round(ROUND_FLOOR), numeric=True),
    "ceiling": Function(("n", "scale"), (_N, _N), _round(ROUND_CEILING), numeric=True),
    "decimal": Function(("n", "scale"), (_N, _N), _round(ROUND_HALF_EVEN), numeric=True),
    "round half up": Function(("n", "scale"), (_N, _N), _round(ROUND_HALF_UP), numeric=True),
    "modulo": Function(("dividend", "divisor"), (_N, _N), _modulo, numeric=True),
    "min": Function(("list",), (_N,), lambda *items: min(items), numeric=True, variadic=True),
    "max": Function(("list",), (_N,), lambda *items: max(items), numeric=True, variadic=True),
    "sum": Function(("list",), (_N,), _sum, numeric=True, variadic=True),
    "mean": Function(("list",), (_N,), _mean, numeric=True, variadic=True),
    "string length": Function(("string",), (_S,), lambda string: Decimal(len(string))),
    "upper case": Function(("string",), (_S,), lambda string: string.upper()),
    "lower case": Function(("string",), (_S,), lambda string: string.lower()),
    "contains": Function(("string", "match"), (_S, _S), lambda string, match: match in string),
    "starts with": Function(("string", "match"), (_S, _S), lambda string, match: string.startswith(match)),
    "ends with": Function(("string", "match"), (_S, _S), lambda string, match: string.endswith(match)),
    "substring": Function(("string", "start position", "length"), (_S, _N, _N), _substring),
    "date": Function(("from", "month", "day"), ((_S, date, datetime, _N), _N, _N), _date),
    "time": Function(("from",), ((_S, datetime),), _time),
    "date and time": Function(("from", "time"), ((_S, date, datetime), time), _date_and_time),
    "duration": Function(("from",), (_S,), parse_duration),
    "years and months duration": Function(("from", "to"), (_D, _D), _months_between),
    "number": Function(("from",), (_S,), lambda source: Decimal(source)),
}


def function_named(name: str, count: int) -> Function:
    """The built-in ``name`` for a call with ``count`` arguments. FeelError if there is none or the number does not fit."""
    function = FUNCTIONS.get(name)
    if function is None:
        raise FeelError(t("没有名为“{name}”的函数", "there is no function named “{name}”").fill(name=name))
    if count == 0 or (count > len(function.parameters) and not function.variadic):
        raise FeelError(t("函数“{name}”的参数个数不对", "wrong number of arguments for “{name}”").fill(name=name))
    return function


