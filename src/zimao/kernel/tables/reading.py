"""Reading what an editor uploads: CSV (UTF-8 or GB18030) and Excel workbooks, into contents or a list of every wrong cell. Pure.

The first row names the columns, by their name or their label, in any order. A workbook is read for its values only:
formulas, macros and error cells are refused, and its size is bounded before it is unpacked.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import openpyxl

from zimao.kernel.errors import Problem, Refused
from zimao.kernel.tables.contents import MAX_PROBLEMS, Contents, checked
from zimao.kernel.tables.spec import TableSpec
from zimao.kernel.text import Text, t

__all__ = ["MAX_BYTES", "MAX_ROWS", "MAX_UNPACKED", "Line", "prepared", "read_file", "read_sheets"]

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 100_000
MAX_UNPACKED = 64 * 1024 * 1024
MAX_MEMBERS = 500
MAX_COLUMNS = 200
_EXCEL_ROWS = 2**20
_MACRO = "vbaproject"
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"

_TOO_BIG = t("文件超过{n} MB", "The file is larger than {n} MB").fill(n=MAX_BYTES // 2**20)
_TOO_MANY = t("超过{n}行", "There are more than {n} rows").fill(n=MAX_ROWS)
_OLD_EXCEL = t("不支持 .xls 或加密的工作簿，请另存为 .xlsx 或 CSV", "An .xls or encrypted workbook is not read; save it as .xlsx or CSV")
_NOT_XLSX = t("无法读取该工作簿，请另存为 .xlsx 或 CSV 后重试", "This workbook cannot be read; save it as .xlsx or CSV again")
_BOMB = t("工作簿解压后过大，已拒绝", "The workbook unpacks to too much and is refused")
_MACROS = t("工作簿含有宏，已拒绝，请另存为 .xlsx", "The workbook has macros and is refused; save it as .xlsx")
_NOT_TEXT = t("不是 CSV 文本（应为 UTF-8 或 GB18030 编码）", "This is not CSV text (UTF-8 or GB18030)")
_FORMULA = t("单元格是公式，请粘贴为数值", "The cell is a formula; paste its value")
_ERROR_CELL = t("单元格是错误值", "The cell holds an error")
_UNKNOWN = t("表中没有这一列：{name}", "The table has no column {name}")
_MOMENT = t("单元格含有时刻，应只有日期", "The cell holds a time; it should be a date only")

Line = tuple[int, Sequence[str | Text]]
"""A file's row number and its cells: the text, or what is wrong with the cell."""


def read_file(spec: TableSpec, data: bytes) -> Contents:
    """The contents of an uploaded file. Refused with every problem: of the file, of its header, of its cells by row and column."""
    if len(data) > MAX_BYTES:
        raise Refused("tables.file_size", _TOO_BIG, "file")
    if not data.strip():
        raise Refused("tables.file_empty", t("请选择文件；该文件是空的", "Choose a file; this one is empty"), "file")
    if data.startswith(_OLE):
        raise Refused("tables.file_kind", _OLD_EXCEL, "file")
    lines = _workbook(data) if data.startswith(_ZIP) else _csv(data)
    return _contents(spec, [line for line in lines if any(line[1])])


def read_sheets(data: bytes, *, sheets: int, rows: int, columns: int) -> dict[str, list[Line]]:
    """The lines of the first ``sheets`` sheets of a workbook by title, each up to ``rows`` and ``columns``, guarded as a table file is.

    A cell that is a formula or an error is its sentence instead of its text. Refused for a file that is not a plain workbook.
    """
    if len(data) > MAX_BYTES:
        raise Refused("tables.file_size", _TOO_BIG, "file")
    if not data.startswith(_ZIP):
        raise Refused("tables.file_kind", _OLD_EXCEL if data.startswith(_OLE) else _NOT_XLSX, "file")
    book = _opened(data)
    try:
        found = {}
        for sheet in book.worksheets[:sheets]:
            sheet.reset_dimensions()
            found[sheet.title] = _kept_lines(sheet.iter_rows(max_row=rows, max_col=columns))
    except Exception as error:  # a foreign parser on a hostile file may raise anything
        raise Refused("tables.workbook", _NOT_XLSX, "file") from error
    return found


def prepared(spec: TableSpec, data: bytes) -> bytes:
    """The same contents as canonical CSV: a workbook takes seconds to read, which nobody should wait for behind a locked database.

    Refused as :func:`read_file` is. Call it before the operation.
    """
    return read_file(spec, data).text.encode()


