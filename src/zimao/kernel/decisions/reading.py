"""A DMN file (1.1 to 1.5) to a model. Everything that is not understood is refused with its place; nothing is skipped silently.

Read are inputData, decision (decisionTable or literalExpression), businessKnowledgeModel with a literal expression, and
itemDefinition. Knowledge sources, diagrams and extensions carry no meaning and are passed over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from functools import partial
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from zimao.kernel.decisions.analysis import analyse_table
from zimao.kernel.decisions.feel.lexer import normal_name
from zimao.kernel.decisions.feel.parser import parse_expression
from zimao.kernel.decisions.feel.syntax import Node
from zimao.kernel.decisions.knowledge import Function, inlined
from zimao.kernel.decisions.model import Decision, Input, Model
from zimao.kernel.decisions.plans import check_decision
from zimao.kernel.decisions.reading_tables import TableReader
from zimao.kernel.decisions.reading_types import ItemTypes
from zimao.kernel.decisions.xml import Place, all_of, child, feel, local, name_of, text_of
from zimao.kernel.errors import Refused
from zimao.kernel.text import t

__all__ = ["MAX_BYTES", "load"]

MAX_BYTES = 10_000_000
_NAMESPACES = frozenset(
    {
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    }
)
_UNREAD = frozenset({"context", "invocation", "relation", "list", "functionDefinition", "conditional", "for", "every", "some", "filter"})


def load(data: bytes) -> Model:
    """The model of a file, with the overlaps and gaps of its tables. Refused with the decision, rule and column that is wrong."""
    root = _root(data)
    reader = _Reader(root)
    model = Model(name_of(root) or "", reader.inputs, reader.decisions, hashlib.sha256(data).hexdigest())
    for decision in model.decisions.values():
        check_decision(model, decision)
    findings = [found for one in model.decisions.values() if one.table for found in analyse_table(one.name, one.table)]
    return replace(model, findings=tuple(findings))


def _root(data: bytes) -> Element:
    if len(data) > MAX_BYTES:
        raise Refused("dmn_too_large", t("DMN 文件过大", "The DMN file is too large"), "file")
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Refused("dmn_not_xml", t("文件不是安全的 XML", "The file is not safe XML"), "file") from error
    namespace, _, tag = root.tag.lstrip("{").rpartition("}")
    if tag != "definitions" or namespace not in _NAMESPACES:
        raise Refused("dmn_not_dmn", t("文件不是 DMN 1.1 至 1.5", "The file is not DMN 1.1 to 1.5"), "file")
    if (imported := child(root, "import")) is not None:
        raise Refused(
            "dmn_import",
            t("不支持导入其他模型：{name}", "Imports of other models are not read: {name}").fill(name=name_of(imported)),
            "file",
        )
    return root


class _Reader:
    """The elements of one file by id, and what was read of them."""

    def __init__(self, root: Element) -> None:
        self.types = ItemTypes(root)
        self.inputs: dict[str, Input] = {}
        self.ids: dict[str, str] = {}
        for element in all_of(root, "inputData"):
            self._input(element)
        self.elements = {self._named(element): element for element in all_of(root, "decision")}
        self.functions = self._functions(root)
        self.decisions: dict[str, Decision] = {}
        for name in _ordered({name: tuple(self._required(one, "requiredDecision")) for name, one in self.elements.items()}):
            self.decisions[name] = self._decision(name, self.elements[name])

    def _named(self, element: Element) -> str:
        """The name of the element's variable, which no other input or decision may have."""
        variable = child(element, "variable")
        name = normal_name((name_of(variable) if variable is not None else "") or name_of(element))
        if not name or name in self.ids.values():
            raise Place(local(element), name).refused(t("名称缺失或重复", "the name is missing or used twice"))
        self.ids[element.get("id") or name] = name
        return name

    def _input(self, element: Element) -> None:
        name = self._named(element)
        variable = child(element, "variable")
        found = self.types.of(variable.get("typeRef") if variable is not None else None, Place("inputData", name))
        label = element.get("label") or name
        self.inputs[name] = Input(element.get("id") or name, name, found.type, label, found.allowed, found.allowed_text)

    def _functions(self, root: Element) -> dict[str, Function]:
        found: dict[str, Function] = {}
        for element in all_of(root, "businessKnowledgeModel"):
            name = normal_name(name_of(element))
            place = Place("businessKnowledgeModel", name)
            logic = child(element, "encapsulatedLogic")
            if logic is None:
                raise place.refused(t("没有内容", "there is no logic"))
            parameters = tuple(normal_name(name_of(one)) for one in all_of(logic, "formalParameter"))
            text = self._literal(logic, place)
            found[name] = Function(parameters, feel(text, partial(parse_expression, names=parameters), place))
        return found

    def _literal(self, element: Element, place: Place) -> str:
        for part in element:
            if local(part) in _UNREAD or local(part) == "decisionTable":
                raise place.refused(
                    t("不支持“{tag}”，只支持字面表达式", "“{tag}” is not read here, only literal expressions").fill(tag=local(part))
                )
        literal = child(element, "literalExpression")
        if literal is None:
            raise place.refused(t("没有决策表或表达式", "there is no decision table and no expression"))
        language = literal.get("expressionLanguage") or ""
        if language and "feel" not in language.lower():
            raise place.refused(t("表达式语言不是 FEEL：{name}", "the expression language is not FEEL: {name}").fill(name=language))
        return text_of(literal)

    def _required(self, element: Element, tag: str) -> Iterator[str]:
        known: Container[str] = self.inputs if tag == "requiredInput" else self.elements
        for requirement in all_of(element, "informationRequirement"):
            for reference in all_of(requirement, tag):
                name = self.ids.get((reference.get("href") or "").rpartition("#")[2])
                if name is None or name not in known:
                    place = Place("decision", name_of(element))
                    raise place.refused(t("引用的元素不存在：{id}", "it requires what is not there: {id}").fill(id=reference.get("href")))
                yield name

    def _decision(self, name: str, element: Element) -> Decision:
        place = Place("decision", name)
        inputs = tuple(self._required(element, "requiredInput"))
        decisions = tuple(self._required(element, "requiredDecision"))
        scope = (*inputs, *decisions)
        decision = Decision(element.get("id") or name, name, element.get("label") or name_of(element), inputs, decisions)
        table = child(element, "decisionTable")
        variable = child(element, "variable")
        if table is not None:
            reader = TableReader(table, place, self.types, scope=scope, expression=lambda text, at: self.expression(text, scope, at))
            return replace(decision, table=reader.table(name, variable.get("typeRef") if variable is not None else None))
        text = self._literal(element, place)
        return replace(decision, expression=self.expression(text, scope, place), text=text)

    def expression(self, text: str, scope: tuple[str, ...], place: Place) -> Node:
        """An expression over ``scope``, calls of knowledge models written out."""
        return feel(text, lambda text: inlined(parse_expression(text, scope), self.functions), place)


def _ordered(needs: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Each name after those that it needs. Refused if they go round in a circle."""
    done: list[str] = []
    left = dict(needs)
    while left:
        ready = [name for name, others in left.items() if not any(other in left for other in others)]
        if not ready:
            raise Place("decision", next(iter(left))).refused(t("决策互相依赖，形成循环", "the decisions need each other in a circle"))
        done += ready
        for name in ready:
            del left[name]
    return done
