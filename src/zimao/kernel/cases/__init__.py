"""Cases: a procedure that people take part in, run on its BPMN diagram."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zimao.kernel._door import lazy_door

if TYPE_CHECKING:
    from zimao.kernel.cases.materials import Upload, attach, give_material, read_material, register_scanner, reusable
    from zimao.kernel.cases.models import Case, Material, WorkItem
    from zimao.kernel.cases.processes import CaseHooks, Decided, ProcessSpec, register_process
    from zimao.kernel.cases.runtime import happened, start_case

__all__ = [
    "Case",
    "CaseHooks",
    "Decided",
    "Material",
    "ProcessSpec",
    "Upload",
    "WorkItem",
    "attach",
    "give_material",
    "happened",
    "read_material",
    "register_process",
    "register_scanner",
    "reusable",
    "start_case",
]

_MATERIALS = ("Upload", "attach", "give_material", "read_material", "register_scanner", "reusable")
_MODELS = ("Case", "Material", "WorkItem")
_PROCESSES = ("CaseHooks", "Decided", "ProcessSpec", "register_process")

__getattr__, __dir__ = lazy_door(
    __name__,
    {
        **dict.fromkeys(_MATERIALS, ".materials"),
        **dict.fromkeys(_MODELS, ".models"),
        **dict.fromkeys(_PROCESSES, ".processes"),
        "happened": ".runtime",
        "start_case": ".runtime",
    },
)
