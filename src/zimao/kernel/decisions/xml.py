"""Small readers of DMN elements, without regard to the namespace's year, and the place that a refusal names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar
from xml.etree.ElementTree import Element

from zimao.kernel.decisions.feel.syntax import FeelError
from zimao.kernel.errors import Problem, Refused
from zimao.kernel.text import Text, t

__all__ = ["Place", "all_of", "child", "feel", "local", "name_of", "text_of"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the file: the element's tag and name, in a table also the rule's number and the column."""

    tag: str
    name: str
    rule: int | None = None
    column: str = ""

    def at(self, *, rule: int | None = None, column: str = "") -> Place:
        return replace(self, rule=rule, column=column)

    def refused(self, reason: Text, code: str = "dmn_not_sfeel") -> Refused:
        """The refusal of what stands here."""
        where = t("“{name}”", "“{name}”").fill(name=self.name or self.tag)
        if self.rule is not None:
            where = t("{where}第{rule}条规则", "{where}, rule {rule}").fill(where=where, rule=self.rule)
        if self.column:
            where = t("{where}，列“{column}”", "{where}, column “{column}”").fill(where=where, column=self.column)
        sentence = t("{where}：{reason}", "{where}: {reason}").fill(where=where, reason=reason)
        field = f"{self.tag}:{self.name}"
        return Refused(code, sentence, field, problems=[Problem(code, field, sentence, row=self.rule, column=self.column)])


def local(element: Element) -> str:
    """The tag without its namespace."""
    return element.tag.rpartition("}")[2]


def all_of(element: Element, tag: str) -> Iterator[Element]:
    """The direct children with that tag, in any DMN namespace."""
    return (part for part in element if local(part) == tag)


def child(element: Element, tag: str) -> Element | None:
    """The first of them."""
    return next(all_of(element, tag), None)


def name_of(element: Element) -> str:
    return element.get("name") or ""


def text_of(element: Element | None) -> str:
    """The content of the ``text`` child; empty if there is none."""
    part = child(element, "text") if element is not None else None
    return (part.text or "").strip() if part is not None else ""


def feel(text: str, parse: Callable[[str], T], place: Place) -> T:
    """What ``parse`` makes of the text. Refused with the place if it is not S-FEEL."""
    try:
        return parse(text)
    except FeelError as error:
        reason = t("“{text}”，{reason}", "“{text}”, {reason}").fill(text=text[:120], reason=error.reason) if text else error.reason
        raise place.refused(reason) from error
