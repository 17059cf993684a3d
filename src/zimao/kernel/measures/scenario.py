"""What the lab needs to know to run a diagram: who comes, who works, how long it takes, what is decided. Pure.

A scenario is data. A service keeps the numbers in a file beside its ``simulation.py``, each with where it comes from, and
builds scenarios from it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from fnmatch import fnmatchcase
from random import Random
from typing import Any, Literal, TypeVar

from zimao.kernel.cases.diagram import Diagram, Node
from zimao.kernel.text import Text, t

__all__ = [
    "BASES",
    "Assumption",
    "Basis",
    "Choice",
    "Duration",
    "Emission",
    "LabOptions",
    "LabSpec",
    "Scenario",
    "Work",
    "for_elements",
    "load",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of working time, drawn anew for each task.

    ``kind`` and ``values``: ``fixed`` (value), ``uniform`` (low, high), ``triangular`` (low, most likely, high), ``lognormal``
    (median, sigma of the logarithm). ``unit``: ``hours`` or ``days`` of work, or ``period``: a fraction of the task's period.
    """

    kind: Literal["fixed", "uniform", "triangular", "lognormal"]
    values: tuple[float, ...]
    unit: Literal["hours", "days", "period"] = "days"

    def __post_init__(self) -> None:
        wanted = {"fixed": 1, "uniform": 2, "triangular": 3, "lognormal": 2}[self.kind]
        if len(self.values) != wanted or min(self.values) < 0 or (self.kind != "lognormal" and list(self.values) != sorted(self.values)):
            raise ValueError(f"{self.kind} takes {wanted} values, none below 0, in ascending order: {self.values}")

    @property
    def mean(self) -> float:
        """The expected value, in the duration's unit."""
        if self.kind == "lognormal":
            median, sigma = self.values
            return median * math.exp(sigma * sigma / 2)
        return sum(self.values) / len(self.values)

    def draw(self, chance: Random) -> float:
        """One value, in the duration's unit."""
        match self.kind:
            case "fixed":
                return self.values[0]
            case "uniform":
                return chance.uniform(*self.values)
            case "triangular":
                low, mode, high = self.values
                return chance.triangular(low, high, mode)
            case "lognormal":
                median, sigma = self.values
                return median * chance.lognormvariate(0.0, sigma)


@dataclass(frozen=True, slots=True)
class Work:
    """A task's work: ``elapsed`` is how long it takes from opening to completion when an officer is free at once; ``effort`` is
    the part of it in which the officer is at it and free for nothing else. The rest of the time the file rests, is checked
    elsewhere or waits for the weekly meeting. If the wait for an officer and his effort take longer, the task takes longer."""

    elapsed: Duration
    effort: Duration


@dataclass(frozen=True, slots=True)
class Choice:
    """What a task decides: values with their probabilities; a value in ``once`` is chosen at most once in a case."""

    values: tuple[str, ...]
    weights: tuple[float, ...]
    once: frozenset[str] = frozenset()

    def draw(self, chance: Random, before: frozenset[str]) -> str:
        """One value; ``before`` are those that this task decided earlier in the case."""
        barred = self.once & before
        left = [(value, weight) for value, weight in zip(self.values, self.weights, strict=True) if value not in barred]
        return chance.choices([value for value, _ in left], [weight for _, weight in left])[0]


@dataclass(frozen=True, slots=True)
class Emission:
    """An event that a completed task (or the start) brings about: ``count`` times, when it decided ``when`` (empty: always),
    with ``probability``."""

    type: str
    count: int = 1
    when: str = ""
    probability: float = 1.0
    data: str = "{}"