def _contents(spec: TableSpec, lines: Sequence[Line]) -> Contents:
    if not lines:
        raise Refused("tables.file_empty", t("文件没有内容", "There is nothing in the file"), "file")
    places = _header(spec, lines[0][1])
    problems, rows = list(_overhang(lines, len(lines[0][1]))), []
    for number, cells in lines[1:]:
        picked = [cells[place] if place < len(cells) else "" for place in places]
        problems += [
            Problem("tables.cell", "file", cell, number, column.name)
            for column, cell in zip(spec.columns, picked, strict=True)
            if isinstance(cell, Text)
        ]
        rows.append((number, picked))
    if not problems:
        return checked(spec, [(number, [str(cell) for cell in cells]) for number, cells in rows])
    raise Refused.of(problems[:MAX_PROBLEMS])


def _header(spec: TableSpec, cells: Sequence[str | Text]) -> list[int]:
    """Where in the file each column stands."""
    names = [str(cell).strip().lower() for cell in cells]
    while names and not names[-1]:
        names.pop()
    known = {word.lower(): column.name for column in spec.columns for word in (column.label.en, column.label.zh, column.name)}
    found = [known.get(name, "") for name in names]
    problems = [
        Problem("tables.unknown_column", "file", _UNKNOWN.fill(name=name or "?"), 1, name)
        for name, column in zip(names, found, strict=True)
        if not column
    ]
    for column in spec.columns:
        if column.name not in found:
            sentence = t("缺少列：{name}（{label}）", "A column is missing: {name} ({label})").fill(name=column.name, label=column.label)
            problems.append(Problem("tables.missing_column", "file", sentence, 1, column.name))
        elif found.count(column.name) > 1:
            sentence = t("列重复：{name}", "The column is there twice: {name}").fill(name=column.name)
            problems.append(Problem("tables.column_twice", "file", sentence, 1, column.name))
    if problems:
        raise Refused.of(problems)
    return [found.index(column.name) for column in spec.columns]


def _overhang(lines: Sequence[Line], width: int) -> Iterator[Problem]:
    for number, cells in lines[1:]:
        if any(cells[width:]):
            sentence = t("单元格多于表头，是否漏了引号？", "There are more cells than columns; is a quotation mark missing?")
            yield Problem("tables.overhang", "file", sentence, number)


def _csv(data: bytes) -> list[Line]:
    text = _decoded(data)
    found: list[Line] = []
    number = 0
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), start=1):
            if number > MAX_ROWS + 1:
                raise Refused("tables.too_many", _TOO_MANY, "file")
            found.append((number, cells))
    except csv.Error as error:
        sentence = t("第{row}行不是有效的 CSV", "Row {row} is not valid CSV").fill(row=number + 1)
        raise Refused.of([Problem("tables.csv", "file", sentence, number + 1)]) from error
    return found


def _decoded(data: bytes) -> str:
    if b"\x00" not in data:
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise Refused("tables.encoding", _NOT_TEXT, "file")


def _opened(data: bytes) -> Any:
    _refuse_dangerous(data)
    try:
        # defusedxml is installed, so openpyxl parses with it: no entities, no external references
        return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    except Exception as error:  # a foreign parser on a hostile file may raise anything
        raise Refused("tables.workbook", _NOT_XLSX, "file") from error


def _workbook(data: bytes) -> list[Line]:
    book = _opened(data)
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        # both bounds matter: one cell in the last column or row makes openpyxl fill everything before it
        return _kept_lines(sheet.iter_rows(max_row=_EXCEL_ROWS, max_col=MAX_COLUMNS))
    except Refused:
        raise
    except Exception as error:  # a foreign parser on a hostile file may raise anything
        raise Refused("tables.workbook", _NOT_XLSX, "file") from error


def _refuse_dangerous(data: bytes) -> None:
    try:
        members = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise Refused("tables.workbook", _NOT_XLSX, "file") from error
    # unpacking never yields more than a member's declared size, so the declared sizes bound it
    if len(members) > MAX_MEMBERS or sum(one.file_size for one in members) > MAX_UNPACKED:
        raise Refused("tables.bomb", _BOMB, "file")
    if any(_MACRO in one.filename.lower() for one in members):
        raise Refused("tables.macros", _MACROS, "file")


def _kept_lines(rows: Iterable[Sequence[Any]]) -> list[Line]:
    found: list[Line] = []
    for number, row in enumerate(rows, start=1):
        cells = [_cell(cell) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            found.append((number, cells))
        if len(found) > MAX_ROWS + 1:
            raise Refused("tables.too_many", _TOO_MANY, "file")
    return found


def _cell(cell: Any) -> str | Text:
    if cell.value is None:
        return ""
    if cell.data_type in {"f", "e"}:
        return _FORMULA if cell.data_type == "f" else _ERROR_CELL
    return _plain(cell.value)


def _plain(value: Any) -> str | Text:
    """What the cell would say if it were typed: 20.0 is 20, a date is ISO."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
    if isinstance(value, datetime) and value.time() == time(0):
        return value.date().isoformat()
    if isinstance(value, datetime | time):
        return _MOMENT
    return value.isoformat() if isinstance(value, date) else str(value)
