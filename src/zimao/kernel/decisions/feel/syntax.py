"""The syntax tree of FEEL, as far as decision tables and literal expressions need it (DMN 1.3, clauses 9 and 10.3.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from zimao.kernel.text import Text

__all__ = [
    "ANY",
    "Binary",
    "Call",
    "Compare",
    "Equal",
    "FeelError",
    "If",
    "In",
    "ListOf",
    "Literal",
    "Name",
    "Negative",
    "Node",
    "Path",
    "Range",
    "Test",
    "Truth",
    "UnaryTests",
    "children",
    "names_in",
    "substitute",
]


class FeelError(Exception):
    """A text is not FEEL, or its types do not fit. ``reason`` says why in both languages; who catches it adds the place."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.en)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: Decimal, str, bool, date, datetime, time, timedelta, Months or None."""

    value: Any


@dataclass(frozen=True, slots=True)
class Name:
    """A variable of the scope."""

    name: str


@dataclass(frozen=True, slots=True)
class Path:
    """``base.name``: a component of a structure or a property of a date."""

    base: Node
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A built-in function or a business knowledge model; ``keys`` are the parameter names of a call by name."""

    function: str
    arguments: tuple[Node, ...]
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Negative:
    """``-operand``."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Binary:
    """``left op right``; op is one of + - * / ** = != < <= > >= and or."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class If:
    """``if test then yes else no``."""

    test: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class ListOf:
    """``[item, item]``."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """An interval; a closed end belongs to it."""

    low: Node
    high: Node
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True, slots=True)
class Compare:
    """The unary test ``op bound``."""

    op: str
    bound: Node


@dataclass(frozen=True, slots=True)
class Equal:
    """The unary test of a bare value: the input equals it, or is in it if it is a list."""

    value: Node


@dataclass(frozen=True, slots=True)
class Truth:
    """The unary test of an expression over ``?``, the input's value."""

    condition: Node


@dataclass(frozen=True, slots=True)
class UnaryTests:
    """One cell of a decision table: any of ``tests``, or none of them if ``negated``; no tests at all is ``-``."""

    tests: tuple[Test, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class In:
    """``value in tests``, also ``value between low and high``."""

    value: Node
    tests: UnaryTests


Node = Literal | Name | Path | Call | Negative | Binary | If | ListOf | Range | In
Test = Compare | Range | Equal | Truth
ANY = UnaryTests(())


def children(node: Node | Test) -> tuple[Node, ...]:  # noqa: PLR0911 - one line a kind of node
    """The direct parts of a node or a test, in reading order."""
    match node:
        case Path(base, _):
            return (base,)
        case Call(_, arguments, _):
            return arguments
        case Negative(part) | Compare(_, part) | Equal(part) | Truth(part):
            return (part,)
        case Binary(_, left, right):
            return (left, right)
        case Range(low, high, _, _):
            return (low, high)
        case If(test, yes, no):
            return (test, yes, no)
        case ListOf(items):
            return items
        case In(value, tests):
            return (value, *(part for test in tests.tests for part in children(test)))
    return ()


def names_in(node: Node | Test) -> Iterator[str]:
    """Every variable that the node reads."""
    if isinstance(node, Name):
        yield node.name
    for part in children(node):
        yield from names_in(part)


def substitute(node: Node, values: Mapping[str, Node]) -> Node:  # noqa: PLR0911 - one line a kind of node
    """The node with each variable in ``values`` put in its place: how an invocation without side effects is inlined."""
    match node:
        case Name(name):
            return values.get(name, node)
        case Path(base, _):
            return replace(node, base=substitute(base, values))
        case Call(_, arguments, _):
            return replace(node, arguments=tuple(substitute(part, values) for part in arguments))
        case Negative(operand):
            return Negative(substitute(operand, values))
        case Binary(op, left, right):
            return Binary(op, substitute(left, values), substitute(right, values))
        case If(test, yes, no):
            return If(substitute(test, values), substitute(yes, values), substitute(no, values))
        case ListOf(items):
            return ListOf(tuple(substitute(item, values) for item in items))
        case Range(low, high, _, _):
            return replace(node, low=substitute(low, values), high=substitute(high, values))
        case In(value, tests):
            return In(substitute(value, values), replace(tests, tests=tuple(_in_test(test, values) for test in tests.tests)))
    return node


def _in_test(test: Test, values: Mapping[str, Node]) -> Test:
    match test:
        case Compare(op, bound):
            return Compare(op, substitute(bound, values))
        case Equal(value):
            return Equal(substitute(value, values))
        case Truth(condition):
            return Truth(substitute(condition, values))
    return replace(test, low=substitute(test.low, values), high=substitute(test.high, values))
