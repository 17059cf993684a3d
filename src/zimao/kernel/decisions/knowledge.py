"""Business knowledge models: functions without side effects, so a call is the body with the arguments put in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from zimao.kernel.decisions.feel.syntax import (
    Binary,
    Call,
    Compare,
    Equal,
    FeelError,
    If,
    In,
    ListOf,
    Negative,
    Node,
    Path,
    Range,
    Test,
    Truth,
    children,
    substitute,
)
from zimao.kernel.text import t

__all__ = ["Function", "inlined"]

_DEPTH = 8
_NODES = 5000


@dataclass(frozen=True, slots=True)
class Function:
    """A knowledge model's parameters and its body."""

    parameters: tuple[str, ...]
    body: Node


def inlined(node: Node, functions: Mapping[str, Function], depth: int = 0) -> Node:
    """The node without calls of ``functions``. FeelError for wrong arguments, recursion, or a result that grows too big."""
    if depth > _DEPTH:
        raise FeelError(t("业务知识模型嵌套过深或递归", "knowledge models are nested too deeply or call themselves"))
    if not functions:
        return node
    found = _written(node, functions, depth)
    if _size(found) > _NODES:
        raise FeelError(t("业务知识模型展开后过大", "the knowledge models written out are too long"))
    return found


def _written(node: Node, functions: Mapping[str, Function], depth: int) -> Node:  # noqa: C901, PLR0911 - one line a kind of node
    def again(part: Node) -> Node:
        return inlined(part, functions, depth)

    match node:
        case Call(name, arguments, keys) if name in functions:
            function = functions[name]
            values = _bound(name, function, tuple(again(part) for part in arguments), keys)
            return inlined(substitute(function.body, values), functions, depth + 1)
        case Call(_, arguments, _):
            return replace(node, arguments=tuple(again(part) for part in arguments))
        case Path(base, _):
            return replace(node, base=again(base))
        case Negative(operand):
            return Negative(again(operand))
        case Binary(op, left, right):
            return Binary(op, again(left), again(right))
        case If(test, yes, no):
            return If(again(test), again(yes), again(no))
        case ListOf(items):
            return ListOf(tuple(again(item) for item in items))
        case Range(low, high, _, _):
            return replace(node, low=again(low), high=again(high))
        case In(value, tests):
            return In(again(value), replace(tests, tests=tuple(_test(test, functions, depth) for test in tests.tests)))
    return node


def _test(test: Test, functions: Mapping[str, Function], depth: int) -> Test:
    match test:
        case Compare(op, bound):
            return Compare(op, inlined(bound, functions, depth))
        case Equal(value):
            return Equal(inlined(value, functions, depth))
        case Truth(condition):
            return Truth(inlined(condition, functions, depth))
    return replace(test, low=inlined(test.low, functions, depth), high=inlined(test.high, functions, depth))


def _bound(name: str, function: Function, arguments: tuple[Node, ...], keys: tuple[str, ...]) -> dict[str, Node]:
    names = keys or function.parameters
    if len(arguments) != len(function.parameters) or sorted(names) != sorted(function.parameters):
        raise FeelError(t("函数“{name}”的参数不对", "wrong arguments for “{name}”").fill(name=name))
    return dict(zip(names, arguments, strict=True))


def _size(node: Node | Test) -> int:
    return 1 + sum(_size(part) for part in children(node))
