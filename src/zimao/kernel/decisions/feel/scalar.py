"""FEEL on single values: what folds the constants of a table, and the reference that the column code is tested against.

Null is None. As in FEEL, arithmetic on null or outside the range of numbers is null, ``and`` / ``or`` are ternary, and an order
between null and anything is null. Mixed types raise FeelError.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, DecimalException
from typing import Any

from zimao.kernel.decisions.feel.functions import NUMBER_OPERATIONS, Function, function_named
from zimao.kernel.decisions.feel.syntax import (
    Binary,
    Call,
    Compare,
    Equal,
    FeelError,
    If,
    In,
    ListOf,
    Literal,
    Name,
    Negative,
    Node,
    Path,
    Range,
    Test,
    UnaryTests,
    names_in,
)
from zimao.kernel.decisions.feel.temporal import Months
from zimao.kernel.text import Text, t

__all__ = ["KINDS", "add_months", "call", "evaluate", "fold", "kind_of", "matches"]

KINDS: dict[str, Text] = {
    "number": t("数字", "number"),
    "string": t("字符串", "string"),
    "boolean": t("布尔值", "boolean"),
    "date": t("日期", "date"),
    "time": t("时间", "time"),
    "date and time": t("日期时间", "date and time"),
    "days and time duration": t("天时长", "days and time duration"),
    "years and months duration": t("年月时长", "years and months duration"),
    "list": t("列表", "list"),
    "structure": t("结构", "structure"),
}
_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (Decimal, "number"),
    (str, "string"),
    (datetime, "date and time"),
    (date, "date"),
    (time, "time"),
    (timedelta, "days and time duration"),
    (Months, "years and months duration"),
    (list, "list"),
    (dict, "structure"),
)
Values = Mapping[str, Any]


def kind_of(value: Any) -> str:
    """The FEEL type of a value; ``null`` for None."""
    return next((kind for type_, kind in _TYPES if isinstance(value, type_)), "null")


def mixed(left: str, right: str) -> FeelError:
    """The error of an operation between two types that do not go together."""
    return FeelError(
        t("{left}与{right}不能这样运算", "{left} and {right} do not go together").fill(
            left=KINDS.get(left, t("空值", "null")), right=KINDS.get(right, t("空值", "null"))
        )
    )


def fold(node: Node) -> Node:
    """A literal if the node reads no variable, else the node as it is."""
    if isinstance(node, Literal | ListOf | Range) or any(True for _ in names_in(node)):
        return node
    return Literal(evaluate(node, {}))


def evaluate(node: Node, values: Values) -> Any:  # noqa: PLR0911 - one line a kind of node
    """The value of an expression for one set of inputs. FeelError for a type error or an unknown function."""
    match node:
        case Literal(value):
            return value
        case Name(name):
            return values[name]
        case Path(base, name):
            return _component(evaluate(base, values), name)
        case Negative(operand):
            return _minus(evaluate(operand, values))
        case Binary(op, left, right):
            return _binary(op, evaluate(left, values), evaluate(right, values))
        case If(test, yes, no):
            return evaluate(yes if evaluate(test, values) is True else no, values)
        case ListOf(items):
            return [evaluate(item, values) for item in items]
        case In(value, tests):
            return matches(tests, evaluate(value, values), values)
        case Call(function, arguments, keys):
            return call(function_named(function, len(arguments)), [evaluate(part, values) for part in arguments], keys)
    raise FeelError(t("区间只能用于测试", "an interval may only be tested against"))


def call(function: Function, arguments: list[Any], keys: tuple[str, ...] = ()) -> Any:
    """A built-in called by place or by name; null if an argument is null. FeelError for a wrong type."""
    if function.variadic and len(arguments) == 1 and isinstance(arguments[0], list):
        arguments = arguments[0]
    if any(argument is None for argument in arguments) or not arguments:
        return None
    types = function.types * len(arguments) if function.variadic else function.types
    arguments = function.placed(arguments, keys)
    for argument, type_ in zip(arguments, types, strict=False):
        if not isinstance(argument, type_) or (isinstance(argument, bool) and type_ is not bool):
            raise FeelError(t("函数的参数类型不对：{value}", "wrong type of argument: {value}").fill(value=argument))
    try:
        return function.body(*arguments)
    except DecimalException:
        return None


def matches(tests: UnaryTests, value: Any, values: Values) -> bool | None:
    """Whether ``value`` passes the tests of a cell: true, false or null (which counts as no match)."""
    if not tests.tests:
        return True
    found = [_test(test, value, values) for test in tests.tests]
    verdict = True if True in found else None if None in found else False
    return _negated(verdict) if tests.negated else verdict


def _negated(verdict: bool | None) -> bool | None:
    return None if verdict is None else not verdict


def _test(test: Test, value: Any, values: Values) -> bool | None:
    match test:
        case Compare(op, bound):
            found = _binary(op, value, evaluate(bound, values))
        case Equal(node):
            other = evaluate(node, values)
            found = any(_equal(value, item) for item in other) if isinstance(other, list) else _equal(value, other)
        case Range(low, high, low_closed, high_closed):
            above = _binary(">=" if low_closed else ">", value, evaluate(low, values))
            below = _binary("<=" if high_closed else "<", value, evaluate(high, values))
            found = _logic("and", above, below)
        case _:
            found = evaluate(test.condition, {**values, "?": value})
    return found if isinstance(found, bool) else None


def _binary(op: str, left: Any, right: Any) -> Any:
    if op in ("and", "or"):
        return _logic(op, left, right)
    if op in ("=", "!="):
        return _equal(left, right) is (op == "=")
    if op in ("<", "<=", ">", ">="):
        return _ordered(op, left, right)
    return _arithmetic(op, left, right)


def _logic(op: str, left: Any, right: Any) -> bool | None:
    decisive = op == "or"
    pair = [side if isinstance(side, bool) else None for side in (left, right)]
    if decisive in pair:
        return decisive
    return None if None in pair else not decisive


def _equal(left: Any, right: Any) -> bool:
    if left is None or right is None:
        return left is right
    if kind_of(left) != kind_of(right):
        raise mixed(kind_of(left), kind_of(right))
    return bool(left == right)


def _ordered(op: str, left: Any, right: Any) -> bool | None:
    if left is None or right is None:
        return None
    if kind_of(left) != kind_of(right) or isinstance(left, bool | list | dict):
        raise mixed(kind_of(left), kind_of(right))
    try:
        return bool({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[op])
    except TypeError:  # an instant in UTC and a local one have no order
        return None


def _arithmetic(op: str, left: Any, right: Any) -> Any:
    if left is None or right is None:
        return None
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        try:
            return NUMBER_OPERATIONS[op](left, right)
        except DecimalException:
            return None
    if op == "+" and isinstance(left, str) and isinstance(right, str):
        return left + right
    return _temporal(op, left, right)


def _minus(value: Any) -> Any:
    if isinstance(value, Months):
        return Months(-value.count)
    return -value if isinstance(value, timedelta) else _arithmetic("-", Decimal(0), value)


def _temporal(op: str, left: Any, right: Any) -> Any:
    if op == "+" and isinstance(right, date) and not isinstance(left, date):
        left, right = right, left
    if isinstance(left, Months) and isinstance(right, Months) and op in ("+", "-"):
        return Months(left.count + right.count if op == "+" else left.count - right.count)
    try:
        return _shifted(op, left, right)
    except (OverflowError, TypeError, ValueError):  # beyond the years 1 to 9999, or an instant in UTC and a local one
        return None


def _shifted(op: str, left: Any, right: Any) -> Any:
    days = (date, timedelta)
    if op in ("+", "-") and isinstance(left, date) and isinstance(right, Months):
        return add_months(left, right.count if op == "+" else -right.count)
    if op == "+" and isinstance(left, days) and isinstance(right, timedelta):
        return left + right
    if op == "-" and isinstance(left, days) and kind_of(left) == kind_of(right):
        return left - right
    if op == "-" and isinstance(left, days) and isinstance(right, timedelta):
        return left - right
    raise mixed(kind_of(left), kind_of(right))


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or its last day if it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in range(day.day, 27, -1):
        try:
            return day.replace(year=year, month=month + 1, day=number)
        except ValueError:
            continue
    return day.replace(year=year, month=month + 1)


def _component(base: Any, name: str) -> Any:
    if base is None:
        return None
    if isinstance(base, dict):
        return base.get(name)
    if name in ("year", "month", "day", "hour", "minute", "second") and isinstance(base, date | time):
        return Decimal(getattr(base, name))
    raise FeelError(t("没有名为“{name}”的成员", "there is no component named “{name}”").fill(name=name))
