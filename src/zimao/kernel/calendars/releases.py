"""Reading the file of a calendar year: which weekends are worked and which weekdays are free. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from zimao.kernel.errors import Problem, Refused
from zimao.kernel.text import t

__all__ = ["MAX_BYTES", "YearFile", "read_year"]

MAX_BYTES = 1024 * 1024
_TWICE = t("第{row}行：{day}已出现且班休不同", "Row {row}: {day} is there already and says otherwise")
_LONGEST_LINE = 1000
_WORDS = {"true": True, "1": True, "班": True, "worked": True, "false": False, "0": False, "休": False, "free": False}


@dataclass(frozen=True, slots=True)
class YearFile:
    """The days of one year that are not as their weekday says."""

    year: int
    worked: tuple[date, ...]
    free: tuple[date, ...]


def read_year(data: bytes) -> YearFile:
    """A JSON object ``{"2027-01-01": false}`` or a CSV with the columns ``day,worked``.

    ``worked`` is true/false, 1/0 or 班/休. Refused with every wrong row, and when the days are not of one year.
    """
    if len(data) > MAX_BYTES:
        raise Refused("calendar.file", t("文件过大（上限 1 MB）", "The file is too large (at most 1 MB)"), "file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused("calendar.file", t("文件须为 UTF-8 编码", "The file must be UTF-8"), "file") from error
    rows = _of_json(text) if text.lstrip().startswith("{") else _of_csv(text)
    found: dict[date, bool] = {}
    problems: list[Problem] = []
    for number, day, word in rows:
        try:
            when, worked = date.fromisoformat(day.strip()), _WORDS[word.strip().lower()]
        except (ValueError, KeyError):
            sentence = t("第{row}行应为“日期,班或休”，例如 2027-01-01,休", "Row {row} should be “day,worked”, e.g. 2027-01-01,false")
            problems.append(Problem("calendar.row", "file", sentence.fill(row=number), number))
            continue
        if found.setdefault(when, worked) != worked:
            problems.append(Problem("calendar.twice", "file", _TWICE.fill(row=number, day=when), number))
    if problems:
        raise Refused.of(problems)
    years = {day.year for day in found}
    if len(years) != 1:
        raise Refused("calendar.one_year", t("文件应包含且仅包含一个年份的日期", "The file should have days of one year only"), "file")
    days = sorted(found)
    return YearFile(years.pop(), tuple(day for day in days if found[day]), tuple(day for day in days if not found[day]))


def _of_json(text: str) -> Iterable[tuple[int, str, str]]:
    try:
        kept: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused("calendar.file", t("不是有效的 JSON 文件", "This is not valid JSON"), "file") from error
    return [(number, day, str(worked)) for number, (day, worked) in enumerate(kept.items(), start=1)]


def _of_csv(text: str) -> Iterable[tuple[int, str, str]]:
    broken = Refused("calendar.file", t("不是有效的 CSV 文件", "This is not valid CSV"), "file")
    if max(map(len, text.splitlines()), default=0) > _LONGEST_LINE:  # the reader's own limit belongs to the whole process
        raise broken
    try:
        rows = list(csv.reader(io.StringIO(text)))
    except csv.Error as error:
        raise broken from error
    first = 1 if rows and rows[0][:1] == ["day"] else 0
    return [(number, *[*row, "", ""][:2]) for number, row in enumerate(rows[first:], start=first + 1) if any(row)]  # type: ignore[misc]
