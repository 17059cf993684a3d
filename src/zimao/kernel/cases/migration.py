"""Moving a running case to another version of its diagram: what would change, and the move itself."""

from __future__ import annotations

from dataclasses import dataclass

from zimao.kernel.cases.engine import Run
from zimao.kernel.cases.models import Case, ProcessRelease
from zimao.kernel.cases.processes import specification_of

__all__ = ["Moved", "move_run"]


@dataclass(frozen=True, slots=True)
class Moved:
    """The run on the new version, and what the new version adds, changes and lacks (element ids)."""

    run: Run
    added: list[str]
    changed: list[str]
    removed: list[str]


def move_run(run: Run, case: Case, target: ProcessRelease) -> Moved:
    """The same run on ``target``. EngineError when a step that was taken or is open is missing or changed there."""
    specification = specification_of(target.key, target.version, target.sha256)
    found = run.compare(specification)
    moved = run.move(specification, found)
    return Moved(moved, found.added, found.changed, found.removed)
