"""Decisions: DMN 1.3 tables and requirement graphs with S-FEEL, compiled to column expressions. Free of Django, database and clock.

``load`` a file, ``decide`` one case or ``evaluate`` a frame, ``analyse`` for overlaps and gaps; ``register_decision`` puts a file on
the pages, the API and the command line.
"""

from zimao.kernel.decisions.model import Decision, Finding, Input, Model, Rule, Table
from zimao.kernel.decisions.reading import load
from zimao.kernel.decisions.registry import register_decision, registered, registered_decision
from zimao.kernel.decisions.running import Outcome, Reached, decide, decide_rows, evaluate


def analyse(model: Model) -> tuple[Finding, ...]:
    """The overlaps, gaps and unreachable rules of the model's tables, found when it was loaded."""
    return model.findings


__all__ = [
    "Decision",
    "Finding",
    "Input",
    "Model",
    "Outcome",
    "Reached",
    "Rule",
    "Table",
    "analyse",
    "decide",
    "decide_rows",
    "evaluate",
    "load",
    "register_decision",
    "registered",
    "registered_decision",
]
