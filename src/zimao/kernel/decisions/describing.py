"""A model, its findings and its outcomes as plain data: what the API answers and the command line prints."""

from __future__ import annotations

from typing import Any

from zimao.kernel.decisions.model import Decision, Finding, Model
from zimao.kernel.decisions.running import Outcome
from zimao.kernel.decisions.speech import plain
from zimao.kernel.text import Text

__all__ = ["as_data", "finding_data", "last_decision", "outcome_data"]


def last_decision(model: Model) -> str:
    """The decision that no other one needs; the last in the file if there are several."""
    needed = {name for one in model.decisions.values() for name in one.decisions}
    return [name for name in model.decisions if name not in needed][-1]


def _words(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def as_data(model: Model) -> dict[str, Any]:
    """The whole model."""
    inputs = [{"name": one.name, "label": one.label, "type": one.type.kind, "allowed": one.allowed_text} for one in model.inputs.values()]
    return {
        "model": model.name,
        "sha256": model.sha256,
        "inputs": inputs,
        "decisions": [_decision(one) for one in model.decisions.values()],
        "findings": [finding_data(one) for one in model.findings],
    }


def _decision(one: Decision) -> dict[str, Any]:
    found: dict[str, Any] = {"name": one.name, "label": one.label, "needs": [*one.inputs, *one.decisions], "expression": one.text}
    if one.table is None:
        return found
    rules = [
        {
            "id": rule.id,
            "number": rule.number,
            "inputs": list(rule.test_texts),
            "outputs": list(rule.output_texts),
            "source": rule.source,
            "reason": _words(rule.reason) if rule.reason else None,
            "annotations": dict(rule.annotations),
        }
        for rule in one.table.rules
    ]
    return found | {
        "hit_policy": one.table.hit_policy,
        "aggregation": one.table.aggregator,
        "inputs": [clause.text for clause in one.table.inputs],
        "outputs": [output.name for output in one.table.outputs],
        "rules": rules,
    }


def finding_data(one: Finding) -> dict[str, Any]:
    """One finding with its example."""
    return {
        "kind": one.kind,
        "decision": one.decision,
        "rules": list(one.rules),
        "example": plain(dict(one.example)),
        "sentence": _words(one.sentence),
    }


def outcome_data(outcome: Outcome) -> dict[str, Any]:
    """One outcome; ``conflict``: a table on the way contradicts itself for this row, and its result is null."""
    return {
        "outputs": plain(outcome.outputs),
        "rules": outcome.rules,
        "sources": outcome.sources,
        "reasons": [_words(reason) for reason in outcome.reasons],
        "conflict": outcome.conflict,
    }
