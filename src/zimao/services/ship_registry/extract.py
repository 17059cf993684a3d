"""The extract of the ship register as rows and as CSV. Owners stay out of it: they may be persons."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from zimao.services.ship_registry.models import Ship

__all__ = ["COLUMNS", "register_csv", "register_row"]

COLUMNS = (
    "register_number",
    "name_zh",
    "name_en",
    "identification_number",
    "imo_number",
    "call_sign",
    "mmsi",
    "ship_type",
    "port",
    "gross_tonnage",
    "net_tonnage",
    "registered_on",
)


def register_row(ship: Ship) -> dict[str, Any]:
    """One ship of the extract."""
    return {column: getattr(ship, column) for column in COLUMNS}


def register_csv(ships: Iterable[Ship]) -> bytes:
    """The extract as CSV behind a byte-order mark, so that a spreadsheet reads the Chinese."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for ship in ships:
        writer.writerow([_plain(value) for value in register_row(ship).values()])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _plain(value: Any) -> Any:
    """A cell that a spreadsheet does not take for a formula."""
    if not isinstance(value, str):
        return "" if value is None else value
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
