"""One field as a control: which control it is, what is in it, how it is named for assistive technology."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from zimao.kernel.forms.shape import Field, Kind
from zimao.kernel.text import Text, t

__all__ = ["YES_NO", "BoundField", "BoundRow", "Option", "choice_options", "id_of", "widget_of"]

FEW = 4  # up to so many choices all stand on the page; more are a list to open
MANY = 30  # beyond so many one types the first letters
YES_NO = {"true": t("是", "Yes"), "false": t("否", "No")}
CHOOSE = t("请选择", "Choose")
NO_LONGER = t("{value}（不在列表中）", "{value} (not on the list)")


@dataclass(frozen=True, slots=True)
class Option:
    """One choice. ``label`` is the value itself where nobody gave words for it."""

    value: str
    label: Text | str
    chosen: bool
    id: str


@dataclass(frozen=True, slots=True)
class BoundRow:
    """One row of a list. ``number`` counts from 1; an ``is_extra`` row is the empty one at the end, for typing without a script."""

    name: str
    id: str
    number: int
    fields: tuple[BoundField, ...]
    errors: tuple[Text, ...] = ()
    is_extra: bool = False


@dataclass(frozen=True, slots=True)
class BoundField:
    """One field with its value.

    ``depends_on`` is the name of the field that decides whether this one is asked, ``only_if`` says so in words.
    ``fields`` are those of a group; ``rows`` and ``blank`` (a pattern for new rows) those of a list."""

    field: Field
    name: str
    id: str
    widget: str
    errors: tuple[Text, ...] = ()
    is_shown: bool = True
    depends_on: str = ""
    only_if: Text | None = None
    value: str = ""
    options: tuple[Option, ...] = ()
    fields: tuple[BoundField, ...] = ()
    rows: tuple[BoundRow, ...] = ()
    blank: BoundRow | None = None

    def inside(self) -> Iterator[BoundField]:
        """The fields of the group, or of every row."""
        yield from self.fields
        for row in self.rows:
            yield from row.fields

    @property
    def kind(self) -> Kind:
        """What the field holds."""
        return self.field.kind

    @property
    def label(self) -> Text:
        """The name of the field."""
        return self.field.show.label

    @property
    def help(self) -> Text | None:
        """One sentence on what to fill in."""
        return self.field.show.help

    @property
    def example(self) -> str:
        """A value that would be accepted."""
        return self.field.show.example

    @property
    def unit(self) -> str:
        """Printed after the input."""
        return self.field.show.unit

    @property
    def autocomplete(self) -> str:
        """The HTML autofill token."""
        return self.field.show.autocomplete

    @property
    def is_required(self) -> bool:
        """True when it must be filled in: it has no default, or it is needed whenever it is asked, or the list needs a row."""
        least = self.field.limits.min_length or 0
        has_own_mark = self.kind != "group"
        listed = self.kind in {"rows", "lines", "choices"}
        return has_own_mark and (self.field.show.needed or (least > 0 if listed else self.field.required and not self.field.nullable))

    @property
    def has_problems(self) -> bool:
        """True when the field, or one inside it, is wrong."""
        return bool(self.errors) or any(row.errors for row in self.rows) or any(one.has_problems for one in self.inside())

    @property
    def is_set(self) -> bool:
        """True when the control is a set of controls, named by a legend instead of a label."""
        return self.widget in {"radio", "checkboxes"}

    @property
    def is_section(self) -> bool:
        """True for a group or a list of rows, which stand under a heading."""
        return self.kind in {"group", "rows"}

    @property
    def heading(self) -> str:
        """The rank of that heading; a page's own title is the only ``h1``."""
        return "h3" if "." in self.name else "h2"

    @property
    def help_id(self) -> str:
        return f"{self.id}--help"

    @property
    def error_id(self) -> str:
        return f"{self.id}--error"

    @property
    def unit_id(self) -> str:
        return f"{self.id}--unit"

    @property
    def list_id(self) -> str:
        return f"{self.id}--list"

    @property
    def described_by(self) -> str:
        """The ids of help, unit and errors: what a screen reader says after the label. The place for errors is always there."""
        parts = (self.help_id if self.help or self.example else "", self.unit_id if self.unit else "", self.error_id)
        return " ".join(part for part in parts if part)

    @property
    def shown_values(self) -> str:
        """The values of ``depends_on`` with which this is asked, as a JSON list."""
        return json.dumps(self.field.show.shown_if[1], ensure_ascii=False) if self.field.show.shown_if else ""

    @property
    def placeholder(self) -> str:
        """What stands for the index in the pattern of a row. Field names cannot begin with an underscore, so nothing is met by chance."""
        return f"__{self.field.name}__"

    @property
    def input_type(self) -> str:
        """The type of the input. A date that is none stays visible as text; numbers are text, so that full-width digits can be typed."""
        if self.kind == "date":
            return "date" if not self.value or _is_iso_date(self.value) else "text"
        if self.kind == "datetime":
            return "datetime-local"
        return self.widget if self.widget in {"password", "email", "tel"} else "text"

    @property
    def input_mode(self) -> str:
        """The keyboard that a telephone brings up."""
        negative = self.field.limits.at_least is None or self.field.limits.at_least < 0
        if self.kind in {"integer", "number"}:  # the keyboards for numbers have no minus sign on some telephones
            return "" if negative else "numeric" if self.kind == "integer" else "decimal"
        return self.widget if self.widget in {"email", "tel"} else ""

    @property
    def most_rows(self) -> int | None:
        """The most rows of a list."""
        return self.field.limits.max_length if self.kind == "rows" else None

    @property
    def max_length(self) -> int | None:
        """The most characters of a text; the browser stops there."""
        return self.field.limits.max_length if self.kind == "text" else None


def id_of(name: str) -> str:
    """The id of the field with that dotted name; names hold no hyphens, so ids differ when names do."""
    return "id_" + name.replace(".", "-")


def widget_of(field: Field) -> str:
    """The control of a field: what its ``Show`` says, or what follows from its type."""
    if field.show.widget:
        return field.show.widget
    if field.kind == "choice":
        count = len(field.values)
        return "datalist" if count > MANY else "select" if count > FEW or field.nullable else "radio"
    if field.kind == "yes_no":
        return "select" if field.nullable else "radio" if field.required else "check"
    by_kind: Mapping[Kind, str] = {"choices": "checkboxes", "lines": "lines", "group": "group", "rows": "rows"}
    return by_kind.get(field.kind) or ("datalist" if field.show.choices else "text")


def choice_options(bound: BoundField, chosen: Iterable[str]) -> tuple[Option, ...]:
    """The options of a choice; a value that is not, or no longer, among them is kept visible at the end."""
    field, picked = bound.field, [one for one in chosen if one]
    words: Mapping[str, Text] = YES_NO if field.kind == "yes_no" else field.show.words()
    if field.kind not in {"choice", "choices", "yes_no"} and not words:
        return ()
    found: list[tuple[str, Any]] = [(value, words.get(value, value)) for value in field.values or words]
    known = {value for value, _ in found}
    if bound.widget in {"select", "radio", "checkboxes"}:
        found += [(value, NO_LONGER.fill(value=value)) for value in picked if value not in known]
    if bound.widget == "select" and (field.nullable or not picked):
        found.insert(0, ("", CHOOSE))
    return tuple(
        Option(value, label, value in picked, bound.id if index == 0 else f"{bound.id}--{index + 1}")
        for index, (value, label) in enumerate(found)
    )


def _is_iso_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