@dataclass(frozen=True)
class Scenario:
    """One diagram with everything that its simulation needs.

    ``arrivals`` are cases a working day (Poisson). ``work``, ``choices`` and ``emissions`` are by element id, the start event's
    emissions by its own. ``officers`` gives the people of each role; a task of ``waiting_role`` takes nobody's time and stops
    the case's clock when only such tasks are open. ``hours`` are the office hours of a working day, in the zone ``time_zone``.
    ``ends_closed`` are the end events after which a case counts as closed, not completed.
    """

    key: str
    title: Text
    diagram: Diagram
    periods: Mapping[str, int]
    arrivals: float
    work: Mapping[str, Work]
    officers: Mapping[str, int]
    first_day: date
    hours: tuple[tuple[time, time], ...]
    choices: Mapping[str, Choice] = field(default_factory=dict)
    emissions: Mapping[str, tuple[Emission, ...]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    waiting_role: str = "applicant"
    ends_closed: frozenset[str] = frozenset()
    time_zone: str = "Asia/Shanghai"

    def __post_init__(self) -> None:
        tasks = self.diagram.of_kind("userTask", "manualTask")
        idle = [node.id for node in tasks if node.id not in self.work]
        unmanned = {node.role for node in tasks if node.role != self.waiting_role} - set(self.officers)
        if idle or unmanned:
            raise ValueError(f"{self.key}: no work is given for {idle}, no officers for {sorted(unmanned)}")
        if self.arrivals <= 0 or any(count < 1 for count in self.officers.values()):
            raise ValueError(f"{self.key}: arrivals must be above 0, each desk needs an officer")

    @property
    def hours_a_day(self) -> float:
        """Working hours of one day."""
        return sum(_hours(end) - _hours(begin) for begin, end in self.hours)

    @property
    def labels(self) -> dict[str, Text]:
        """The words for each role: the name of its lane."""
        return {node.role: self.diagram.lanes[node.lane] for node in self.diagram.nodes.values() if node.lane}

    def hours_of(self, duration: Duration, value: float, node: Node) -> float:
        """``value`` in the unit of ``duration`` as working hours of a task."""
        if duration.unit == "hours":
            return value
        days = value * self.periods[node.period or node.within] if duration.unit == "period" else value
        return days * self.hours_a_day


def _hours(moment: time) -> float:
    return moment.hour + moment.minute / 60


def for_elements(diagram: Diagram, patterns: Mapping[str, T]) -> dict[str, T]:
    """Values by element id from values by pattern (``approve_*``); the last pattern that matches an element counts.

    Raises ValueError for a pattern that no element matches: the diagram has changed and the data has not.
    """
    found: dict[str, T] = {}
    for pattern, value in patterns.items():
        matching = [node for node in diagram.nodes if fnmatchcase(node, pattern)]
        if not matching:
            raise ValueError(f"{diagram.key}-v{diagram.version} has no element {pattern}")
        found.update(dict.fromkeys(matching, value))
    return found


Basis = Literal["specification", "assumption", "mixed"]
BASES: Mapping[Basis, Text] = {
    "specification": t("服务说明给定", "Given by the service's description"),
    "assumption": t("假定，尚无实测", "Assumed, not measured yet"),
    "mixed": t("时长由服务说明给定，人员工时为假定", "Duration given by the service's description, officer's time assumed"),
}


@dataclass(frozen=True, slots=True)
class Assumption:
    """One number that a scenario stands on, for the reader: what it is, its value in words, what it rests on."""

    name: Text
    value: Text
    basis: Basis

    @property
    def source(self) -> Text:
        """The basis in words."""
        return BASES[self.basis]

    @property
    def assumed(self) -> bool:
        """True when at least a part of it was never measured nor given."""
        return self.basis != "specification"


def load(scenario: Scenario) -> dict[str, float]:
    """The share of its working hours that each desk needs when every task comes once a case; above 1 the queue grows on."""
    needed = dict.fromkeys(scenario.officers, 0.0)
    for node in scenario.diagram.of_kind("userTask", "manualTask"):
        if node.role in needed:
            effort = scenario.work[node.id].effort
            needed[node.role] += scenario.hours_of(effort, effort.mean, node)
    return {role: hours * scenario.arrivals / (scenario.officers[role] * scenario.hours_a_day) for role, hours in needed.items()}


@dataclass(frozen=True, slots=True)
class LabOptions:
    """Where and when the lab stands, and what its visitor changed.

    ``on`` and ``zone`` choose the tables in force. ``arrivals``: cases a working day; ``officers`` by role; None and absent
    roles: as the data says.
    """

    on: date
    zone: str = ""
    arrivals: float | None = None
    officers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LabSpec:
    """The lab of a service.

    ``build`` makes the scenarios ``old`` and ``new``; ``roles`` may start runs beside the zone's administrator and auditor;
    ``sources`` names every file and table behind the numbers with its sha256 or release.
    """

    service: str
    title: Text
    build: Callable[[LabOptions], tuple[Scenario, Scenario]]
    roles: frozenset[str]
    assumptions: Callable[[], tuple[Assumption, ...]]
    sources: Callable[[LabOptions], Mapping[str, str]]
