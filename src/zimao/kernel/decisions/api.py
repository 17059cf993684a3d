"""The API of decision tables: reading them is open to everybody, having rows decided needs an account."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from zimao.kernel.decisions.describing import as_data, last_decision, outcome_data
from zimao.kernel.decisions.registry import registered, registered_decision
from zimao.kernel.decisions.running import decide_rows

__all__ = ["router"]

router = Router(tags=["decisions"])
MAX_ROWS = 10_000


class Words(Schema):
    """One text in both languages."""

    zh: str
    en: str


class DecisionOut(Schema):
    """One registered file."""

    name: str
    label: Words


class InputOut(Schema):
    """One input datum; ``allowed`` are the tests that a value must pass, in FEEL."""

    name: str
    label: str
    type: str
    allowed: str


class FindingOut(Schema):
    """An overlap, a gap, a rule that can never apply, or what was not checked."""

    kind: str
    decision: str
    rules: list[str]
    example: dict[str, Any]
    sentence: Words


class ModelOut(Schema):
    """A file with its tables and what the check found."""

    model: str
    sha256: str
    inputs: list[InputOut]
    decisions: list[dict[str, Any]]
    findings: list[FindingOut]


class RowsIn(Schema):
    """Rows to be decided. Numbers may be text, so that no digit is lost; dates and durations are ISO 8601."""

    decision: str = Field("", max_length=200, description="a decision of the file; empty: the one that no other needs")
    rows: list[dict[str, Any]] = Field(max_length=MAX_ROWS)


class OutcomeOut(Schema):
    """What was decided for one row, by which rules, on which legal sources, and why. Numbers are text."""

    outputs: dict[str, Any]
    rules: list[str]
    sources: list[str]
    reasons: list[Words]
    conflict: bool = Field(description="the table contradicts itself for this row; its result is null")


class OutcomesOut(Schema):
    """The outcomes in the order of the rows, and the fingerprint of the file that decided."""

    decision: str
    sha256: str
    rows: list[OutcomeOut]


@router.get("", response=list[DecisionOut], auth=None, summary="决策表列表 Registered decisions")
def index(request: HttpRequest) -> Any:
    """Every registered decision."""
    return registered()


@router.get("/{name}", response=ModelOut, auth=None, summary="决策表 One decision file")
def one(request: HttpRequest, name: str) -> dict[str, Any]:
    """Its inputs, tables, sources, reasons and findings."""
    return as_data(registered_decision(name).model)


@router.post("/{name}/evaluate", response=OutcomesOut, summary="按决策表判断 Have rows decided")
def evaluate(request: HttpRequest, name: str, body: RowsIn) -> dict[str, Any]:
    """All rows or none: a refusal lists each bad row, counted from 1."""
    model = registered_decision(name).model
    decision = model.decision(body.decision or last_decision(model)).name
    outcomes = decide_rows(model, decision, body.rows) if body.rows else []
    return {"decision": decision, "sha256": model.sha256, "rows": [outcome_data(outcome) for outcome in outcomes]}
