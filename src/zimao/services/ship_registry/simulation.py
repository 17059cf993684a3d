"""The lab of ship registration: the procedure before and the one now, under the same load and with the same officers.

The numbers are in ``simulation.toml``; the periods and the lists of materials are the tables of the service. Both sides work
with the same diligence (the same fractions of their periods) and the same people: what differs is the diagram.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any

from zimao.kernel.cases.diagram import Diagram, read
from zimao.kernel.measures.assumptions import Assumptions, read_assumptions
from zimao.kernel.measures.scenario import Emission, LabOptions, LabSpec, Scenario
from zimao.kernel.text import Text, t
from zimao.services.ship_registry.forms.codes import TRACKS
from zimao.services.ship_registry.parameters import FOLDER, Parameters, parameters_on
from zimao.services.ship_registry.rules import merged_materials

__all__ = ["SERVICE", "build", "lab_spec"]

SERVICE = "ship_registry"
_FILE = FOLDER / "simulation.toml"
_COUNTER = "ship_registry.registration"


@cache
def assumptions() -> Assumptions:
    """The file of assumptions, read once."""
    return read_assumptions(_FILE)


@cache
def diagram(name: str) -> Diagram:
    """A diagram of the service by its file name without ending."""
    return read((FOLDER / "processes" / f"{name}.bpmn").read_bytes())


def periods(parameters: Parameters, name: str) -> dict[str, int]:
    """Working days by period key, as in force."""
    return {row["period"]: int(row["days"]) for row in parameters.rows(name)}


def build(options: LabOptions) -> tuple[Scenario, Scenario]:
    """Both scenarios, with the visitor's arrivals and officers where given. ValueError when the data does not fit the diagrams.

    Periods and lists of materials are those in force in the zone on the day; until a zone releases its own, what the service ships.
    """
    assumed, parameters = assumptions(), parameters_on(options.zone, options.on)
    officers = {role: options.officers.get(role, count) for role, count in assumed.officers.of.items()}
    shared: dict[str, Any] = {
        "arrivals": options.arrivals or assumed.arrivals.per_day,
        "first_day": assumed.first_day,
        "hours": assumed.hours,
        "time_zone": assumed.time_zone,
    }
    return _before(assumed, parameters, officers, shared), _now(assumed, parameters, officers, shared)


def _before(assumed: Assumptions, parameters: Parameters, officers: Mapping[str, int], shared: Mapping[str, Any]) -> Scenario:
    """The old procedure; every officer of today's desks takes from one queue, which flatters it if anything."""
    graph = diagram("ship_sequential-v0")
    emissions: dict[str, tuple[Emission, ...]] = {}
    matrix = parameters.rows("ship_materials")
    for one in TRACKS:
        pieces = merged_materials(matrix, [one], agent=True, shares=False).before
        visit = Emission("counter.visit")
        emissions[f"hand_in_{one}"] = (Emission("case.submitted"), visit, Emission("material.supplied", pieces))
        emissions[f"accept_{one}"] = (Emission("case.accepted"),)
        emissions[f"collect_{one}"] = (visit, Emission("document.issued"), Emission("delivery.handed_over", data='{"kind": "pick_up"}'))
    return Scenario(
        key="old",
        title=t("改革前：逐证办理", "Before: one certificate after another"),
        diagram=graph,
        periods=periods(parameters, "ship_periods_before"),
        work=assumed.work_of("old", graph),
        choices=assumed.choices_of("old", graph),
        emissions=emissions,
        officers={_COUNTER: sum(officers.values())},
        **shared,
    )


def _now(assumed: Assumptions, parameters: Parameters, officers: Mapping[str, int], shared: Mapping[str, Any]) -> Scenario:
    graph = diagram("ship_initial_registration-v1")
    pieces = merged_materials(parameters.rows("ship_materials"), TRACKS, agent=True, shares=False).now
    handed = tuple(Emission("delivery.handed_over", when=kind, data=f'{{"kind": "{kind}"}}') for kind in ("post", "electronic", "pick_up"))
    emissions: dict[str, tuple[Emission, ...]] = {
        graph.start.id: (Emission("case.submitted"), Emission("material.supplied", pieces)),
        "accept_application": (Emission("case.accepted", when="accept"),),
        "dispatch": (*handed, Emission("counter.visit", when="pick_up")),
        **{f"make_{one}": (Emission("document.issued"),) for one in TRACKS},
    }
    return Scenario(
        key="new",
        title=t("改革后：一件事一次办", "Now: one application for all seven"),
        diagram=graph,
        periods=periods(parameters, "ship_periods"),
        work=assumed.work_of("new", graph),
        choices=assumed.choices_of("new", graph),
        emissions=emissions,
        facts={f"applies_{one}": True for one in TRACKS},
        officers=officers,
        ends_closed=frozenset(assumed.closed.get("new", ())),
        **shared,
    )


def sources(options: LabOptions) -> dict[str, str]:
    """What the numbers stand on: the file of assumptions by its sha256, each table by the release in force."""
    parameters = parameters_on(options.zone, options.on)
    for name in ("ship_periods", "ship_periods_before", "ship_materials", "ship_parameters"):
        parameters.rows(name)
    return {_FILE.name: hashlib.sha256(_FILE.read_bytes()).hexdigest(), **parameters.releases}


def _desks() -> dict[str, Text]:
    """The words for each desk, from the lanes of the diagram of now."""
    graph = diagram("ship_initial_registration-v1")
    return {node.role: graph.lanes[node.lane] for node in graph.nodes.values() if node.lane}


def lab_spec() -> LabSpec:
    """What the service registers."""
    return LabSpec(
        service=SERVICE,
        title=t("船舶初始化登记“一件事一次办”", "Initial ship registration in one go"),
        build=build,
        roles=frozenset({"ship_registry.supervisor"}),
        assumptions=lambda: assumptions().listing(_desks()),
        sources=sources,
    )
