"""FEEL trees to Polars expressions.

Comparisons, logic, tests, text and sums are native expressions. What has no exact native form (division, powers, products beyond the
scale, calendar arithmetic) goes through ``exact``: the same values row by row with 34 digits. Both give what feel.scalar gives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any

import polars as pl

from zimao.kernel.decisions.exact import rowwise
from zimao.kernel.decisions.feel.functions import function_named
from zimao.kernel.decisions.feel.parser import INPUT
from zimao.kernel.decisions.feel.scalar import fold, mixed
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
    Truth,
    UnaryTests,
    names_in,
)
from zimao.kernel.decisions.types import DIGITS, NULL, SCALE, Type, common, literal_type, series_of, to_column
from zimao.kernel.text import t

__all__ = ["Column", "Scope", "cast", "constant", "expression", "tested"]

_ORDERS: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
_TEXT: dict[str, Callable[..., pl.Expr]] = {
    "contains": lambda text, part: text.str.contains(part, literal=True),
    "starts with": lambda text, part: text.str.starts_with(part),
    "ends with": lambda text, part: text.str.ends_with(part),
}
_PROPERTIES = {"year", "month", "day", "hour", "minute", "second"}
_OF_DATE = {"year", "month", "day"}
_NULL_TEST = Type("boolean")


@dataclass(frozen=True, slots=True)
class Column:
    """An expression and the type of its values."""

    expr: pl.Expr
    type: Type


Scope = Mapping[str, Column]


def constant(value: Any, type_: Type | None = None) -> Column:
    """A constant as a column of ``type_`` (its own type if not given)."""
    found = type_ or literal_type(value)
    if value is None:
        return Column(pl.lit(None, dtype=found.dtype), found)
    if found.kind in ("list", "structure"):
        return Column(pl.lit(series_of([value], found)).first(), found)
    return Column(pl.lit(to_column(value), dtype=found.dtype), found)


def cast(column: Column, type_: Type) -> pl.Expr:
    """The column's expression as ``type_``, which must hold its values."""
    return column.expr if column.type.dtype == type_.dtype else column.expr.cast(type_.dtype)


def expression(node: Node, scope: Scope) -> Column:  # noqa: C901, PLR0911 - one line a kind of node
    """The column of an expression. FeelError if its types do not fit or it is not S-FEEL."""
    node = fold(node)
    match node:
        case Literal(value):
            return constant(value)
        case Name(name):
            return scope[name]
        case Path(base, name):
            return _component(expression(base, scope), name, node, scope)
        case Binary("and" | "or" as op, left, right):
            return _logic(op, expression(left, scope), expression(right, scope))
        case Binary("=" | "!=" as op, left, right):
            equal = _equal(expression(left, scope), expression(right, scope))
            return Column(equal if op == "=" else ~equal, _NULL_TEST)
        case Binary("<" | "<=" | ">" | ">=" as op, left, right):
            return Column(_ordered(op, expression(left, scope), expression(right, scope)), _NULL_TEST)
        case Binary() | Negative():
            return _arithmetic(node, scope)
        case If(test, yes, no):
            return _choice(expression(test, scope), expression(yes, scope), expression(no, scope))
        case In(value, tests):
            return Column(tested(tests, expression(value, scope), scope), _NULL_TEST)
        case Call():
            return _call(node, scope)
    raise FeelError(t("区间和列表只能用于测试", "an interval or a list may only be tested against"))


def _component(base: Column, name: str, node: Node, scope: Scope) -> Column:
    if base.type.kind == "structure":
        found = dict(base.type.fields).get(name)
        if found is not None:
            return Column(base.expr.struct.field(name), found)
    kind = base.type.kind
    if name in _PROPERTIES and (
        kind == "date and time" or (kind == "time" and name not in _OF_DATE) or (kind == "date" and name in _OF_DATE)
    ):
        part: pl.Expr = getattr(base.expr.dt, name)()
        return Column(part.cast(pl.Decimal(DIGITS, 0)), Type("number", scale=0))
    if kind == "null":
        return constant(None)
    raise FeelError(t("没有名为“{name}”的成员", "there is no component named “{name}”").fill(name=name))


def _truth(column: Column) -> pl.Expr:
    """In and / or, what is not boolean counts as null."""
    return column.expr if column.type.kind == "boolean" else pl.lit(None, dtype=pl.Boolean)


def _logic(op: str, left: Column, right: Column) -> Column:
    return Column((and_ if op == "and" else or_)(_truth(left), _truth(right)), _NULL_TEST)


def _comparable(left: Column, right: Column) -> None:
    if "null" not in (left.type.kind, right.type.kind) and left.type.kind != right.type.kind:
        raise mixed(left.type.kind, right.type.kind)


def _equal(left: Column, right: Column) -> pl.Expr:
    """Never null: null equals null and nothing else."""
    _comparable(left, right)
    if right.type.kind == "null":
        return left.expr.is_null()
    if left.type.kind == "null":
        return right.expr.is_null()
    if left.type.utc != right.type.utc:
        return left.expr.is_null() & right.expr.is_null()
    type_ = common((left.type, right.type))
    return cast(left, type_).eq_missing(cast(right, type_))


def _ordered(op: str, left: Column, right: Column) -> pl.Expr:
    _comparable(left, right)
    if "null" in (left.type.kind, right.type.kind) or left.type.utc != right.type.utc:
        return pl.lit(None, dtype=pl.Boolean)
    if left.type.kind in ("boolean", "list", "structure"):
        raise mixed(left.type.kind, right.type.kind)
    type_ = common((left.type, right.type))
    return _ORDERS[op](cast(left, type_), cast(right, type_))


