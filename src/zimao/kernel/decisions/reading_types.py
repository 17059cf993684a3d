"""The item definitions of a file: named types, structures, and the values that they allow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

from zimao.kernel.decisions.feel.parser import parse_unary_tests
from zimao.kernel.decisions.feel.syntax import Equal, Literal, UnaryTests
from zimao.kernel.decisions.types import Type, named
from zimao.kernel.decisions.xml import Place, all_of, child, feel, name_of, text_of
from zimao.kernel.text import t

__all__ = ["ItemType", "ItemTypes", "listed"]

_DEPTH = 12


@dataclass(frozen=True, slots=True)
class ItemType:
    """A type with the tests that its values must pass, None if any value will do."""

    type: Type
    allowed: UnaryTests | None = None
    allowed_text: str = ""


def listed(tests: UnaryTests | None) -> tuple[object, ...]:
    """The constants of an enumeration in their order; empty if the tests are something else."""
    if tests is None or tests.negated:
        return ()
    values = [test.value.value for test in tests.tests if isinstance(test, Equal) and isinstance(test.value, Literal)]
    return tuple(values) if len(values) == len(tests.tests) else ()


class ItemTypes:
    """Named types of one file."""

    def __init__(self, root: Element) -> None:
        self._elements = {name_of(element): element for element in all_of(root, "itemDefinition")}

    def of(self, reference: str | None, place: Place, depth: int = 0) -> ItemType:
        """The type that ``typeRef`` names. Refused if there is none or it contains itself."""
        element = self._elements.get((reference or "").rpartition(":")[2]) if reference else None
        if element is None:
            built_in = named(reference)
            if built_in is None:
                raise place.refused(t("没有类型“{name}”", "there is no type “{name}”").fill(name=reference), "dmn_type")
            return ItemType(built_in)
        if depth > _DEPTH:
            raise place.refused(t("类型包含自身：{name}", "a type contains itself: {name}").fill(name=reference), "dmn_type")
        return self._defined(element, place, depth)

    def _defined(self, element: Element, place: Place, depth: int) -> ItemType:
        parts = list(all_of(element, "itemComponent"))
        if parts:
            fields = tuple((name_of(part), self._defined(part, place, depth + 1).type) for part in parts)
            found = ItemType(Type("structure", fields=fields))
        else:
            reference = child(element, "typeRef")
            found = self.of(reference.text.strip() if reference is not None and reference.text else None, place, depth + 1)
        text = text_of(child(element, "allowedValues"))
        if text:
            found = replace(found, allowed=feel(text, parse_unary_tests, place), allowed_text=text)
        if element.get("isCollection") == "true":
            return replace(found, type=Type("list", item=found.type))
        return found
