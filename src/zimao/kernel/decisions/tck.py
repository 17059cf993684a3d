"""Test cases in the format of the DMN Technology Compatibility Kit: a folder of ``*.dmn`` with ``*-test-NN.xml`` beside them.

An input that a case does not give is null there. Numbers are compared as the kit's own runner does, to 10⁻⁸:
some of its expected values were calculated in binary.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import polars as pl
from defusedxml.ElementTree import parse  # type: ignore[import-untyped]

from zimao.kernel.decisions.incoming import feel_value, frame_of
from zimao.kernel.decisions.model import Input, Model
from zimao.kernel.decisions.reading import load
from zimao.kernel.decisions.running import value_of
from zimao.kernel.decisions.types import Type
from zimao.kernel.decisions.xml import all_of, child, local, name_of
from zimao.kernel.errors import Missing, Refused, ZimaoError
from zimao.kernel.text import t

__all__ = ["Result", "run_folder"]

_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_KINDS = {
    "string": "string",
    "boolean": "boolean",
    "decimal": "number",
    "double": "number",
    "float": "number",
    "integer": "number",
    "int": "number",
    "long": "number",
    "date": "date",
    "time": "time",
    "dateTime": "date and time",
    "yearMonthDuration": "years and months duration",
    "dayTimeDuration": "days and time duration",
    "duration": "days and time duration",
}
_PRECISION = Decimal("0.00000001")


@dataclass(frozen=True, slots=True)
class Result:
    """One expected result: ``passed``, and in words what came instead."""

    model: str
    case: str
    decision: str
    passed: bool
    detail: str = ""


def run_folder(folder: Path) -> list[Result]:
    """Every result node of every test file below the folder, in name order. Missing if there is no test file."""
    files = sorted(folder.rglob("*-test-*.xml"))
    if not files:
        raise Missing("tck_tests", t("文件夹中没有 *-test-*.xml", "There is no *-test-*.xml in the folder"), "folder")
    return [result for file in files for result in _file(file)]


def _file(file: Path) -> Iterator[Result]:
    try:
        root = parse(file, forbid_dtd=True).getroot()
        named = child(root, "modelName")
        path = file.parent / Path((named.text or "").strip() if named is not None else "").name
        model = load(path.read_bytes())
    except (ParseError, ValueError, OSError) as error:
        raise Refused(
            "tck_file", t("测试文件无法读取：{name}", "The test file cannot be read: {name}").fill(name=file.name), "folder"
        ) from error
    except Refused as error:
        yield Result(file.stem, "*", "*", False, error.sentence.en)
        return
    for case in all_of(root, "testCase"):
        given = {name_of(node): _value(node) for node in all_of(case, "inputNode")}
        for node in all_of(case, "resultNode"):
            yield _result(model, Result(file.stem, case.get("id") or "", name_of(node), False), given, node)


def _result(model: Model, about: Result, given: Mapping[str, Any], node: Element) -> Result:
    expected = child(node, "expected")
    wanted = _value(expected) if expected is not None else None
    if node.get("errorResult") == "true":
        wanted = None
    try:
        found = _decided(model, about.decision, given)
    except ZimaoError as error:
        return Result(about.model, about.case, about.decision, node.get("errorResult") == "true", error.sentence.en)
    passed = _same(wanted, found)
    return Result(about.model, about.case, about.decision, passed, "" if passed else f"expected {wanted!r}, found {found!r}")


def _decided(model: Model, decision: str, given: Mapping[str, Any]) -> Any:
    inputs = model.inputs_of(model.decision(decision))
    return value_of(model, decision, {one.name: _conformed(given.get(one.name), one) for one in inputs})


def _conformed(value: Any, one: Input) -> Any:
    """A value that is not of the declared type is null (DMN 1.3, 10.3.2.9.4)."""
    try:
        frame_of((one,), [{one.name: value}])
    except (Refused, pl.exceptions.PolarsError):
        return None
    return value


def _value(node: Element) -> Any:
    """The value in an inputNode, expected, component or item."""
    parts = list(node)
    if any(local(part) == "component" for part in parts):
        return {name_of(part): _value(part) for part in all_of(node, "component")}
    for part in parts:
        if local(part) == "list":
            return [_value(item) for item in all_of(part, "item")] if part.get(_NIL) != "true" else None
        if local(part) == "value":
            return _simple(part)
    return None


def _simple(part: Element) -> Any:
    if part.get(_NIL) == "true":
        return None
    kind = _KINDS.get((part.get(_TYPE) or "string").rpartition(":")[2], "string")
    text = part.text or ""
    if kind == "boolean":
        return text.strip() == "true"
    if kind == "days and time duration" and "T" not in text and text.strip("-P")[-1:] in ("Y", "M"):
        kind = "years and months duration"
    return feel_value(text if kind == "string" else text.strip(), Type(kind))


def _same(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(_same, wanted, found))
    if isinstance(wanted, dict) and isinstance(found, dict):
        return wanted.keys() == found.keys() and all(_same(part, found[name]) for name, part in wanted.items())
    if isinstance(wanted, Decimal) and isinstance(found, Decimal):
        return abs(wanted - found) < _PRECISION
    if isinstance(wanted, datetime) and isinstance(found, datetime) and found.tzinfo is not None and wanted.tzinfo is not None:
        return wanted.astimezone(UTC) == found.astimezone(UTC)
    return type(wanted) is type(found) and bool(wanted == found)
