"""How the workbook is laid out: one sheet for each section of the form, made from the form itself.

A group is a sheet of lines: field, words, the value to fill in, unit, help. Rows (owners, radio equipment) are a sheet with
one column for each field. Sheets and fields are found again by their key, so words may change and columns may be widened.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from zimao.kernel.forms.shape import Field, shape
from zimao.kernel.text import Text, t
from zimao.services.ship_registry.forms import ApplicationForm

__all__ = [
    "CHOICES",
    "FIRST_LINE",
    "FIRST_ROW",
    "GUIDE",
    "HEADINGS",
    "VALUE",
    "Sheet",
    "choices_of",
    "letter",
    "sheets",
    "split_values",
]

GUIDE = "填写说明 guide"
CHOICES = "可选值 choices"
HEADINGS = ("字段 Field", "项目", "Item", "填写 Value", "单位 Unit", "说明 Help")
VALUE = 3
"""The column of the values on the sheet of a group, counted from 0."""
FIRST_LINE = 2
"""The first line of a group; line 1 holds the headings."""
FIRST_ROW = 4
"""The first row of owners or equipment; above are the keys, the words and the help."""

_YES_NO = {"true": t("是", "Yes"), "false": t("否", "No")}
_SEPARATORS = re.compile(r"[;；、\n]")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One section: ``fields`` are its lines, or its columns when it has rows. A single value is a group of one."""

    key: str
    title: str
    field: Field

    @property
    def has_rows(self) -> bool:
        return self.field.kind == "rows"

    @property
    def fields(self) -> Mapping[str, Field]:
        return self.field.fields or {self.key: self.field}

    def path(self, name: str, row: int | None = None) -> str:
        """The dotted path of a field of this sheet; ``row`` counts from 0."""
        if not self.field.fields:
            return self.key
        return f"{self.key}.{name}" if row is None else f"{self.key}.{row}.{name}"


def sheets() -> dict[str, Sheet]:
    """The sheets by key, in the order of the form."""
    return {key: Sheet(key, f"{_plain(field.show.label)} {key}"[:31], field) for key, field in shape(ApplicationForm).items()}


def choices_of(field: Field) -> Mapping[str, Text]:
    """The values that a field takes, with their words; empty for one that takes anything."""
    return _YES_NO if field.kind == "yes_no" else field.show.words()


def split_values(text: str) -> list[str]:
    """The values of a cell that holds several, apart by semicolons, 、 or lines."""
    return [one.strip() for one in _SEPARATORS.split(text) if one.strip()]


def letter(column: int) -> str:
    """The letter of a column counted from 0; the sheets have fewer than 26."""
    return chr(ord("A") + column)


def _plain(label: Text) -> str:
    return re.sub(r"[\[\]:*?/\\（(].*", "", label.zh)
