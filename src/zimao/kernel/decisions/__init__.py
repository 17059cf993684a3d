"""Decisions: DMN 1.3 tables and requirement graphs with S-FEEL, compiled to column expressions. Free of Django, database and clock."""

from zimao.kernel.decisions.model import Decision, Finding, Input, Model, Rule, Table
from zimao.kernel.decisions.reading import load
from zimao.kernel.decisions.running import Outcome, Reached, decide, decide_rows, evaluate

__all__ = ["Decision", "Finding", "Input", "Model", "Outcome", "Reached", "Rule", "Table", "decide", "decide_rows", "evaluate", "load"]
