"""The sentences in which a file is refused. They name what is wrong and what to do, never the content of a cell."""

from __future__ import annotations

from typing import Final

from zimao.kernel.errors import Problem, Refused
from zimao.kernel.text import Text, t

__all__ = ["SENTENCES", "problem", "refusal"]

SENTENCES: Final[dict[str, Text]] = {
    "no_file": t("找不到该文件", "There is no such file"),
    "file_kind": t(
        "不是 CSV 或 Parquet 文件：{kind}，请解压或另存后重试", "Not a CSV or Parquet file but {kind}; unpack it or save it as CSV"
    ),
    "file_size": t("文件超过上限 {bound} 字节", "The file is larger than {bound} bytes"),
    "file_empty": t("文件没有内容", "There is nothing in the file"),
    "too_many_rows": t("超过{bound}行", "There are more than {bound} rows"),
    "too_many_columns": t("超过{bound}列", "There are more than {bound} columns"),
    "unpacked": t("文件解压后过大，已拒绝", "The file unpacks to too much and is refused"),
    "parquet": t("无法读取该 Parquet 文件，文件可能已损坏", "This Parquet file cannot be read; it may be damaged"),
    "parquet_rows": t("无法读取从该行开始的数据，文件可能已损坏", "The data from this row on cannot be read; the file may be damaged"),
    "nul": t("含有 NUL 字节，不是文本", "There is a NUL byte; this is not text"),
    "encoding": t(
        "不是有效的 {encoding} 文本，请以 UTF-8 或 GB18030 保存", "This is not valid {encoding} text; save the file as UTF-8 or GB18030"
    ),
    "record": t("该行超过{bound}字节仍未结束，是否漏了引号？", "The row does not end within {bound} bytes; is a quotation mark missing?"),
    "open_quote": t("引号没有闭合", "A quotation mark is not closed"),
    "line_ends": t("行尾应为 LF 或 CRLF", "Lines should end in LF or CRLF"),
    "header": t("表头不是有效的 CSV", "The heading is not valid CSV"),
    "unknown_column": t("没有这一列：{name}", "There is no column {name}"),
    "missing_column": t("缺少列：{name}", "A column is missing: {name}"),
    "column_twice": t("列重复：{name}", "The column is there twice: {name}"),
    "column_type": t("列的类型是 {found}，应为 {wanted}", "The column is of type {found}, expected {wanted}"),
    "csv": t("该行不是有效的 CSV，请检查引号", "The row is not valid CSV; look at its quotation marks"),
    "too_few_cells": t("单元格少于表头：{found}，应为 {wanted}", "There are fewer cells than columns: {found}, expected {wanted}"),
    "too_many_cells": t("单元格多于表头：{found}，应为 {wanted}", "There are more cells than columns: {found}, expected {wanted}"),
    "required": t("不能为空", "This may not be empty"),
    "control": t("含有不可见的控制字符", "There is a control character in it"),
    "type_integer": t("应为整数，例如 20", "It should be a whole number such as 20"),
    "type_decimal": t("应为数字，小数点后最多{scale}位", "It should be a number with at most {scale} digits after the point"),
    "type_float": t("应为数字，例如 0.5", "It should be a number such as 0.5"),
    "type_date": t("应为日期，例如 2026-01-31", "It should be a date such as 2026-01-31"),
    "type_datetime": t("应为时刻，例如 2026-01-31T08:30:00", "It should be a moment such as 2026-01-31T08:30:00"),
    "type_boolean": t("应为 true/false、1/0 或 是/否", "It should be true/false, 1/0 or yes/no"),
    "type_text": t("应为文本", "It should be text"),
    "duplicate": t("与第{first}行的键重复", "The key is the same as in row {first}"),
}


def problem(code: str, row: int | None = None, column: str = "", **values: object) -> Problem:
    """One thing that is wrong with the file."""
    return Problem(f"bulk.{code}", "file", SENTENCES[code].fill(**values), row, column)


def refusal(code: str, row: int | None = None, column: str = "", **values: object) -> Refused:
    """The refusal of a file for one reason."""
    return Refused.of([problem(code, row, column, **values)])
