"""Reads the file in which a service keeps what its lab assumes (TOML), each number with where it comes from. Pure.

Layout: ``first_day``, ``time_zone``, ``hours``; ``[arrivals] per_day``; ``[officers.of] "<role>" = n``; then records
``[[work]]`` (``elapsed``, ``effort``) and ``[[choice]]`` (``values``, ``weights``, ``once``, ``words``), each with ``scenario``
(``old``/``new``), ``elements`` (a pattern of element ids), ``zh``, ``en`` and ``basis``; ``[closed]`` lists the end events
after which a case is closed, not completed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from zimao.kernel.cases.diagram import Diagram
from zimao.kernel.measures.scenario import Assumption, Basis, Choice, Duration, Work, for_elements
from zimao.kernel.text import Text, t

__all__ = ["Assumptions", "read_assumptions"]


_KINDS = {
    "fixed": t("固定", "fixed"),
    "uniform": t("均匀分布", "uniform"),
    "triangular": t("三角分布", "triangular"),
    "lognormal": t("对数正态分布", "lognormal"),
}
_UNITS = {"hours": t("小时", "hours"), "days": t("个工作日", "working days"), "period": t("（占该环节时限的比例）", "of the step's period")}
_BOTH = t("经历时长：{elapsed}；人员工时：{effort}", "elapsed: {elapsed}; officer's time: {effort}")


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Sourced(_Record):
    zh: str
    en: str
    basis: Basis

    def told(self, value: Text) -> Assumption:
        return Assumption(Text(self.zh, self.en), value, self.basis)


class _Duration(_Record):
    kind: Literal["fixed", "uniform", "triangular", "lognormal"]
    values: tuple[float, ...]
    unit: Literal["hours", "days", "period"] = "days"

    def build(self) -> Duration:
        return Duration(self.kind, self.values, self.unit)

    def told(self) -> Text:
        numbers = "/".join(f"{value:g}" for value in self.values)
        return t("{kind} {numbers} {unit}", "{kind} {numbers} {unit}").fill(kind=_KINDS[self.kind], numbers=numbers, unit=_UNITS[self.unit])


class _Work(_Sourced):
    scenario: Literal["old", "new"]
    elements: str
    elapsed: _Duration
    effort: _Duration


class _Choice(_Sourced):
    scenario: Literal["old", "new"]
    elements: str
    values: tuple[str, ...]
    weights: tuple[Annotated[float, Field(ge=0)], ...]
    once: frozenset[str] = frozenset()
    # what each value means, in Chinese and English
    words: dict[str, tuple[str, str]] = {}


class _Arrivals(_Sourced):
    per_day: Annotated[float, Field(gt=0)]


class _Officers(_Sourced):
    of: dict[str, Annotated[int, Field(ge=1)]]


class Assumptions(_Record):
    """The file, checked."""

    first_day: date
    time_zone: str
    hours: tuple[tuple[time, time], ...]
    arrivals: _Arrivals
    officers: _Officers
    work: tuple[_Work, ...]
    choice: tuple[_Choice, ...] = ()
    closed: dict[str, tuple[str, ...]] = {}

    def work_of(self, scenario: str, diagram: Diagram) -> dict[str, Work]:
        """The work of each task of ``diagram``. ValueError when a record matches no element."""
        records = {one.elements: Work(one.elapsed.build(), one.effort.build()) for one in self.work if one.scenario == scenario}
        return for_elements(diagram, records)

    def choices_of(self, scenario: str, diagram: Diagram) -> dict[str, Choice]:
        """What the tasks of ``diagram`` decide. ValueError when a record matches no element."""
        records = {one.elements: Choice(one.values, one.weights, one.once) for one in self.choice if one.scenario == scenario}
        return for_elements(diagram, records)

    def listing(self, labels: Mapping[str, Text]) -> tuple[Assumption, ...]:
        """Every assumption in words, for the reader of a result; ``labels`` names the roles."""
        desks = [(labels.get(role, Text(role, role)), f"{count}") for role, count in self.officers.of.items()]
        general = (
            self.arrivals.told(_plain(f"{self.arrivals.per_day:g}")),
            self.officers.told(_listed(desks)),
        )
        work = (one.told(_BOTH.fill(elapsed=one.elapsed.told(), effort=one.effort.told())) for one in self.work)
        return (*general, *work, *(one.told(_shares(one)) for one in self.choice))


def _plain(words: str) -> Text:
    return Text(words, words)


def _shares(record: _Choice) -> Text:
    pairs = zip(record.values, record.weights, strict=True)
    return _listed([(Text(*record.words.get(value, (value, value))), f"{weight:.0%}") for value, weight in pairs])


def _listed(pairs: Sequence[tuple[Text, str]]) -> Text:
    return Text("，".join(f"{label.zh} {value}" for label, value in pairs), ", ".join(f"{label.en} {value}" for label, value in pairs))


def read_assumptions(path: Path) -> Assumptions:
    """The assumptions in ``path``. ValueError (pydantic's) names the record that does not fit."""
    content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    return Assumptions.model_validate(content)
