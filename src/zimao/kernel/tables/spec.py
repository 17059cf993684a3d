"""What a dated reference table looks like: its columns, its source, the file it ships with. Pure.

A table holds the numbers and lists that a law or a notice sets (a period, a fee, a list of ports). Services declare theirs
with :func:`register_table`; the values themselves are releases, each in force from a day on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

from zimao.kernel.errors import Missing
from zimao.kernel.text import Text, t

__all__ = ["KINDS", "Column", "Kind", "TableSpec", "Value", "register_table", "registered_tables", "spec_of"]

Kind = Literal["text", "integer", "decimal", "date", "bool"]
Value = str | int | Decimal | date | bool | None
KINDS: Mapping[Kind, Text] = {
    "text": t("文本", "Text"),
    "integer": t("整数", "Integer"),
    "decimal": t("小数", "Decimal"),
    "date": t("日期", "Date"),
    "bool": t("是/否", "Yes or no"),
}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_RESERVED = frozenset({"releases"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    ``key``: part of the row's key, by which releases are compared. ``unique``: no two rows share a value. ``choices`` and
    ``pattern`` (a regular expression for the whole value) bound texts; ``at_least`` and ``at_most`` (inclusive) bound
    numbers and dates. ``scale``: the most digits after the point of a decimal. An empty text is ``""``, anything else
    that is empty is null; neither is accepted where the column is ``required``.
    """

    name: str
    kind: Kind
    label: Text
    required: bool = True
    unique: bool = False
    key: bool = False
    choices: tuple[str, ...] | None = None
    pattern: str | None = None
    at_least: int | Decimal | date | None = None
    at_most: int | Decimal | date | None = None
    scale: int = 6

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or self.kind not in KINDS:
            raise ValueError(f"not a column: {self.name!r} of kind {self.kind!r}")
        if not 0 <= self.scale <= 18:
            raise ValueError(f"column {self.name}: a decimal has 0 to 18 digits after the point")
        if self.pattern is not None:
            re.compile(self.pattern)


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table: ``name`` (stable, in addresses), the words for it, its columns in order, where its values come from.

    ``seed`` is the CSV that the software ships, in force from ``effective_from`` until something is released.
    ``per_zone``: each zone may release its own values, which win over the shared ones. ``service``: who uses it.
    """

    name: str
    label: Text
    columns: tuple[Column, ...]
    source: str
    seed: Path
    effective_from: date
    service: str = ""
    per_zone: bool = False

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or self.name in _RESERVED:
            raise ValueError(f"not a name for a table: {self.name!r}")
        names = [column.name for column in self.columns]
        if not names or len(set(names)) != len(names):
            raise ValueError(f"table {self.name}: its columns need different names")
        if not self.source.strip():
            raise ValueError(f"table {self.name}: name its source")

    @property
    def key(self) -> tuple[Column, ...]:
        """The columns that tell one row from another; all of them when none is marked."""
        return tuple(column for column in self.columns if column.key) or self.columns


_TABLES: dict[str, TableSpec] = {}


def register_table(spec: TableSpec) -> None:
    """Make a table known; called from a service's ``register``. Registering a name again replaces it."""
    _TABLES[spec.name] = spec


def registered_tables() -> Mapping[str, TableSpec]:
    """Every registered table by name."""
    return dict(_TABLES)


def spec_of(name: str) -> TableSpec:
    """The table of that name. Missing (``tables.unknown``) when there is none."""
    if name not in _TABLES:
        raise Missing("tables.unknown", t("没有名为“{name}”的规则表", "There is no table “{name}”").fill(name=name), "table")
    return _TABLES[name]
