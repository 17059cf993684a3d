"""Overlaps, gaps and unreachable rules of a table, each with an example row.

A column is cut at the constants of its cells; within a piece all cells answer alike, so one point stands for it and the check is
exact. Columns count as independent: where an input is another decision's result, an example may never come about. Null is not tried.
The effort is bounded; what was not looked at is a finding of kind ``unchecked``. Cells that read other variables or ``?`` are not cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from zimao.kernel.decisions.feel.scalar import matches
from zimao.kernel.decisions.feel.syntax import UnaryTests
from zimao.kernel.decisions.model import Finding, Rule, Table
from zimao.kernel.decisions.points import is_cut, points_of
from zimao.kernel.decisions.speech import spoken
from zimao.kernel.text import Text, t

__all__ = ["MOST_GAPS", "MOST_OVERLAPS", "analyse_table"]

MOST_OVERLAPS = 50
MOST_GAPS = 10
_PAIRS = 300_000
_VISITS = 100_000


class _TooMuchError(Exception):
    """The table is too large to be looked at completely."""


@dataclass(frozen=True, slots=True)
class _Column:
    """One input expression: its ``points``, and for each the bits of the rules that accept it."""

    text: str
    points: tuple[Any, ...]
    accepting: tuple[int, ...]


def analyse_table(decision: str, table: Table) -> list[Finding]:
    """The findings of one table. Gaps are looked for unless every output has a default."""
    return _Analysis(decision, table).findings()


class _Analysis:
    def __init__(self, decision: str, table: Table) -> None:
        self.decision = decision
        self.table = table
        self.rules = table.rules
        self.uncut = [rule for rule in self.rules if not all(map(is_cut, rule.tests))]
        self.columns = [self._column(text) for text in dict.fromkeys(clause.text for clause in table.inputs)]
        self.visits = 0

    def findings(self) -> list[Finding]:
        """In the order overlap, gap, unreachable, unchecked."""
        found: list[Finding] = []
        partly = bool(self.uncut)
        for look in (self._overlaps, self._gaps, self._unreachable):
            try:
                found += look()
            except _TooMuchError:
                partly = True
        if partly:
            ids = tuple(rule.id for rule in self.uncut)
            sentence = t(
                "表过大，或有单元格引用其他变量，未能完整检查重叠与空缺",
                "the table is too large, or a cell reads other variables: overlaps and gaps were not checked completely",
            )
            found.append(Finding("unchecked", self.decision, ids, {}, sentence))
        return found

    def _column(self, text: str) -> _Column:
        """The column of an expression; clauses with the same expression are one column, whose cells must all pass."""
        places = [place for place, clause in enumerate(self.table.inputs) if clause.text == text]
        cells = [rule.tests[place] for rule in self.rules for place in places if is_cut(rule.tests[place])]
        allowed = [
            clause.allowed for place in places if (clause := self.table.inputs[place]).allowed is not None and is_cut(clause.allowed)
        ]
        points = points_of(self.table.inputs[places[0]].type.kind, cells, allowed)
        return _Column(text, points, tuple(self._accepting(point, places) for point in points))

    def _accepting(self, point: Any, places: Sequence[int]) -> int:
        bits = 0
        for at, rule in enumerate(self.rules):
            if all(_passes(rule.tests[place], point) for place in places):
                bits |= 1 << at
        return bits

    def _example(self, chosen: Sequence[Any]) -> dict[str, Any]:
        return {column.text: point for column, point in zip(self.columns, chosen, strict=False)}

    # --- overlaps

    def _overlaps(self) -> list[Finding]:
        if self.table.hit_policy not in ("UNIQUE", "ANY"):
            return []
        found: list[Finding] = []
        skipped = {rule.id for rule in self.uncut}
        pairs = combinations([(at, rule) for at, rule in enumerate(self.rules) if rule.id not in skipped], 2)
        for number, ((one_at, one), (other_at, other)) in enumerate(pairs):
            if number > _PAIRS or len(found) >= MOST_OVERLAPS:
                return self._overlap_rest(found)
            if self.table.hit_policy == "ANY" and one.outputs == other.outputs:
                continue
            both = 1 << one_at | 1 << other_at
            chosen = self._common(both)
            if chosen is not None:
                found.append(self._overlap(one, other, chosen))
        return found

    def _overlap_rest(self, found: list[Finding]) -> list[Finding]:
        sentence = t("规则过多，其余重叠未检查", "there are too many rules: further overlaps were not looked for")
        return [*found, Finding("unchecked", self.decision, (), {}, sentence)]

    def _common(self, rules: int) -> list[Any] | None:
        """A row that all these rules accept; None if there is none."""
        chosen = []
        for column in self.columns:
            point = next((at for at, bits in enumerate(column.accepting) if bits & rules == rules), None)
            if point is None:
                return None
            chosen.append(column.points[point])
        return chosen

    def _overlap(self, one: Rule, other: Rule, chosen: Sequence[Any]) -> Finding:
        example = self._example(chosen)
        sentence = t("规则{one}与规则{other}重叠，例如 {row}", "rules {one} and {other} overlap, for instance {row}")
        return Finding(
            "overlap", self.decision, (one.id, other.id), example, _say(sentence, one=one.number, other=other.number, example=example)
        )

    # --- gaps

    def _gaps(self) -> list[Finding]:
        if self.uncut or all(output.default is not None for output in self.table.outputs):
            return []
        found = []
        everything = (1 << len(self.rules)) - 1
        for chosen in self._uncovered(everything, [list(range(len(column.points))) for column in self.columns]):
            example = self._example(chosen)
            sentence = t("没有规则适用于 {row}", "no rule applies to {row}")
            found.append(Finding("gap", self.decision, (), example, _say(sentence, example=example)))
            if len(found) >= MOST_GAPS:
                break
        return found

    def _uncovered(self, rules: int, allowed: Sequence[Sequence[int]]) -> Iterator[list[Any]]:
        """Rows within ``allowed`` (places of points by column) that none of the rules accepts, one for each way of missing them."""
        covered: set[tuple[int, int]] = set()

        def below(at: int, left: int, chosen: list[Any]) -> Iterator[list[Any]]:
            if not left:
                yield chosen + [column.points[places[0]] for column, places in zip(self.columns[at:], allowed[at:], strict=True)]
                return
            if at == len(self.columns) or (at, left) in covered:
                return
            self.visits += 1
            if self.visits > _VISITS:
                raise _TooMuchError
            column, found = self.columns[at], False
            for rest, place in _ways(left, column, allowed[at]):
                for row in below(at + 1, rest, [*chosen, column.points[place]]):
                    found = True
                    yield row
            if not found:
                covered.add((at, left))

        return below(0, rules, [])

    # --- unreachable rules

    def _unreachable(self) -> list[Finding]:
        """Rules that accept no allowed row, and under first those whose rows all go to earlier ones."""
        found = []
        skipped = {rule.id for rule in self.uncut}
        for at, rule in enumerate(self.rules):
            if rule.id in skipped:
                continue
            own = [[place for place, bits in enumerate(column.accepting) if bits >> at & 1] for column in self.columns]
            before = (1 << at) - 1 if self.table.hit_policy == "FIRST" and not self.uncut else 0
            if not all(own) or (before and next(self._uncovered(before, own), None) is None):
                sentence = t("规则{number}永远不会适用", "rule {number} can never apply").fill(number=rule.number)
                found.append(Finding("unreachable", self.decision, (rule.id,), {}, sentence))
        return found


def _ways(rules: int, column: _Column, allowed: Sequence[int]) -> Iterator[tuple[int, int]]:
    """What is left of the rules, with the first place where: once for each set, but for each separate run of pieces that none accepts."""
    seen: set[int] = set()
    before = -1
    for place in allowed:
        left = rules & column.accepting[place]
        if (left and left not in seen) or (not left and before != 0):
            yield left, place
        seen.add(left)
        before = left


def _passes(tests: UnaryTests, point: Any) -> bool:
    return not is_cut(tests) or matches(tests, point, {}) is True


def _say(sentence: Text, *, example: dict[str, Any], **numbers: object) -> Text:
    parts = [f"{name} = {spoken(value)}" for name, value in example.items()]
    return sentence.fill(row=Text("，".join(parts), ", ".join(parts)) if parts else t("任何输入", "any input"), **numbers)