def _choice(test: Column, yes: Column, no: Column) -> Column:
    if test.type.kind not in ("boolean", "null"):
        raise FeelError(t("if 的条件应为布尔值", "the condition of if must be boolean"))
    type_ = common((yes.type, no.type))
    return Column(pl.when(_truth(test)).then(cast(yes, type_)).otherwise(cast(no, type_)), type_)


# --- tests of a cell


def tested(tests: UnaryTests, value: Column, scope: Scope) -> pl.Expr:
    """Whether ``value`` passes the tests: true, false or null. FeelError if a test does not fit the value's type."""
    if not tests.tests:
        return pl.lit(True)
    words = _words(tests.tests, value)
    if words is not None:
        found = value.expr.is_in(words).fill_null(False)
    else:
        found = reduce(or_, [_test(test, value, {**scope, INPUT: value}) for test in tests.tests])
    return ~found if tests.negated else found


def _words(tests: tuple[Test, ...], value: Column) -> list[str] | None:
    """The texts of a cell that lists nothing else: one look-up instead of a comparison each."""
    if value.type.kind != "string" or len(tests) < 2:
        return None
    words = [test.value.value for test in tests if isinstance(test, Equal) and isinstance(test.value, Literal)]
    return words if len(words) == len(tests) and all(isinstance(word, str) for word in words) else None


def _test(test: Test, value: Column, scope: Scope) -> pl.Expr:
    match test:
        case Compare("=" | "!=" as op, bound):
            equal = _equal(value, expression(bound, scope))
            return equal if op == "=" else ~equal
        case Compare(op, bound):
            return _ordered(op, value, expression(bound, scope))
        case Equal(ListOf(items)):
            return reduce(or_, [_equal(value, expression(item, scope)) for item in items], pl.lit(False))
        case Equal(node):
            return _equal_or_in(value, expression(node, scope))
        case Range(low, high, low_closed, high_closed):
            above = _ordered(">=" if low_closed else ">", value, expression(low, scope))
            return above & _ordered("<=" if high_closed else "<", value, expression(high, scope))
        case Truth(condition):
            return _truth(expression(condition, scope))
    raise FeelError(t("不是单元格测试", "not a test of a cell"))


def _equal_or_in(value: Column, other: Column) -> pl.Expr:
    if other.type.kind != "list":
        return _equal(value, other)
    _comparable(value, Column(other.expr, other.type.item or NULL))
    return other.expr.list.contains(value.expr, nulls_equal=True).fill_null(False)


# --- numbers, text, time


def _arithmetic(node: Binary | Negative, scope: Scope) -> Column:
    op, left, right = ("-", Literal(None), node.operand) if isinstance(node, Negative) else (node.op, node.left, node.right)
    sides = (expression(left, scope), expression(right, scope))
    if isinstance(node, Negative):
        sides = (Column(pl.lit(0), Type("number", scale=0)) if sides[1].type.kind == "number" else sides[1], sides[1])
    kinds = {side.type.kind for side in sides}
    if kinds == {"string"} and op == "+":
        return Column(sides[0].expr + sides[1].expr, sides[0].type)
    if kinds == {"number"}:
        return _number(op, sides) or rowwise_column(node, scope, Type("number"))
    if "null" in kinds:
        return constant(None)
    return rowwise_column(node, scope, _temporal(op, sides[0].type, sides[1].type, negative=isinstance(node, Negative)))


def _number(op: str, sides: tuple[Column, Column]) -> Column | None:
    """Sums and short products, exact; an overflow beyond 38 digits is an error of the run and not a wrong number."""
    left, right = sides
    scale = left.type.scale + right.type.scale
    if op == "*" and scale <= SCALE:
        return Column(left.expr.cast(pl.Decimal(DIGITS, scale)) * right.expr, Type("number", scale=scale))
    if op in ("+", "-"):
        type_ = Type("number", scale=max(left.type.scale, right.type.scale))
        ours, theirs = left.expr.cast(type_.dtype), right.expr.cast(type_.dtype)
        return Column(ours + theirs if op == "+" else ours - theirs, type_)
    return None


def _temporal(op: str, left: Type, right: Type, *, negative: bool) -> Type:
    durations = ("days and time duration", "years and months duration")
    dates = ("date", "date and time")
    if left.kind in durations and left.kind == right.kind and op in ("+", "-"):
        return left
    if left.kind in dates and right.kind in durations and op in ("+", "-") and not negative:
        return left
    if left.kind in durations and right.kind in dates and op == "+":
        return right
    if left.kind in dates and left == right and op == "-" and not negative:
        return Type("days and time duration")
    raise mixed(left.kind, right.kind)


def _call(node: Call, scope: Scope) -> Column:
    function = function_named(node.function, len(node.arguments))
    arguments = [expression(part, scope) for part in node.arguments]
    function.check([argument.type.kind for argument in arguments], [(argument.type.item or NULL).kind for argument in arguments], node.keys)
    if "null" in {argument.type.kind for argument in arguments}:
        return constant(None)
    if node.function == "duration" or (node.function == "date and time" and arguments[0].type.kind == "string"):
        raise FeelError(t("“{name}”的文字参数必须是常量", "the text given to “{name}” must be a constant").fill(name=node.function))
    exprs = [argument.expr for argument in arguments]
    if node.function == "not":
        return Column(~exprs[0], _NULL_TEST)
    if node.function in _TEXT and not node.keys:
        return Column(_TEXT[node.function](*exprs), _NULL_TEST)
    return rowwise_column(node, scope, Type(function.result))


def rowwise_column(node: Node, scope: Scope, type_: Type) -> Column:
    """The node calculated row by row from the variables that it reads."""
    used = {name: scope[name] for name in sorted(set(names_in(node)))}
    return Column(rowwise(node, {name: (column.expr, column.type) for name, column in used.items()}, type_), type_)
