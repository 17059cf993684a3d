"""Documents in and out: a BOM, a request for improvement and a rule set from plain data; a judgment as plain data in one language.

The fields are those of ``models`` and ``offers``; unknown or ill-typed fields are refused with their place, amounts must be whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from zimao.kernel.errors import Problem, Refused
from zimao.kernel.text import Text, t
from zimao.services.tariff.rules.origin.models import Bom, Judgment, Psr, RuleSet
from zimao.services.tariff.rules.origin.offers import Request
from zimao.services.tariff.rules.origin.psr_text import read

__all__ = ["bom_of", "judgment_document", "request_of", "rule_set_of"]

_Read = TypeVar("_Read", Bom, Request)


def bom_of(document: Mapping[str, Any]) -> Bom:
    """A BOM from ``{"product": {…}, "parts": {id: {…}}}``; refuses with one problem a field."""
    return _checked(Bom, document, "bom")


def request_of(document: Mapping[str, Any]) -> Request:
    """A request from ``{"options": […], "lifts": […], "volume": …, "limit": …}``."""
    return _checked(Request, document, "request")


def _checked(kind: type[_Read], document: Mapping[str, Any], place: str) -> _Read:
    try:
        return TypeAdapter(kind).validate_python(dict(document))
    except ValidationError as error:
        problems = [_problem(place, one["loc"], one["msg"]) for one in error.errors()]
        raise Refused.of(problems) from error


def _problem(place: str, path: tuple[int | str, ...], message: str) -> Problem:
    row = next((part + 1 for part in path if isinstance(part, int)), None)
    sentence = t("字段无法识别：{field}。", "The field cannot be read: {field} ({message}).")
    name = ".".join(map(str, path))
    return Problem("field_invalid", f"{place}.{name}", sentence.fill(field=name, message=message), row=row)


def rule_set_of(agreement: str, rows: Iterable[Mapping[str, str]]) -> RuleSet:
    """A rule set from rows of ``code, rule_text, source``; what is not read keeps its text and is asked about in a judgment."""
    found = []
    for row in rows:
        reading = read(row["rule_text"])
        code = row["code"].replace(".", "")
        found.append(Psr(code, reading.expression, reading.text, reading.scope, row.get("source", "")))
    return RuleSet.of(agreement, tuple(found))


def judgment_document(judgment: Judgment, language: str = "zh") -> dict[str, Any]:
    """The judgment as plain data: verdict, criterion, marks, rule, alternatives, trace, questions, conditions, figures."""

    def said(text: Text) -> str:
        return text.into(language)

    return {
        "verdict": judgment.verdict,
        "criterion": judgment.criterion,
        "marks": list(judgment.marks),
        "rule": judgment.rule,
        "alternatives": [{"rule": rule, "verdict": verdict} for rule, verdict in judgment.alternatives],
        "trace": [
            {
                "clause": step.clause,
                "article": said(step.article),
                "outcome": step.outcome,
                "subject": step.subject,
                "sentence": said(step.sentence),
            }
            for step in judgment.trace
        ],
        "questions": [{"code": one.code, "subject": one.subject, "sentence": said(one.sentence)} for one in judgment.questions],
        "conditions": [said(one) for one in judgment.conditions],
        "figures": asdict(judgment.figures) | {"failing": list(judgment.figures.failing)},
    }
