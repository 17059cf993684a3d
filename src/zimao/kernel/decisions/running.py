"""Decisions over frames and over single rows, through the same plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from zimao.kernel.decisions.incoming import columns_of, frame_of
from zimao.kernel.decisions.model import Model, Rule
from zimao.kernel.decisions.plans import Plan, Step, plan_for
from zimao.kernel.decisions.tabular import Check
from zimao.kernel.decisions.types import to_feel
from zimao.kernel.errors import Problem, Refused
from zimao.kernel.text import Text, t

__all__ = ["Outcome", "Reached", "decide", "decide_rows", "evaluate", "value_of"]

_MAX_PROBLEMS = 100
_CELLS = 60_000_000
"""Rows times columns of one batch: bounds the memory of a run whatever the size of the frame."""


@dataclass(frozen=True, slots=True)
class Reached:
    """The rules of one table on the way that matched, in the order in which they count.

    ``conflict``: more rules match than a unique table allows, or rules of an any table with different outputs; its result is null.
    """

    decision: str
    rules: tuple[Rule, ...]
    conflict: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided and why.

    ``outputs`` by output name; ``value`` is the same as FEEL sees it (one value, a structure, a list). ``rules``, ``sources`` and
    ``reasons`` are of the decision's own table, a rule without source or reason left out; ``steps`` has every table on the way.
    """

    outputs: dict[str, Any]
    value: Any
    rules: list[str]
    sources: list[str]
    reasons: list[Text]
    steps: tuple[Reached, ...]

    @property
    def conflict(self) -> bool:
        """Whether a table on the way was contradictory for this row."""
        return any(step.conflict for step in self.steps)


def decide(model: Model, decision: str, inputs: Mapping[str, Any]) -> Outcome:
    """The outcome for one set of inputs. Refused for a missing input, a wrong type or a value that is not allowed; Missing."""
    return decide_rows(model, decision, [inputs])[0]


def value_of(model: Model, decision: str, inputs: Mapping[str, Any]) -> Any:
    """The value as FEEL sees it; unlike ``decide``, an input that is not allowed counts as null, as the standard has it."""
    found = model.decision(decision)
    frame, types = frame_of(model.inputs_of(found), [inputs])
    plan = plan_for(model, found, types)
    row = _run(plan, frame, strict=False).row(0, named=True)
    return to_feel(row[plan.value.expr.meta.output_name()], plan.value.type)


def decide_rows(model: Model, decision: str, rows: Sequence[Mapping[str, Any]]) -> list[Outcome]:
    """The outcome of each row; a refusal lists every bad row, counted from 1."""
    found = model.decision(decision)
    frame, types = frame_of(model.inputs_of(found), rows)
    plan = plan_for(model, found, types)
    own = found.name if found.table else ""
    made = _run(plan, frame, strict=True)
    return [_outcome(plan, row, own) for row in made.iter_rows(named=True)]


def evaluate(model: Model, decision: str, frame: pl.DataFrame, *, strict: bool = True) -> pl.DataFrame:
    """The frame with a column for each output, and for a table ``<decision>.rule`` (``<decision>.rules``, a list, if many may count).

    A unique or any table adds ``<decision>.hits``, the number of matching rules: where it is above 1 and the rule is null, the table
    contradicts itself for that row. Refused if an input column is missing or of another type, if a new column is there already, and,
    when ``strict``, with the rows whose values are not allowed; not strict, such a value counts as null (DMN 1.3, 7.3.3).
    """
    found = model.decision(decision)
    columns, types = columns_of(model.inputs_of(found), frame)
    plan = plan_for(model, found, types)
    made = _run(plan, columns, strict=strict)
    outputs = [column.expr.alias(name) for name, column in plan.outputs]
    if found.table is not None:
        own = plan.steps[-1]
        outputs.append(pl.col(own.rules).alias(f"{found.name}.{'rules' if own.many else 'rule'}"))
        outputs += [pl.col(own.hits).alias(f"{found.name}.hits")] if own.hits else []
    added = made.select(outputs)
    clash = [name for name in added.columns if name in frame.columns]
    if clash:
        sentence = t("列“{name}”已经存在", "there is a column “{name}” already").fill(name=clash[0])
        raise Refused("decision_column_taken", sentence, clash[0])
    return frame.hstack(added)


def _run(plan: Plan, frame: pl.DataFrame, *, strict: bool) -> pl.DataFrame:
    size = max(_CELLS // max(plan.width, 1), 10_000)
    if frame.height <= size:
        return _batch(plan, frame, 0, strict=strict)
    kept = [*(name for _, column in plan.outputs for name in column.expr.meta.root_names()), *(_kept(step) for step in plan.steps)]
    names = list(dict.fromkeys(name for group in kept for name in ([group] if isinstance(group, str) else group)))
    return pl.concat(_batch(plan, frame.slice(start, size), start, strict=strict).select(names) for start in range(0, frame.height, size))


def _kept(step: Step) -> list[str]:
    return [step.rules, *([step.hits] if step.hits else [])]


def _batch(plan: Plan, frame: pl.DataFrame, start: int, *, strict: bool) -> pl.DataFrame:
    checks = dict(plan.checks)
    try:
        for number, stage in enumerate(plan.stages):
            if strict and number in checks:
                _refuse_disallowed(frame, checks[number], start)
            frame = frame.with_columns(stage)
    except (pl.exceptions.PolarsError, OverflowError) as error:
        raise Refused(
            "decision_number_too_large", t("数字超出可精确计算的范围", "A number is too large to be calculated exactly")
        ) from error
    return frame


def _refuse_disallowed(frame: pl.DataFrame, checks: tuple[Check, ...], start: int) -> None:
    passed = frame.select(check.passed.alias(str(place)) for place, check in enumerate(checks))
    problems = []
    for place, check in enumerate(checks):
        column = passed[str(place)]
        if column.all():
            continue
        for row in (~column).arg_true().head(_MAX_PROBLEMS):
            sentence = t("“{name}”的值不在允许范围内：{text}", "the value of “{name}” is not allowed; allowed is {text}")
            problem = Problem("decision_not_allowed", check.column, sentence.fill(name=check.column, text=check.text), row=start + row + 1)
            problems.append(problem)
    if problems:
        raise Refused.of(problems[:_MAX_PROBLEMS])


def _outcome(plan: Plan, row: Mapping[str, Any], own: str) -> Outcome:
    steps = tuple(_reached(step, row) for step in plan.steps)
    rules = next((step.rules for step in reversed(steps) if step.decision == own), ())
    value = to_feel(row[plan.value.expr.meta.output_name()], plan.value.type)
    return Outcome(
        outputs=dict(_outputs(plan, value)),
        value=value,
        rules=[rule.id for rule in rules],
        sources=[rule.source for rule in rules if rule.source],
        reasons=[rule.reason for rule in rules if rule.reason is not None],
        steps=steps,
    )


def _outputs(plan: Plan, value: Any) -> Iterator[tuple[str, Any]]:
    names = [name for name, _ in plan.outputs]
    if len(names) == 1:
        yield names[0], value
        return
    for name in names:
        if isinstance(value, list):
            yield name, [item[name] for item in value]
        else:
            yield name, None if value is None else value[name]


def _reached(step: Step, row: Mapping[str, Any]) -> Reached:
    table = step.decision.table
    assert table is not None
    by_id = {rule.id: rule for rule in table.rules}
    ids = row[step.rules]
    listed = ids or [] if step.many else [ids] if ids is not None else []
    conflict = bool(step.hits) and row[step.hits or ""] > 0 and not listed
    return Reached(step.decision.name, tuple(by_id[one] for one in listed), conflict)
