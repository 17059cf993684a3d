"""What Pydantic finds wrong, said to people in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zimao.kernel.errors import Problem
from zimao.kernel.forms.shape import Field
from zimao.kernel.text import Text, t

__all__ = ["REQUIRED", "UNREADABLE", "WRONG_DATE", "WRONG_SHAPE", "problem"]

REQUIRED = t("请填写此项", "Fill this in")
CHOOSE = t("请选择一项", "Choose one")
UNREADABLE = t("含有无法识别的字符，请重新输入", "There are characters that cannot be read; type it again")
WRONG_DATE = t("请填写正确的日期，格式为 年-月-日，例如 2024-05-06", "Give a date that exists, as year-month-day, such as 2024-05-06")
WRONG_SHAPE = t("数据结构不正确，应为字段名与值的对象", "The data has the wrong shape: an object of field names and values is needed")
_WRONG_TIME = t("请填写正确的日期和时间，例如 2024-05-06T09:30", "Give a date and time, such as 2024-05-06T09:30")
_OTHER = t("填写的内容不正确，请检查", "This is not right; check it")
_LIKE = t("格式不正确，应类似：{example}", "This has the wrong form; it should look like {example}")
_FORM = t("格式不正确，请检查", "This has the wrong form; check it")
_UNKNOWN = t("没有名为“{name}”的项", "There is no field called “{name}”")
_PLACE = t("第 {place} 项：{sentence}", "Entry {place}: {sentence}")
_INTEGER = t("请填写整数", "Give a whole number")
_NUMBER = t("请填写数字", "Give a number")
_LIST = t("请提供列表", "A list is needed")
_YES_NO = t("请填写是或否", "Give yes or no")
_TEXT = t("请填写文字", "Give text")

_SENTENCES: Mapping[str, Text] = {
    "missing": REQUIRED,
    "string_type": _TEXT,
    "string_too_short": t("至少 {min_length} 个字", "Characters needed: {min_length} or more"),
    "string_too_long": t("最多 {max_length} 个字", "Characters allowed: {max_length} at most"),
    "literal_error": t("请从列出的选项中选择", "Choose one of those listed"),
    "enum": t("请从列出的选项中选择", "Choose one of those listed"),
    "greater_than": t("必须大于 {gt}", "Must be greater than {gt}"),
    "greater_than_equal": t("不得小于 {ge}", "Must be {ge} or more"),
    "less_than": t("必须小于 {lt}", "Must be less than {lt}"),
    "less_than_equal": t("不得大于 {le}", "Must be {le} or less"),
    "multiple_of": t("必须是 {multiple_of} 的倍数", "Must be a multiple of {multiple_of}"),
    "decimal_max_places": t("最多 {decimal_places} 位小数", "Decimal places allowed: {decimal_places} at most"),
    "decimal_max_digits": t("最多 {max_digits} 位数字", "Digits allowed: {max_digits} at most"),
    "decimal_whole_digits": t("整数部分最多 {whole_digits} 位", "Digits before the decimal point: {whole_digits} at most"),
    "int_type": _INTEGER,
    "int_parsing": _INTEGER,
    "int_parsing_size": t("数字过大", "The number is too large"),
    "int_from_float": _INTEGER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "bool_type": _YES_NO,
    "bool_parsing": _YES_NO,
    "list_type": _LIST,
    "model_type": WRONG_SHAPE,
    "model_attributes_type": WRONG_SHAPE,
    "too_short": t("至少 {min_length} 项", "Entries needed: {min_length} or more"),
    "too_long": t("最多 {max_length} 项", "Entries allowed: {max_length} at most"),
}


def problem(error: Any, path: str, place: int | None, field: Field | None) -> Problem:
    """One of Pydantic's errors as a Problem at ``path``; ``place`` is the 1-based entry of a list of single values."""
    kind = str(error["type"])
    if _left_empty(error, kind):
        return Problem("field.required", path, CHOOSE if field is not None and field.kind == "choice" else REQUIRED)
    sentence = _UNKNOWN.fill(name=path) if kind == "extra_forbidden" else _sentence(kind, error, field)
    return Problem(f"field.{kind}", path, sentence if place is None else _PLACE.fill(place=place, sentence=sentence))


def _left_empty(error: Any, kind: str) -> bool:
    value = error["input"]
    return kind == "missing" or (
        (value is None or (isinstance(value, str) and not value.strip())) and not error["type"].startswith("extra")
    )


def _sentence(kind: str, error: Any, field: Field | None) -> Text:
    context: dict[str, Any] = error.get("ctx", {})
    if kind == "value_error":
        said = context["error"].args[:1]
        return said[0] if said and isinstance(said[0], Text) else _OTHER
    if kind == "string_pattern_mismatch":
        return _LIKE.fill(example=field.show.example) if field is not None and field.show.example else _FORM
    if kind.startswith(("datetime", "timezone")):
        return _WRONG_TIME
    if kind.startswith("date"):
        return WRONG_DATE
    return _SENTENCES.get(kind, _OTHER).fill(**context)
