"""Where the cells of a column cut its values, and one value for each piece."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from zimao.kernel.decisions.feel.functions import CONTEXT
from zimao.kernel.decisions.feel.parser import INPUT
from zimao.kernel.decisions.feel.scalar import fold, kind_of, matches
from zimao.kernel.decisions.feel.syntax import Compare, Equal, ListOf, Literal, Node, Range, Test, Truth, UnaryTests, names_in
from zimao.kernel.decisions.feel.temporal import Months

__all__ = ["is_cut", "points_of"]

_OTHER = "其他"


def is_cut(tests: UnaryTests) -> bool:
    """Whether the cell compares with constants only. Words may only be equal or not: an order of words has no pieces."""
    return not any(isinstance(test, Truth) or any(True for _ in names_in(test)) or _orders_words(test) for test in tests.tests)


def _orders_words(test: Test) -> bool:
    if isinstance(test, Equal) or (isinstance(test, Compare) and test.op in ("=", "!=")):
        return False
    return any(isinstance(value, str) for value in _constants(test))


def _constants(test: Test) -> Iterator[Any]:
    nodes: tuple[Node, ...]
    match test:
        case Compare(_, bound):
            nodes = (bound,)
        case Equal(ListOf(items)):
            nodes = items
        case Equal(value):
            nodes = (value,)
        case Range(low, high, _, _):
            nodes = (low, high)
        case _:
            nodes = ()
    for node in nodes:
        found = fold(node)
        if isinstance(found, Literal):
            yield found.value


def points_of(kind: str, cells: Iterable[UnaryTests], allowed: Sequence[UnaryTests]) -> tuple[Any, ...]:
    """A value for each piece that the cells and the allowed values cut, of those that are allowed."""
    values = {value for tests in (*cells, *allowed) for test in tests.tests for value in _constants(test) if value is not None}
    kind = kind if kind != "any" else next((kind_of(value) for value in values), "any")
    found = _pieces(kind, sorted(value for value in values if kind_of(value) == kind))
    return tuple(point for point in found if all(matches(tests, point, {INPUT: point}) is True for tests in allowed))


def _pieces(kind: str, cuts: list[Any]) -> list[Any]:
    if kind == "boolean":
        return [True, False]
    if kind == "string":
        other = _OTHER
        while other in cuts:
            other += "'"
        return [*cuts, other]
    if not cuts:
        return [_FIRST.get(kind)]
    between, below, above = _STEPS[kind]
    found = [below(cuts[0])]
    for low, high in zip(cuts, [*cuts[1:], None], strict=True):
        found += [low, between(low, high) if high is not None else above(low)]
    return list(dict.fromkeys(point for point in found if point is not None))


def _between_numbers(low: Decimal, high: Decimal) -> Decimal:
    whole = Decimal(int(low) + 1)
    return whole if low < whole < high else CONTEXT.divide(CONTEXT.add(low, high), Decimal(2))


def _later(day: Any, step: timedelta) -> Any:
    try:
        return day + step
    except OverflowError:
        return None


def _between_days(low: date, high: date) -> date | None:
    return low + timedelta(days=1) if (high - low).days > 1 else None


def _between_months(low: Months, high: Months) -> Months | None:
    return Months(low.count + 1) if high.count - low.count > 1 else None


def _between_times(low: time, high: time) -> time | None:
    middle = (_microseconds(low) + _microseconds(high)) // 2
    return _clock(middle) if middle > _microseconds(low) else None


def _microseconds(at: time) -> int:
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1_000_000 + at.microsecond


def _clock(microseconds: int) -> time | None:
    last = 86_400_000_000
    return (datetime(2000, 1, 1) + timedelta(microseconds=microseconds)).time() if 0 <= microseconds < last else None  # noqa: DTZ001 - a clock


_DAY, _SECOND, _MICRO = timedelta(days=1), timedelta(seconds=1), timedelta(microseconds=1)
_STEPS: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Any], Any], Callable[[Any], Any]]] = {
    "number": (_between_numbers, lambda first: first - 1, lambda last: last + 1),
    "date": (_between_days, lambda first: _later(first, -_DAY), lambda last: _later(last, _DAY)),
    "date and time": (
        lambda low, high: low + (high - low) / 2 if high - low > _MICRO else None,
        lambda first: _later(first, -_SECOND),
        lambda last: _later(last, _SECOND),
    ),
    "time": (_between_times, lambda first: _clock(_microseconds(first) - 1), lambda last: _clock(_microseconds(last) + 1)),
    "days and time duration": (
        lambda low, high: low + (high - low) / 2 if high - low > _MICRO else None,
        lambda first: first - _SECOND,
        lambda last: last + _SECOND,
    ),
    "years and months duration": (_between_months, lambda first: Months(first.count - 1), lambda last: Months(last.count + 1)),
}
_FIRST: dict[str, Any] = {
    "number": Decimal(0),
    "date": date(2000, 1, 1),
    "date and time": datetime(2000, 1, 1),  # noqa: DTZ001 - a local instant of FEEL
    "time": time(),
    "days and time duration": timedelta(0),
    "years and months duration": Months(0),
}
