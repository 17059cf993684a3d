"""Dated reference tables: what was in force on a day, and who released it from which source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zimao.kernel._door import lazy_door
from zimao.kernel.tables.spec import Column, TableSpec, register_table, registered_tables, spec_of

if TYPE_CHECKING:
    from zimao.kernel.tables.queries import Table, as_of

__all__ = ["Column", "Table", "TableSpec", "as_of", "register_table", "registered_tables", "spec_of"]

__getattr__, __dir__ = lazy_door(__name__, {"Table": ".queries", "as_of": ".queries"})
