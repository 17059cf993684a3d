"""What a DMN file says, parsed and checked: inputs, decisions, tables and their rules. Nothing of Polars or Django is in here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zimao.kernel.decisions.feel.syntax import Node, UnaryTests
from zimao.kernel.decisions.types import Type
from zimao.kernel.errors import Missing
from zimao.kernel.text import Text, t

__all__ = ["AGGREGATORS", "HIT_POLICIES", "Decision", "Finding", "Input", "InputClause", "Model", "OutputClause", "Rule", "Table"]

HIT_POLICIES: dict[str, Text] = {
    "UNIQUE": t("唯一（U）", "Unique (U)"),
    "ANY": t("任一（A）", "Any (A)"),
    "PRIORITY": t("优先（P）", "Priority (P)"),
    "FIRST": t("首条（F）", "First (F)"),
    "RULE ORDER": t("按规则顺序（R）", "Rule order (R)"),
    "OUTPUT ORDER": t("按输出顺序（O）", "Output order (O)"),
    "COLLECT": t("收集（C）", "Collect (C)"),
}
AGGREGATORS: dict[str, Text] = {
    "SUM": t("求和", "sum"),
    "MIN": t("最小", "minimum"),
    "MAX": t("最大", "maximum"),
    "COUNT": t("计数", "count"),
}


@dataclass(frozen=True, slots=True)
class Input:
    """One input datum: its variable ``name``, ``type``, ``label``, and the tests its value must pass (``allowed``)."""

    id: str
    name: str
    type: Type
    label: str
    allowed: UnaryTests | None = None
    allowed_text: str = ""


@dataclass(frozen=True, slots=True)
class InputClause:
    """One input column of a table. ``text`` is what is tested; ``allowed`` are its inputValues."""

    label: str
    text: str
    node: Node
    type: Type
    allowed: UnaryTests | None = None
    allowed_text: str = ""


@dataclass(frozen=True, slots=True)
class OutputClause:
    """One output column: ``values`` in order of priority, ``default`` when no rule matches (None if there is none)."""

    name: str
    label: str
    type: Type
    values: tuple[Any, ...] = ()
    default: Node | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of a table; ``number`` counts from 1. ``source`` is its legal source, ``reason`` its wording for people."""

    id: str
    number: int
    tests: tuple[UnaryTests, ...]
    test_texts: tuple[str, ...]
    outputs: tuple[Node, ...]
    output_texts: tuple[str, ...]
    source: str = ""
    reason: Text | None = None
    annotations: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table."""

    hit_policy: str
    aggregator: str
    inputs: tuple[InputClause, ...]
    outputs: tuple[OutputClause, ...]
    rules: tuple[Rule, ...]

    @property
    def many(self) -> bool:
        """Whether the result is a list."""
        return not self.aggregator and self.hit_policy in ("RULE ORDER", "OUTPUT ORDER", "COLLECT")


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision: a table or a literal expression over ``inputs`` and other ``decisions`` (names of their variables)."""

    id: str
    name: str
    label: str
    inputs: tuple[str, ...]
    decisions: tuple[str, ...]
    table: Table | None = None
    expression: Node | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a table: ``kind`` is overlap, gap, unreachable or unchecked.

    ``rules`` are the ids of the rules involved; ``example`` is a row by text of the input columns that shows it.
    """

    kind: str
    decision: str
    rules: tuple[str, ...]
    example: Mapping[str, Any]
    sentence: Text


@dataclass(frozen=True)
class Model:
    """A DMN file. ``decisions`` come in an order in which each stands after those that it needs."""

    name: str
    inputs: dict[str, Input]
    decisions: dict[str, Decision]
    sha256: str
    findings: tuple[Finding, ...] = ()
    plans: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def decision(self, name: str) -> Decision:
        """The decision of that name or id. Missing if there is none."""
        found = self.decisions.get(name) or next((one for one in self.decisions.values() if one.id == name), None)
        if found is None:
            raise Missing("decision", t("没有名为“{name}”的决策", "There is no decision named “{name}”").fill(name=name), "decision")
        return found

    def needed(self, decision: Decision) -> tuple[Decision, ...]:
        """The decision with all that it needs, itself last."""
        names: set[str] = {decision.name}
        for one in reversed(self.decisions.values()):
            if one.name in names:
                names.update(one.decisions)
        return tuple(one for one in self.decisions.values() if one.name in names)

    def inputs_of(self, decision: Decision) -> tuple[Input, ...]:
        """The input data that the decision needs, directly or through others, in file order."""
        names = {name for one in self.needed(decision) for name in one.inputs}
        return tuple(one for one in self.inputs.values() if one.name in names)
