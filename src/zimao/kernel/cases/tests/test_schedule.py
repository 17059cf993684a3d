"""The worked examples of the ship service's plan, over the diagrams that run its cases, and the properties of a plan."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zimao.services.ship_registry as ship_registry
from zimao.kernel.calendars import Suspension, WorkingCalendar
from zimao.kernel.cases.diagram import read
from zimao.kernel.cases.schedule import Known, plan

PROCESSES = Path(ship_registry.__file__).parent / "processes"
NEW = read((PROCESSES / "ship_initial_registration-v1.bpmn").read_bytes())
OLD = read((PROCESSES / "ship_sequential-v0.bpmn").read_bytes())

STATUTORY = {"ownership": 7, "nationality": 7, "manning": 7, "interim_smc": 5, "mmsi": 3, "licence": 5, "insurance": 7}
PARALLEL = {
    "acceptance": 1,
    "ownership": 7,
    "nationality": 5,
    "manning": 3,
    "interim_smc": 3,
    "mmsi": 2,
    "licence": 5,
    "insurance": 3,
    "nationality.preexamination": 7,
    "manning.preexamination": 12,
    "interim_smc.preexamination": 12,
    "mmsi.preexamination": 7,
    "licence.preexamination": 12,
    "insurance.preexamination": 12,
    "dispatch": 2,
    "correction_silence": 30,
}
TARGET = 20


def all_seven() -> dict[str, bool]:
    return {f"applies_{track}": True for track in STATUTORY}
