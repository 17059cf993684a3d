"""The decision tables as people read them. They are published rules: no sign-in is needed."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from zimao.kernel.decisions.model import AGGREGATORS, HIT_POLICIES, Decision, Model
from zimao.kernel.decisions.registry import registered, registered_decision
from zimao.kernel.text import Text, t

__all__ = ["index", "one"]

KINDS: dict[str, Text] = {
    "overlap": t("重叠", "Overlap"),
    "gap": t("空缺", "Gap"),
    "unreachable": t("无法适用", "Unreachable"),
    "unchecked": t("未完全检查", "Not fully checked"),
}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every registered decision."""
    return render(request, "decisions/index.html", {"rows": registered()})


@require_safe
def one(request: HttpRequest, name: str) -> HttpResponse:
    """One file: its inputs, its tables with sources and reasons, and what the check of the tables found."""
    found = registered_decision(name)
    model = found.model
    context = {"found": found, "model": model, "parts": [_part(model, decision) for decision in reversed(model.decisions.values())]}
    return render(request, "decisions/one.html", context)


def _part(model: Model, decision: Decision) -> dict[str, Any]:
    table = decision.table
    findings = [(KINDS[one.kind], one) for one in model.findings if one.decision == decision.name]
    if table is None:
        return {"decision": decision, "table": None, "findings": findings}
    return {
        "decision": decision,
        "table": table,
        "policy": HIT_POLICIES[table.hit_policy],
        "aggregator": AGGREGATORS.get(table.aggregator),
        "findings": findings,
        "sources": any(rule.source for rule in table.rules),
        "reasons": any(rule.reason for rule in table.rules),
    }
