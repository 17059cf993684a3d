"""What a service adds to the pages of its cases: panels, and the words for its tracks and materials. A pure registry.

A service registers when its app is ready. A panel is a function that answers the template to draw and its context, or None
when it has nothing to show. It only reads, and it is asked only for readers who may see the case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from zimao.kernel.text import Text

if TYPE_CHECKING:
    from zimao.kernel.cases.models import Case, WorkItem
    from zimao.kernel.operations import Actor

__all__ = [
    "CasePanel",
    "Panel",
    "ServiceWords",
    "TaskPanel",
    "case_panels",
    "register_case_panel",
    "register_task_panel",
    "register_words",
    "task_panels",
    "words_of",
]

Shown = tuple[str, Mapping[str, Any]] | None
CasePanel = Callable[["Case", "Actor"], Shown]
TaskPanel = Callable[["WorkItem", "Actor"], Shown]
MaterialWords = Callable[[str, date], Mapping[str, Text]]


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a page that a service draws."""

    template: str
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ServiceWords:
    """The words of a service: ``tracks`` by key; ``materials(zone, on)`` by kind.

    ``panel_shows_tracks``: its case panel says how far each track is, so the page does not say it a second time.
    """

    tracks: Mapping[str, Text] = field(default_factory=dict)
    materials: MaterialWords = field(default=lambda zone, on: {})
    panel_shows_tracks: bool = False

    def track(self, key: str) -> Text | None:
        """The name of a track; None for a step that belongs to none."""
        return self.tracks.get(key, Text(key, key)) if key else None


_CASE: dict[str, list[CasePanel]] = {}
_TASK: dict[str, list[TaskPanel]] = {}
_WORDS: dict[str, ServiceWords] = {}


def register_case_panel(service: str, panel: CasePanel) -> None:
    """Show ``panel(case, actor)`` on the page of every case of the service. Registering it again changes nothing."""
    _add(_CASE, service, panel)


def register_task_panel(service: str, panel: TaskPanel) -> None:
    """Show ``panel(item, actor)`` on the page of every task of the service. Registering it again changes nothing."""
    _add(_TASK, service, panel)


def register_words(service: str, words: ServiceWords) -> None:
    """Name the service's tracks and materials; without it their keys are shown."""
    _WORDS[service] = words


def words_of(service: str) -> ServiceWords:
    """The words of a service; empty ones when it gave none."""
    return _WORDS.get(service, ServiceWords())


def case_panels(case: Case, actor: Actor) -> list[Panel]:
    """What the case's service has to show of it."""
    return [Panel(*shown) for panel in _CASE.get(case.service, []) if (shown := panel(case, actor)) is not None]


def task_panels(item: WorkItem, actor: Actor) -> list[Panel]:
    """What the task's service has to show beside its form."""
    return [Panel(*shown) for panel in _TASK.get(item.case.service, []) if (shown := panel(item, actor)) is not None]


def _add(known: dict[str, list[Any]], service: str, panel: Any) -> None:
    found = known.setdefault(service, [])
    if panel not in found:
        found.append(panel)
