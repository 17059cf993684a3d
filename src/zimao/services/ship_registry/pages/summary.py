"""What was filled in, to be read: sections of label and value, personal values hidden from those who need not see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from zimao.kernel.forms.shape import Field, as_text, is_shown, shape
from zimao.kernel.parties.fields import mask
from zimao.kernel.text import Text, t
from zimao.services.ship_registry.forms import ApplicationForm

__all__ = ["ReadSection", "summary"]

_YES, _NO = t("是", "Yes"), t("否", "No")
_PERSONAL = ("identifier", "phone", "address")


@dataclass(frozen=True, slots=True)
class ReadSection:
    """One section of the application as lines of label, value and unit."""

    label: Text
    lines: tuple[tuple[Text, Text | str], ...]


def summary(values: Mapping[str, Any], *, reveal: bool) -> list[ReadSection]:
    """The whole application. ``reveal`` shows identity numbers, telephone and address in full; persons' names too."""
    found = []
    for name, field in shape(ApplicationForm).items():
        lines = tuple(_lines(field, values.get(name), reveal))
        if lines:
            found.append(ReadSection(field.show.label, lines))
    return found


def _lines(field: Field, value: Any, reveal: bool) -> Iterator[tuple[Text, Text | str]]:
    if value in (None, "", []):
        return
    if field.kind == "group" and isinstance(value, Mapping):
        yield from _group(field.fields, value, reveal)
    elif field.kind == "rows" and isinstance(value, list):
        for row in value:
            if isinstance(row, Mapping):
                yield from _group(field.fields, row, reveal)
    else:
        yield field.show.label, _shown(field, value)


def _group(fields: Mapping[str, Field], values: Mapping[str, Any], reveal: bool) -> Iterator[tuple[Text, Text | str]]:
    private = not reveal and values.get("kind") == "person"
    for name, field in fields.items():
        value = values.get(name)
        if value in (None, "", []) or not is_shown(field, fields, values):
            continue
        hide = (name in _PERSONAL and not reveal and values.get("kind") != "enterprise") or (name == "name" and private)
        yield field.show.label, mask(as_text(value)) if hide else _shown(field, value)


def _shown(field: Field, value: Any) -> Text | str:
    if isinstance(value, list):
        words = [_word(field, one) for one in value]
        return Text("、".join(one.zh for one in words), ", ".join(one.en for one in words)) if words else ""
    if field.kind == "yes_no":
        return _YES if as_text(value) == "true" else _NO
    if field.kind == "choice":
        return _word(field, value)
    return f"{as_text(value)} {field.show.unit}".strip()


def _word(field: Field, value: Any) -> Text:
    text = as_text(value) or "—"
    return field.show.words().get(text) or Text(text, text)
