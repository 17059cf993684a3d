"""A filled workbook read back: what was filled in by section, and in which cell, or every wrong cell by sheet, row and column.

The bytes are opened by the guarded reader of ``kernel.tables``: bounded, no macros, formulas refused cell by cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from zimao.kernel.errors import Problem, Refused
from zimao.kernel.forms.shape import Field
from zimao.kernel.tables.reading import Line, read_sheets
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
    split_values,
)

__all__ = ["Cell", "Filled", "place_of", "read_application"]

MAX_SHEETS = 20
MAX_ROWS = 500
MAX_COLUMNS = 20
_NOT_OURS = t(
    "工作簿中没有“{sheet}”这样的工作表，请使用本服务的模板", "The application has no sheet “{sheet}”; use the template of this service"
)
_NO_SHEET = t(
    "工作簿中没有申请的任何部分，请使用本服务的模板", "The workbook holds no section of the application; use the template of this service"
)
_NO_FIELD = t("没有“{name}”这个字段", "There is no field “{name}”")
_TWICE = t("字段“{name}”出现了两次", "The field “{name}” is there twice")
_AT = t("工作表“{sheet}”第{row}行{column}列：{why}", "Sheet “{sheet}”, row {row}, column {column}: {why}")
_ON = t("工作表“{sheet}”：{why}", "Sheet “{sheet}”: {why}")


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a value stands: the sheet's title, the row as Excel counts it, the letter of the column."""

    sheet: str
    row: int
    column: str


@dataclass(frozen=True, slots=True)
class Filled:
    """What was filled in, by section, and the cell of each dotted path. Cells left empty are in neither."""

    values: dict[str, Any] = field(default_factory=dict)
    cells: dict[str, Cell] = field(default_factory=dict)


def read_application(data: bytes) -> Filled:
    """What a workbook fills in. Refused with every cell that cannot be read; whether the values are right is for the form to say."""
    known, filled, problems = sheets(), Filled(), []
    for title, lines in read_sheets(data, sheets=MAX_SHEETS, rows=MAX_ROWS, columns=MAX_COLUMNS).items():
        if title in (GUIDE, CHOICES):
            continue
        sheet = known.get(title.rpartition(" ")[2])
        if sheet is None:
            problems.append(Problem("workbook.sheet", "file", _NOT_OURS.fill(sheet=title[:60])))
            continue
        problems += list(
            _rows(replace(sheet, title=title), lines, filled) if sheet.has_rows else _lines(replace(sheet, title=title), lines, filled)
        )
    if problems:
        raise Refused.of(problems)
    if not filled.values:
        raise Refused(
            "workbook.empty", t("工作簿中没有填写任何内容", "Nothing is filled in in this workbook") if known else _NO_SHEET, "file"
        )
    return filled


def place_of(filled: Filled, problem: Problem) -> Problem:
    """The same problem with the sheet, row and column of the cell that it is about; as it is when no cell of the workbook is."""
    path = problem.field
    while path and path not in filled.cells:
        path = path.rpartition(".")[0]
    cell = filled.cells.get(path)
    if cell is None:
        return problem
    words = (_AT if cell.row else _ON).fill(sheet=cell.sheet, row=cell.row, column=cell.column, why=problem.sentence)
    return Problem(problem.code, problem.field, words, cell.row or None, cell.column)


def _lines(sheet: Sheet, lines: Sequence[Line], filled: Filled) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, cells in lines:
        name = str(cells[0]).strip()
        if number < FIRST_LINE or name in HEADINGS or not any(cells):
            continue
        if name not in sheet.fields or name in seen:
            yield _wrong(
                Cell(sheet.title, number, "A"), sheet.key, "workbook.field", (_TWICE if name in seen else _NO_FIELD).fill(name=name[:60])
            )
            continue
        seen.add(name)
        text = cells[VALUE] if len(cells) > VALUE else ""
        cell = Cell(sheet.title, number, letter(VALUE))
        if isinstance(text, Text):
            yield _wrong(cell, sheet.path(name), "workbook.cell", text)
        elif text.strip():
            _keep(sheet, name, _value(sheet.fields[name], text), cell, filled)


def _keep(sheet: Sheet, name: str, value: Any, cell: Cell, filled: Filled) -> None:
    filled.cells[sheet.path(name)] = cell
    filled.cells.setdefault(sheet.key, Cell(sheet.title, 0, ""))
    if sheet.field.fields:
        filled.values.setdefault(sheet.key, {})[name] = value
    else:
        filled.values[sheet.key] = value


def _rows(sheet: Sheet, lines: Sequence[Line], filled: Filled) -> Iterator[Problem]:
    if not lines:
        return
    names = [str(cell).strip() for cell in lines[0][1]]
    yield from _wrong_names(sheet, lines[0][0], names)
    rows: list[dict[str, Any]] = []
    for number, cells in lines[1:]:
        if number < FIRST_ROW or not any(cells):
            continue
        row: dict[str, Any] = {}
        for column, (name, text) in enumerate(zip(names, cells, strict=False)):
            cell = Cell(sheet.title, number, letter(column))
            if isinstance(text, Text):
                yield _wrong(cell, sheet.path(name, len(rows)), "workbook.cell", text)
            elif text.strip() and name in sheet.fields:
                row[name] = _value(sheet.fields[name], text)
                filled.cells[sheet.path(name, len(rows))] = cell
        filled.cells[f"{sheet.key}.{len(rows)}"] = Cell(sheet.title, number, "A")
        rows.append(row)
    if rows:
        filled.cells[sheet.key] = Cell(sheet.title, 0, "")
        filled.values[sheet.key] = rows


def _wrong_names(sheet: Sheet, number: int, names: Sequence[str]) -> Iterable[Problem]:
    for column, name in enumerate(names):
        if name not in sheet.fields or name in names[:column]:
            why = (_TWICE if name in names[:column] else _NO_FIELD).fill(name=name[:60])
            yield _wrong(Cell(sheet.title, number, letter(column)), sheet.key, "workbook.field", why)


def _wrong(cell: Cell, path: str, code: str, why: Text) -> Problem:
    return place_of(Filled({}, {path: cell}), Problem(code, path, why))


def _value(of: Field, text: str) -> Any:
    """What the form takes for the text of a cell: codes for words, lists for several values."""
    known = {word.strip().lower(): value for value, words in choices_of(of).items() for word in (value, words.zh, words.en)}
    if of.kind in ("choices", "lines"):
        return [known.get(one.lower(), one) for one in split_values(text)]
    plain = text.strip()
    if of.kind == "yes_no":
        known |= {"y": "true", "n": "false", "1": "true", "0": "false"}
        return {"true": True, "false": False}.get(known.get(plain.lower(), ""), plain)
    return known.get(plain.lower(), plain)
