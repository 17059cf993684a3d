"""One decisionTable element to a table."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element

from zimao.kernel.decisions.feel.parser import parse_unary_tests
from zimao.kernel.decisions.feel.scalar import fold
from zimao.kernel.decisions.feel.syntax import Literal, Node, UnaryTests
from zimao.kernel.decisions.model import AGGREGATORS, HIT_POLICIES, InputClause, OutputClause, Rule, Table
from zimao.kernel.decisions.reading_types import ItemTypes, listed
from zimao.kernel.decisions.types import Type
from zimao.kernel.decisions.xml import Place, all_of, child, feel, name_of, text_of
from zimao.kernel.text import Text, t

__all__ = ["TableReader"]

_ORDERED = ("PRIORITY", "OUTPUT ORDER")
_CONSTANT = (*_ORDERED, "ANY")


class TableReader:
    """``scope`` are the variables that the decision may read; ``expression`` parses a text over them."""

    def __init__(
        self, element: Element, place: Place, types: ItemTypes, *, scope: tuple[str, ...], expression: Callable[[str, Place], Node]
    ) -> None:
        self.element = element
        self.place = place
        self.types = types
        self.scope = scope
        self.expression = expression
        self.notes = [name_of(one) for one in all_of(element, "annotation")]

    def table(self, variable: str, type_ref: str | None) -> Table:
        """The table of the decision whose variable is ``variable`` of type ``type_ref``. Refused with rule and column."""
        policy = self.element.get("hitPolicy") or "UNIQUE"
        aggregator = self.element.get("aggregation") or ""
        if policy not in HIT_POLICIES or (aggregator and (aggregator not in AGGREGATORS or policy != "COLLECT")):
            raise self.place.refused(
                t("命中策略不对：{name}", "no such hit policy: {name}").fill(name=f"{policy} {aggregator}"), "dmn_hit_policy"
            )
        inputs = tuple(self._input(element) for element in all_of(self.element, "input"))
        outputs = self._outputs(variable, type_ref)
        if aggregator and len(outputs) > 1:
            raise self.place.refused(t("聚合只能有一个输出", "an aggregation has one output only"), "dmn_hit_policy")
        rules = tuple(self._rule(number, one, inputs, outputs) for number, one in enumerate(all_of(self.element, "rule"), 1))
        ids = [rule.id for rule in rules]
        if not rules or len(set(ids)) < len(ids):
            raise self.place.refused(t("没有规则，或规则编号重复", "there are no rules, or two have the same id"), "dmn_rules")
        table = Table(policy, aggregator, inputs, outputs, rules)
        self._check_constants(table)
        return table

    def _input(self, element: Element) -> InputClause:
        expression = child(element, "inputExpression")
        text = text_of(expression)
        label = element.get("label") or text
        place = self.place.at(column=label)
        if expression is None or not text:
            raise place.refused(t("输入列没有表达式", "the input column has no expression"))
        node = self.expression(text, place)
        item = self.types.of(expression.get("typeRef"), place)
        allowed_text = text_of(child(element, "inputValues"))
        allowed = feel(allowed_text, parse_unary_tests, place) if allowed_text else item.allowed
        return InputClause(label, text, node, item.type, allowed, allowed_text or item.allowed_text)

    def _outputs(self, variable: str, type_ref: str | None) -> tuple[OutputClause, ...]:
        elements = list(all_of(self.element, "output"))
        if not elements:
            raise self.place.refused(t("没有输出列", "there is no output column"), "dmn_rules")
        names = [name_of(element) or (variable if len(elements) == 1 else "") for element in elements]
        if "" in names or len(set(names)) < len(names):
            raise self.place.refused(t("输出列名称缺失或重复", "an output name is missing or used twice"), "dmn_rules")
        whole = self.types.of(type_ref, self.place)
        return tuple(
            self._output(element, name, None if len(elements) > 1 else whole) for element, name in zip(elements, names, strict=True)
        )

    def _output(self, element: Element, name: str, whole: object) -> OutputClause:
        place = self.place.at(column=name)
        item = self.types.of(element.get("typeRef"), place)
        text = text_of(child(element, "outputValues")) or item.allowed_text or getattr(whole, "allowed_text", "")
        values = listed(feel(text, parse_unary_tests, place)) if text else ()
        default_text = text_of(child(element, "defaultOutputEntry"))
        default = self.expression(default_text, place) if default_text else None
        return OutputClause(name, element.get("label") or name, _plain(item.type), values, default)

    def _rule(self, number: int, element: Element, inputs: tuple[InputClause, ...], outputs: tuple[OutputClause, ...]) -> Rule:
        place = self.place.at(rule=number)
        tests = [text_of(one) for one in all_of(element, "inputEntry")]
        entries = [text_of(one) for one in all_of(element, "outputEntry")]
        if len(tests) != len(inputs) or len(entries) != len(outputs):
            raise place.refused(t("单元格个数与列数不符", "the number of cells differs from the number of columns"), "dmn_rules")
        notes = [text_of(one) for one in all_of(element, "annotationEntry")]
        annotations = dict(zip(self.notes, notes, strict=False))
        return Rule(
            id=element.get("id") or f"rule-{number}",
            number=number,
            tests=tuple(self._tests(text, place.at(rule=number, column=one.label)) for text, one in zip(tests, inputs, strict=True)),
            test_texts=tuple(text or "-" for text in tests),
            outputs=tuple(self._entry(text, place.at(rule=number, column=one.name)) for text, one in zip(entries, outputs, strict=True)),
            output_texts=tuple(entries),
            source=annotations.get("source", ""),
            reason=self._reason(annotations, place),
            annotations=tuple((name, note) for name, note in annotations.items() if name not in ("source", "reason_zh", "reason_en")),
        )

    def _tests(self, text: str, place: Place) -> UnaryTests:
        return feel(text, lambda text: parse_unary_tests(text, self.scope), place)

    def _entry(self, text: str, place: Place) -> Node:
        """An empty output entry is null."""
        return feel(text, lambda text: fold(self.expression(text, place)) if text and text != "-" else Literal(None), place)

    def _reason(self, annotations: dict[str, str], place: Place) -> Text | None:
        zh, en = annotations.get("reason_zh", ""), annotations.get("reason_en", "")
        if bool(zh) != bool(en):
            raise place.refused(t("理由必须中英文都有", "a reason needs both Chinese and English"), "dmn_reason")
        return Text(zh, en) if zh else None

    def _check_constants(self, table: Table) -> None:
        """Any, priority and output order compare outputs with each other, so theirs are constants, of the listed values."""
        if table.hit_policy not in _CONSTANT:
            return
        ordered = table.hit_policy in _ORDERED
        if ordered and not any(output.values for output in table.outputs):
            raise self.place.refused(t("缺少输出值的优先顺序", "the order of the output values is missing"), "dmn_hit_policy")
        for rule in table.rules:
            for output, node in zip(table.outputs, rule.outputs, strict=True):
                constant = isinstance(node, Literal)
                if not constant or (ordered and output.values and isinstance(node, Literal) and node.value not in output.values):
                    raise self.place.at(rule=rule.number, column=output.name).refused(
                        t("此命中策略的输出必须是所列的常量", "under this hit policy an output is one of the listed constants"),
                        "dmn_hit_policy",
                    )


def _plain(type_: Type) -> Type:
    """An output cell of a list type holds one item of it."""
    return type_.item if type_.kind == "list" and type_.item else type_
