"""What the lab needs to know to run a diagram: who comes, who works, how long it takes, what is decided. Pure.

A scenario is data. A service keeps the numbers in a file beside its ``simulation.py``, each with where it comes from, and
builds scenarios from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from fnmatch import fnmatchcase
from random import Random
from typing import Any, Literal, TypeVar

from zimao.kernel.cases.diagram import Diagram
from zimao.kernel.text import Text

__all__ = [
    "Assumption",
    "Choice",
    "Duration",
    "Emission",
    "LabOptions",
    "LabSpec",
    "Scenario",
    "Work",
    "for_elements",
    "lab",
    "labs",
    "register_lab",
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


@dataclass(frozen=True, slots=True)
class Assumption:
    """One number that a scenario stands on, for the reader: what it is, its value in words, where it comes from."""

    name: Text
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class LabOptions:
    """What a visitor of the lab may change: arrivals a day, officers of each role; None and absent roles: as the data says."""

    zone: str = ""
    arrivals: float | None = None
    officers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LabSpec:
    """The lab of a service: ``build`` makes the scenarios ``old`` and ``new``; ``roles`` may start runs; ``labels`` names roles."""

    service: str
    title: Text
    build: Callable[[LabOptions], tuple[Scenario, Scenario]]
    roles: frozenset[str]
    labels: Callable[[], Mapping[str, Text]]
    assumptions: Callable[[], tuple[Assumption, ...]]


_LABS: dict[str, LabSpec] = {}


def register_lab(service: str, spec: LabSpec) -> None:
    """Declare the lab of a service; called from its app's ``ready``."""
    _LABS[service] = spec


def lab(service: str) -> LabSpec:
    """The lab of that service; KeyError when it declares none."""
    return _LABS[service]


def labs() -> Mapping[str, LabSpec]:
    """Every lab by service."""
    return dict(_LABS)
