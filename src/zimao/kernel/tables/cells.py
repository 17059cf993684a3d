"""One cell: from what somebody typed to a typed value, and back to the one text that stands for it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from zimao.kernel.errors import Problem
from zimao.kernel.tables.spec import Column, Value
from zimao.kernel.text import Text, t

__all__ = ["CONTROL", "MAX_TEXT", "BadCellError", "canonical", "parse"]

MAX_TEXT = 2_000
_TRUE = frozenset({"true", "yes", "1", "是"})
_FALSE = frozenset({"false", "no", "0", "否"})
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]+)?")
_DATE = re.compile(r"([0-9]{4})([-/])([0-9]{1,2})\2([0-9]{1,2})")
# what a spreadsheet would run when the table is downloaded and opened again
_FORMULA = re.compile(r"[=@]|[+-]+[^\d\s.+-]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

_IS_FORMULA = t("不能以 = @ + - 开头，表格软件会当作公式执行", "It may not start with = @ + -: a spreadsheet would run it")
_NOT_DECIMAL = t("应为数字，例如 0.13，不含千位分隔符", "It should be a number such as 0.13, without thousands separators")


class BadCellError(Exception):
    """The text is not a value of the column."""

    def __init__(self, code: str, sentence: Text) -> None:
        super().__init__(sentence.en)
        self.code = f"tables.{code}"
        self.sentence = sentence

    def at(self, row: int, column: str) -> Problem:
        """The same as a problem of a file's row and column."""
        return Problem(self.code, "file", self.sentence, row, column)


def parse(column: Column, text: str) -> Value:
    """The value that ``text`` stands for. BadCellError when it is not one of the column's."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        if column.required:
            raise BadCellError("required", t("不能为空", "This may not be empty"))
        return "" if column.kind == "text" else None
    value = _READERS[column.kind](column, text)
    _check_bounds(column, value)
    return value


def canonical(value: Value) -> str:
    """The one text of a value: ``parse`` gives the same value back."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        plain = f"{value:f}"
        plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
        return "0" if plain in {"-0", ""} else plain
    return value.isoformat() if isinstance(value, date) else str(value)


def _text(column: Column, text: str) -> str:
    if len(text) > MAX_TEXT:
        raise BadCellError("too_long", t("不能超过{n}个字", "At most {n} characters").fill(n=MAX_TEXT))
    if CONTROL.search(text):
        raise BadCellError("control", t("含有不可见的控制字符", "There is a control character in it"))
    if _FORMULA.match(text):
        raise BadCellError("formula", _IS_FORMULA)
    if column.choices is not None and text not in column.choices:
        raise BadCellError("choice", t("只能是：{all}", "One of: {all}").fill(all="、".join(column.choices)))
    if column.pattern is not None and not re.fullmatch(column.pattern, text):
        raise BadCellError("pattern", t("格式应为 {pattern}", "It should look like {pattern}").fill(pattern=column.pattern))
    return text


def _integer(_column: Column, text: str) -> int:
    if not _INTEGER.fullmatch(text) or not -(2**63) <= int(text) < 2**63:
        raise BadCellError("integer", t("应为整数，例如 20", "It should be a whole number such as 20"))
    return int(text)


def _decimal(column: Column, text: str) -> Decimal:
    if not _DECIMAL.fullmatch(text):
        raise BadCellError("decimal", _NOT_DECIMAL)
    digits = text.partition(".")[2].rstrip("0")
    if len(digits) > column.scale:
        raise BadCellError("scale", t("小数点后最多{n}位", "At most {n} digits after the point").fill(n=column.scale))
    return Decimal(text)


def _date(_column: Column, text: str) -> date:
    found = _DATE.fullmatch(text)
    try:
        return date(int(found[1]), int(found[3]), int(found[4])) if found else date(0, 0, 0)
    except ValueError:
        raise BadCellError("date", t("应为日期，例如 2026-01-31", "It should be a date such as 2026-01-31")) from None


def _bool(_column: Column, text: str) -> bool:
    word = text.lower()
    if word not in _TRUE | _FALSE:
        raise BadCellError("bool", t("应为 true/false、1/0 或 是/否", "It should be true/false, 1/0 or yes/no"))
    return word in _TRUE


_READERS: Mapping[str, Callable[[Column, str], Value]] = {
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "date": _date,
    "bool": _bool,
}


def _check_bounds(column: Column, value: Value) -> None:
    least, most = column.at_least, column.at_most
    if least is not None and value < least:  # type: ignore[operator]  # the bound is of the column's kind
        raise BadCellError("at_least", t("不得小于{bound}", "At least {bound}").fill(bound=canonical(least)))
    if most is not None and value > most:  # type: ignore[operator]
        raise BadCellError("at_most", t("不得大于{bound}", "At most {bound}").fill(bound=canonical(most)))
