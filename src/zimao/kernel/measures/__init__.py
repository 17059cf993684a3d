"""What a practice claims, whether live cases have the effect, and the lab that simulates the old and the new procedure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zimao.kernel._door import lazy_door

if TYPE_CHECKING:
    from zimao.kernel.measures.assumptions import Assumptions, read_assumptions
    from zimao.kernel.measures.frame import count_of, empty_events, having, working_days
    from zimao.kernel.measures.lab import LabResult, Order, run_lab
    from zimao.kernel.measures.measure import Answer, Measure, answer
    from zimao.kernel.measures.operations import start_lab_run
    from zimao.kernel.measures.queries import live_events, measure_now
    from zimao.kernel.measures.registry import measured_services, register_measures
    from zimao.kernel.measures.scenario import Emission, LabOptions, LabSpec, Scenario

__all__ = [
    "Answer",
    "Assumptions",
    "Emission",
    "LabOptions",
    "LabResult",
    "LabSpec",
    "Measure",
    "Order",
    "Scenario",
    "answer",
    "count_of",
    "empty_events",
    "having",
    "live_events",
    "measure_now",
    "measured_services",
    "read_assumptions",
    "register_measures",
    "run_lab",
    "start_lab_run",
    "working_days",
]

_WHERE = {
    ".assumptions": ("Assumptions", "read_assumptions"),
    ".frame": ("count_of", "empty_events", "having", "working_days"),
    ".lab": ("LabResult", "Order", "run_lab"),
    ".measure": ("Answer", "Measure", "answer"),
    ".operations": ("start_lab_run",),
    ".queries": ("live_events", "measure_now"),
    ".registry": ("measured_services", "register_measures"),
    ".scenario": ("Emission", "LabOptions", "LabSpec", "Scenario"),
}

__getattr__, __dir__ = lazy_door(__name__, {name: module for module, names in _WHERE.items() for name in names})
