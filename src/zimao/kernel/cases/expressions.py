"""The conditions on a diagram's flows: they compare, compute and combine routing facts, and can do nothing else.

One reading of an expression serves the engine, the schedule and the lab. No calls, no attributes, no subscripts: a diagram that
somebody uploads holds no program.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

__all__ = ["Condition", "ExpressionError", "Fact", "Facts", "Undecided", "condition"]

Fact = str | bool | int
Facts = Mapping[str, Fact]
Condition = Callable[[Facts], Any]


class ExpressionError(ValueError):
    """The text is not an expression that a diagram may hold."""


class Undecided(ExpressionError):  # noqa: N818 - a state of knowledge, not a fault
    """A condition names a fact that nobody has given yet."""


_OPERATORS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda item, items: item in items,
    ast.NotIn: lambda item, items: item not in items,
}
_SIGNS: dict[type[ast.AST], Callable[[Any], Any]] = {ast.Not: operator.not_, ast.USub: operator.neg}


@lru_cache(maxsize=4096)
def condition(expression: str) -> Condition:
    """``expression`` as a function of the facts, built once.

    Allowed: names, constants, lists, comparisons, ``and``/``or``/``not``, ``+ - *``. Raises ExpressionError for anything else, when
    built; the function raises Undecided when a name is not among the facts.
    """
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
    except SyntaxError as error:
        raise ExpressionError(f"not an expression: {expression!r}") from error
    return _built(tree)


def _built(tree: ast.expr) -> Condition:
    match tree:
        case ast.Constant(value):
            return lambda facts: value
        case ast.Name(name):
            return lambda facts: _fact(facts, name)
        case ast.BinOp(left, sign, right) | ast.Compare(left, [sign], [right]) if type(sign) in _OPERATORS:
            apply, one, other = _OPERATORS[type(sign)], _built(left), _built(right)
            return lambda facts: apply(one(facts), other(facts))
        case ast.UnaryOp(sign, operand) if type(sign) in _SIGNS:
            change, inner = _SIGNS[type(sign)], _built(operand)
            return lambda facts: change(inner(facts))
        case ast.BoolOp(ast.And() | ast.Or() as sign, values):
            return _joined(all if isinstance(sign, ast.And) else any, values)
        case ast.List(elements) | ast.Tuple(elements):
            return _joined(list, elements)
    raise ExpressionError(f"not allowed in an expression: {ast.dump(tree)[:80]}")


def _joined(together: Callable[[Iterator[Any]], Any], trees: Sequence[ast.expr]) -> Condition:
    parts = [_built(tree) for tree in trees]
    return lambda facts: together(part(facts) for part in parts)


def _fact(facts: Facts, name: str) -> Fact:
    try:
        return facts[name]
    except KeyError:
        raise Undecided(name) from None
