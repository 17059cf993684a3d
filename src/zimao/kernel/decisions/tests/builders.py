"""DMN files of a few lines, and the meaning of a table written out row by row with feel.scalar: the oracle of the compiled form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from zimao.kernel.decisions.feel.scalar import evaluate, matches
from zimao.kernel.decisions.model import Rule, Table

NAMESPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"
Rows = Sequence[Sequence[str]]


def _text(tag: str, text: str, **attributes: str) -> str:
    given = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items() if value)
    return f"<{tag}{given}><text>{escape(text)}</text></{tag}>"


def table(
    name: str,
    inputs: Mapping[str, str],
    outputs: Mapping[str, str],
    rules: Rows,
    *,
    policy: str = "UNIQUE",
    aggregation: str = "",
    allowed: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
    defaults: Mapping[str, str] | None = None,
    annotations: Sequence[str] = (),
    requires: Sequence[str] | None = None,
) -> str:
    """One decision with a table. A rule is its input cells, output cells and annotations in one row; ids are r1, r2, …"""
    body = []
    for one, type_ in inputs.items():
        values_of = _text("inputValues", (allowed or {})[one]) if one in (allowed or {}) else ""
        body.append(f"<input label={quoteattr(one)}>{_text('inputExpression', one, typeRef=type_)}{values_of}</input>")
    for one, type_ in outputs.items():
        listed = _text("outputValues", (values or {})[one]) if one in (values or {}) else ""
        default = _text("defaultOutputEntry", (defaults or {})[one]) if one in (defaults or {}) else ""
        given = f" typeRef={quoteattr(type_)}" if type_ else ""
        body.append(f"<output name={quoteattr(one)}{given}>{listed}{default}</output>")
    body += [f"<annotation name={quoteattr(one)}/>" for one in annotations]
    for number, cells in enumerate(rules, 1):
        tags = ["inputEntry"] * len(inputs) + ["outputEntry"] * len(outputs) + ["annotationEntry"] * len(annotations)
        body.append(f'<rule id="r{number}">{"".join(_text(tag, cell) for tag, cell in zip(tags, cells, strict=True))}</rule>')
    aggregated = f' aggregation="{aggregation}"' if aggregation else ""
    inner = f'<decisionTable hitPolicy="{policy}"{aggregated}>{"".join(body)}</decisionTable>'
    return decision(name, inner, needs=[f"input:{one}" for one in inputs] if requires is None else requires)


def literal(name: str, text: str, *, inputs: Sequence[str] = (), needs: Sequence[str] = ()) -> str:
    """One decision with a literal expression."""
    required = [f"input:{one}" for one in inputs] + [f"decision:{one}" for one in needs]
    return decision(name, _text("literalExpression", text), needs=required)


def decision(name: str, inner: str, *, needs: Sequence[str] = ()) -> str:
    tags = {"input": "requiredInput", "decision": "requiredDecision"}
    pairs = [one.split(":", 1) for one in needs]
    required = "".join(
        f"<informationRequirement><{tags[kind]} href={quoteattr(f'#{kind}-{one}')}/></informationRequirement>" for kind, one in pairs
    )
    opening = f"<decision id={quoteattr(f'decision-{name}')} name={quoteattr(name)}>"
    return f"{opening}<variable name={quoteattr(name)}/>{required}{inner}</decision>"


def dmn(inputs: Mapping[str, str], *parts: str, namespace: str = NAMESPACE) -> bytes:
    """A file with these input data (name to typeRef) and elements."""
    data = "".join(
        f"<inputData id={quoteattr(f'input-{name}')} name={quoteattr(name)}>"
        f"<variable name={quoteattr(name)}{f' typeRef={quoteattr(type_)}' if type_ else ''}/></inputData>"
        for name, type_ in inputs.items()
    )
    return f'<definitions xmlns="{namespace}" name="test">{data}{"".join(parts)}</definitions>'.encode()


def one_table(inputs: Mapping[str, str], outputs: Mapping[str, str], rules: Rows, **more: Any) -> bytes:
    """A file with nothing but one table named ``d``."""
    return dmn(inputs, table("d", inputs, outputs, rules, **more))


def meaning(table: Table, row: Mapping[str, Any]) -> tuple[list[str], Any]:
    """The rules that count and the FEEL value for one row, straight from clause 8.2 of the standard."""
    values = dict(row)
    matched = [rule for rule in table.rules if _matches(table, rule, values)]
    if table.hit_policy in ("PRIORITY", "OUTPUT ORDER"):
        matched.sort(key=lambda rule: [output.values.index(node.value) for output, node in zip(table.outputs, rule.outputs, strict=True)])
    found = [_result(table, rule, values) for rule in matched]
    if table.aggregator:
        return [rule.id for rule in matched], _aggregated(table.aggregator, found)
    if table.many:
        return [rule.id for rule in matched], found or None
    if table.hit_policy == "UNIQUE" and len(matched) > 1:
        return [], None
    if table.hit_policy == "ANY" and any(one != found[0] for one in found):
        return [], None
    return [rule.id for rule in matched[:1]], found[0] if found else _default(table)


def _matches(table: Table, rule: Rule, values: Mapping[str, Any]) -> bool:
    pairs = zip(table.inputs, rule.tests, strict=True)
    return all(matches(tests, evaluate(clause.node, values), values) is True for clause, tests in pairs)


def _result(table: Table, rule: Rule, values: Mapping[str, Any]) -> Any:
    found = {output.name: evaluate(node, values) for output, node in zip(table.outputs, rule.outputs, strict=True)}
    return found if len(found) > 1 else next(iter(found.values()))


def _default(table: Table) -> Any:
    found = {output.name: evaluate(output.default, {}) if output.default else None for output in table.outputs}
    if all(output.default is None for output in table.outputs):
        return None
    return found if len(found) > 1 else next(iter(found.values()))


def _aggregated(aggregator: str, found: list[Any]) -> Any:
    if aggregator == "COUNT":
        return Decimal(len(found))
    if not found or None in found:
        return None
    return {"SUM": sum, "MIN": min, "MAX": max}[aggregator](found)
