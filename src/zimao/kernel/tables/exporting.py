"""A table as a file that can be opened, changed and drafted again: CSV and Excel. Pure."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from zimao.kernel.errors import Refused
from zimao.kernel.tables.contents import Contents
from zimao.kernel.tables.spec import Value
from zimao.kernel.text import t

__all__ = ["MAX_EXCEL_ROWS", "csv_bytes", "workbook_bytes"]

MAX_EXCEL_ROWS = 20_000
_TOO_MANY = t("超过{n}行，请下载 CSV", "There are more than {n} rows; download the CSV").fill(n=MAX_EXCEL_ROWS)


def csv_bytes(contents: Contents) -> bytes:
    """The canonical CSV behind a byte-order mark, so that Excel reads the Chinese; the hash is that of the text without it."""
    return b"\xef\xbb\xbf" + contents.text.encode()


def workbook_bytes(contents: Contents) -> bytes:
    """An .xlsx with one sheet. Every text is stored as text, so nothing in it is ever run as a formula.

    Refused (``tables.too_many_for_excel``) beyond 20,000 rows, which take too long to write for a page that anybody may ask.
    """
    if len(contents.rows) > MAX_EXCEL_ROWS:
        raise Refused("tables.too_many_for_excel", _TOO_MANY, "form")
    book = Workbook(write_only=True)
    sheet = book.create_sheet(contents.spec.name[:31])
    sheet.freeze_panes = "A2"
    head = [WriteOnlyCell(sheet, column.name) for column in contents.spec.columns]
    for cell in head:
        cell.font = Font(bold=True)
    sheet.append(head)
    for row in contents.rows:
        sheet.append([_cell(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: Any, value: Value) -> Any:
    exact: Any = str(value) if isinstance(value, Decimal) else value
    # a whole number that Excel's floating point would round is kept as text
    if isinstance(exact, int) and not isinstance(exact, bool) and abs(exact) >= 10**15:
        exact = str(exact)
    cell = WriteOnlyCell(sheet, exact)
    if isinstance(exact, str):
        cell.data_type = "s"
        cell.number_format = "@"
    return cell
