"""The processes that services declare: their diagrams, and what the platform has to know to run them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel

from zimao.kernel.cases.diagram import Diagram, read
from zimao.kernel.cases.engine import Facts, Specification
from zimao.kernel.cases.models import Case, ProcessRelease, WorkItem
from zimao.kernel.text import Text

if TYPE_CHECKING:
    from zimao.kernel.operations import Act

__all__ = [
    "CaseHooks",
    "Decided",
    "ProcessSpec",
    "current_release",
    "diagram_of",
    "process",
    "processes",
    "register_process",
    "specification_of",
]


@dataclass(frozen=True, slots=True)
class Decided:
    """What a business rule answered: routing ``facts`` for the engine, and ``trace`` (rules, reasons, releases) for the record."""

    facts: Facts
    trace: Mapping[str, Any]


class CaseHooks(Protocol):
    """What a service adds to the steps of its cases. Every hook runs inside the step's transaction."""

    def complete(self, act: Act, case: Case, item: WorkItem, form: BaseModel) -> Facts:
        """Do what completing ``item`` with ``form`` means in the service; the routing facts, or Refused."""
        ...

    def decide(self, act: Act, case: Case, decision: str, facts: Facts) -> Decided:
        """Answer the business rule task ``decision``."""
        ...

    def element_reached(self, act: Act, case: Case, element: str) -> None:
        """An element was completed by the engine in this step: events and gateways as well as tasks."""
        ...

    def closed(self, act: Act, case: Case) -> None:
        """The case has just ended; its status says how."""
        ...


@dataclass(frozen=True)
class ProcessSpec:
    """One process of a service.

    ``folder`` holds the diagrams ``<key>-v<version>.bpmn``; ``periods(zone, on)`` answers the working days of each period key
    of the diagram as in force on that day; ``ends`` maps an end event to the case status it means; ``target(zone, on)`` is the
    number of working days that the service promises for the whole case, None when it promises nothing.
    """

    key: str
    service: str
    title: Text
    folder: Path
    prefix: str
    hooks: CaseHooks
    periods: Callable[[str, date], Mapping[str, int]]
    forms: Mapping[str, type[BaseModel]]
    ends: Mapping[str, str]
    supervisor: str
    target: Callable[[str, date], int | None] = field(default=lambda zone, on: None)
    deciding_fact: Callable[[BaseModel], str] = field(default=lambda form: str(getattr(form, "decision", "done")))

    def versions(self) -> dict[int, Path]:
        """The diagrams in the folder by version."""
        return {int(path.stem.rpartition("-v")[2]): path for path in self.folder.glob(f"{self.key}-v*.bpmn")}


_PROCESSES: dict[str, ProcessSpec] = {}


def register_process(spec: ProcessSpec) -> None:
    """Make a process known; called from the service's ``ready``."""
    _PROCESSES[spec.key] = spec


def process(key: str) -> ProcessSpec:
    """The process of that key; KeyError when no installed service declares it."""
    return _PROCESSES[key]


def processes() -> Mapping[str, ProcessSpec]:
    """Every declared process by key."""
    return dict(_PROCESSES)


def current_release(key: str, at: datetime) -> ProcessRelease:
    """The newest version of the process, released now if it never was.

    Raises ValueError when a released version's file was edited: a change needs a new version, because cases run on the old one.
    """
    spec = process(key)
    version, path = max(spec.versions().items())
    return release(key, version, path.read_bytes(), at)


def release(key: str, version: int, xml: bytes, at: datetime) -> ProcessRelease:
    """The release row of this file; made if it is new."""
    diagram = read(xml)
    row, _ = ProcessRelease.objects.get_or_create(
        key=key, version=version, defaults={"sha256": diagram.sha256, "xml": xml.decode(), "released_at": at}
    )
    if row.sha256 != diagram.sha256:
        raise ValueError(f"{key}-v{version} was released with other contents; give the change version {version + 1}")
    return row


@lru_cache(maxsize=64)
def specification_of(key: str, version: int, sha256: str) -> Specification:
    """The executable form of a release, parsed once per process."""
    return Specification.parse(_xml(sha256).encode(), key, version, sha256)


@lru_cache(maxsize=64)
def diagram_of(sha256: str) -> Diagram:
    """The graph of a release, read once per process."""
    return read(_xml(sha256).encode())


def _xml(sha256: str) -> str:
    return str(ProcessRelease.objects.values_list("xml", flat=True).get(sha256=sha256))
