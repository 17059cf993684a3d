"""The workbook to take away: words, units, help and choices beside each cell, filled with what a draft already holds."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from zimao.kernel.forms.shape import Field, as_text
from zimao.kernel.text import Text, t
from zimao.services.ship_registry.workbook.layout import (
    CHOICES,
    FIRST_LINE,
    FIRST_ROW,
    GUIDE,
    HEADINGS,
    VALUE,
    Sheet,
    choices_of,
    letter,
    sheets,
)

__all__ = ["application_workbook"]

ROWS_OFFERED = 20
_WIDTHS = (22, 26, 34, 34, 10, 60)
_HEAD = PatternFill("solid", fgColor="DDE9E7")
_ASKED = PatternFill("solid", fgColor="FFF8E1")
_QUIET = Font(color="808080", size=9)
_GUIDE = (
    t("每个工作表是申请的一部分；只填写浅黄色单元格。", "Each sheet is a section of the application; fill in the pale yellow cells only."),
    t(
        "空白单元格不改变草稿中已有的内容；所有人、设备表只要填了一行，就替换原有各行。",
        "An empty cell leaves the draft as it is; one filled row of owners or equipment replaces the rows of the draft.",
    ),
    t(
        "日期写作 2024-04-18；不要使用公式；一格多个值用分号隔开。",
        "Dates are written 2024-04-18; no formulas; several values in one cell are separated by semicolons.",
    ),
    t(
        "有可选值的单元格可填中文、英文或代码，全部可选值见“可选值”表。",
        "A cell with choices takes the Chinese words, the English words or the code; the sheet of choices lists them all.",
    ),
    t(
        "填好后在申请页面上传；任何一格有误时，逐格说明原因，草稿不变。",
        "Upload it on the page of the application; when a cell is wrong, each is named with its reason and the draft stays as it was.",
    ),
)


def application_workbook(values: Mapping[str, Any]) -> bytes:
    """The .xlsx of an application with ``values``; an empty one for an empty mapping. Texts are texts: nothing runs as a formula."""
    book = Workbook()
    guide = book.active
    assert isinstance(guide, Worksheet)
    guide.title = GUIDE
    for line in _GUIDE:
        guide.append([line.zh])
        guide.append([line.en])
    guide.column_dimensions["A"].width = 110
    choices = book.create_sheet(CHOICES)
    for sheet in sheets().values():
        page = book.create_sheet(sheet.title)
        (_rows_page if sheet.has_rows else _lines_page)(page, sheet, values.get(sheet.key), choices)
    book.move_sheet(choices, len(sheets()))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _lines_page(page: Worksheet, sheet: Sheet, value: Any, choices: Worksheet) -> None:
    page.append(list(HEADINGS))
    _head(page, 1)
    held = value if isinstance(value, Mapping) else {sheet.key: value}
    for number, (name, field) in enumerate(sheet.fields.items(), start=FIRST_LINE):
        show = field.show
        page.append([name, _asked(field, show.label.zh), show.label.en, None, show.unit, _help(field)])
        _put(page.cell(number, VALUE + 1), field, held.get(name))
        page.cell(number, 1).font = _QUIET
        page.cell(number, len(HEADINGS)).alignment = Alignment(wrap_text=True, vertical="top")
        _offer(page, f"{letter(VALUE)}{number}", field, choices, sheet.path(name))
    for column, width in enumerate(_WIDTHS):
        page.column_dimensions[letter(column)].width = width
    page.freeze_panes = "D2"


def _rows_page(page: Worksheet, sheet: Sheet, value: Any, choices: Worksheet) -> None:
    fields = list(sheet.fields.values())
    page.append([one.name for one in fields])
    page.append([f"{_asked(one, one.show.label.zh)} {one.show.label.en}{f' ({one.show.unit})' if one.show.unit else ''}" for one in fields])
    page.append([_help(one) for one in fields])
    _head(page, 2)
    held = value if isinstance(value, list) else []
    last = FIRST_ROW + max(ROWS_OFFERED, len(held)) - 1
    for column, field in enumerate(fields):
        page.cell(1, column + 1).font = _QUIET
        page.cell(3, column + 1).font = _QUIET
        page.cell(3, column + 1).alignment = Alignment(wrap_text=True, vertical="top")
        page.column_dimensions[letter(column)].width = 34
        for number in range(FIRST_ROW, last + 1):
            row = held[number - FIRST_ROW] if number - FIRST_ROW < len(held) else None
            _put(page.cell(number, column + 1), field, row.get(field.name) if isinstance(row, Mapping) else None)
        _offer(page, f"{letter(column)}{FIRST_ROW}:{letter(column)}{last}", field, choices, f"{sheet.key}.{field.name}")
    page.freeze_panes = f"A{FIRST_ROW}"


def _head(page: Worksheet, row: int) -> None:
    for cell in page[row]:
        cell.font = Font(bold=True)
        cell.fill = _HEAD


def _asked(field: Field, words: str) -> str:
    return f"{words} *" if field.required or field.show.needed else words


def _help(field: Field) -> str:
    parts = [f"{field.show.help.zh} {field.show.help.en}"] if field.show.help else []
    if field.show.example:
        parts.append(f"例 e.g. {field.show.example}")
    return "  ".join(parts)


def _put(cell: Cell | Any, field: Field, value: Any) -> None:
    cell.fill = _ASKED
    cell.number_format = "yyyy-mm-dd" if field.kind == "date" else "@"
    if value in (None, "", []):
        return
    if field.kind == "date":
        try:
            cell.value = date.fromisoformat(as_text(value))
        except ValueError:
            cell.value = as_text(value)
        return
    known = choices_of(field)
    several = value if isinstance(value, list) else [value]
    cell.value = "; ".join(_word(known, as_text(one)) for one in several)
    cell.data_type = "s"


def _word(known: Mapping[str, Text], text: str) -> str:
    return known[text].zh if text in known else text


def _offer(page: Worksheet, where: str, field: Field, choices: Worksheet, path: str) -> None:
    """The field's values on the sheet of choices (code, Chinese, English), and a drop-down of the Chinese words."""
    known = choices_of(field)
    if not known:
        return
    first = choices.max_row + (2 if choices.max_row > 1 or choices["A1"].value else 0)
    choices.cell(first, 1, path)
    choices.cell(first, 2, f"{field.show.label.zh} {field.show.label.en}").font = Font(bold=True)
    for number, (value, words) in enumerate(known.items(), start=first + 1):
        for column, text in enumerate((value, words.zh, words.en), start=1):
            choices.cell(number, column, text).number_format = "@"
    if field.kind == "choices":  # a drop-down picks one value only
        return
    rule = DataValidation(
        type="list", formula1=f"'{CHOICES}'!$B${first + 1}:$B${first + len(known)}", allow_blank=True, showErrorMessage=False
    )
    page.add_data_validation(rule)
    rule.add(where)
