"""A decision with all that it needs, compiled for inputs of given types. The same plan runs one row and ten million."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from zimao.kernel.decisions.columns import Column, expression, tested
from zimao.kernel.decisions.feel.syntax import FeelError
from zimao.kernel.decisions.model import Decision, Input, Model
from zimao.kernel.decisions.tabular import CellError, Check, Stage, compile_table, rule_ids
from zimao.kernel.decisions.types import Type
from zimao.kernel.decisions.xml import Place

__all__ = ["Plan", "Step", "check_decision", "plan_for"]


_PLANS = 200
"""Kept compiled forms of a model: the digits of the inputs differ from call to call, and a caller must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Step:
    """A table on the way: the column with the ids of its rules that count, a list if ``many``; ``hits`` as in TablePlan."""

    decision: Decision
    rules: str
    many: bool
    hits: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """``stages`` run one after the other over a frame whose columns are the inputs ``in0``, ``in1``, … in ``inputs`` order."""

    inputs: tuple[Input, ...]
    types: tuple[Type, ...]
    checks: tuple[tuple[int, tuple[Check, ...]], ...]
    stages: tuple[tuple[pl.Expr, ...], ...]
    steps: tuple[Step, ...]
    outputs: tuple[tuple[str, Column], ...]
    value: Column
    width: int


def plan_for(model: Model, decision: Decision, types: Mapping[str, Type]) -> Plan:
    """The plan for inputs of these types, made once a model. Refused if an expression does not fit them."""
    inputs = model.inputs_of(decision)
    key = (decision.name, tuple(types[one.name] for one in inputs))
    if key not in model.plans:
        if len(model.plans) >= _PLANS:
            model.plans.clear()
        model.plans[key] = _Planner(model, decision, inputs, key[1]).plan()
    found: Plan = model.plans[key]
    return found


def check_decision(model: Model, decision: Decision) -> None:
    """Refused if the decision does not compile for its declared types; left to the run if a type is not declared."""
    inputs = model.inputs_of(decision)
    if all(one.type.known for one in inputs):
        plan_for(model, decision, {one.name: one.type for one in inputs})


class _Planner:
    def __init__(self, model: Model, decision: Decision, inputs: tuple[Input, ...], types: tuple[Type, ...]) -> None:
        self.model = model
        self.decision = decision
        self.inputs = inputs
        self.types = types
        self.scope = {one.name: Column(pl.col(f"in{place}"), type_) for place, (one, type_) in enumerate(zip(inputs, types, strict=True))}
        self.stages: list[Stage] = []
        self.checks: list[tuple[int, tuple[Check, ...]]] = []
        self.steps: list[Step] = []
        self.outputs: list[tuple[str, Column]] = []

    def plan(self) -> Plan:
        self._check_inputs()
        for number, one in enumerate(self.model.needed(self.decision)):
            place = Place("decision", one.name)
            try:
                self._decision(one, f"d{number}")
            except CellError as error:
                raise place.at(rule=error.rule, column=error.column).refused(error.reason) from error
            except FeelError as error:
                raise place.refused(error.reason) from error
        stages = tuple(tuple(stage) for stage in self.stages if stage)
        return Plan(
            inputs=self.inputs,
            types=self.types,
            checks=tuple(self.checks),
            stages=stages,
            steps=tuple(self.steps),
            outputs=tuple(self.outputs),
            value=self.scope[self.decision.name],
            width=sum(len(stage) for stage in stages),
        )

    def _check_inputs(self) -> None:
        """A value outside its allowed values is null, and a strict run refuses it before."""
        stage: Stage = []
        checks = []
        for one in self.inputs:
            column = self.scope[one.name]
            if one.allowed is None or column.type.kind in ("list", "structure"):
                continue
            try:
                passed = tested(one.allowed, column, {}).fill_null(False) | column.expr.is_null()
            except FeelError as error:
                raise Place("inputData", one.name).refused(error.reason) from error
            checks.append(Check(one.name, one.allowed_text, passed))
            stage.append(pl.when(passed).then(column.expr).alias(column.expr.meta.output_name()))
        self._stage_checks(checks)
        self.stages.append(stage)

    def _stage_checks(self, checks: list[Check]) -> None:
        if checks:
            self.checks.append((len([stage for stage in self.stages if stage]), tuple(checks)))

    def _decision(self, one: Decision, prefix: str) -> None:
        if one.table is None:
            assert one.expression is not None
            column = expression(one.expression, self.scope)
            self.stages.append([column.expr.alias(prefix)])
            self.scope[one.name] = Column(pl.col(prefix), column.type)
            self.outputs = [(one.name, self.scope[one.name])]
            return
        made = compile_table(one.table, self.scope, prefix)
        self._stage_checks(made.checks)
        rules = f"{prefix}r"
        self.stages += [*made.stages, [rule_ids(one.table, made).alias(rules)]]
        self.steps.append(Step(one, rules, made.many, made.hits))
        self.outputs = made.outputs
        assert made.value is not None
        self.scope[one.name] = made.value
