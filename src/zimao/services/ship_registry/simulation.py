"""The lab of ship registration: the procedure before and the one now, under the same load and with the same officers.

The numbers are in ``simulation.toml``; the periods and the lists of materials are the tables of the service. Both sides work
with the same diligence (the same fractions of their periods) and the same people: what differs is the diagram.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from zimao.kernel.cases.diagram import Diagram, read
from zimao.kernel.measures.assumptions import Assumptions, read_assumptions
from zimao.kernel.measures.scenario import Emission, LabOptions, LabSpec, Scenario
from zimao.kernel.text import Text, t
from zimao.services.ship_registry.rules import merged_materials

__all__ = ["CERTIFICATES", "SERVICE", "build", "lab_spec", "periods", "table"]

SERVICE = "ship_registry"
FOLDER = Path(__file__).parent
CERTIFICATES = ("ownership", "nationality", "manning", "interim_smc", "mmsi", "licence", "insurance")
_COUNTER = "ship_registry.registration"


@cache
def assumptions() -> Assumptions:
    """The file of assumptions, read once."""
    return read_assumptions(FOLDER / "simulation.toml")


@cache
def diagram(name: str) -> Diagram:
    """A diagram of the service by its file name without ending."""
    return read((FOLDER / "processes" / f"{name}.bpmn").read_bytes())


def table(name: str) -> list[dict[str, str]]:
    """The rows of a table as the service ships it."""
    with (FOLDER / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


def periods(name: str) -> dict[str, int]:
    """Working days by period key, as the service ships them."""
    return {row["period"]: int(row["days"]) for row in table(name)}


def build(options: LabOptions) -> tuple[Scenario, Scenario]:
    """Both scenarios, with the visitor's arrivals and officers where given. ValueError when the data does not fit the diagrams.

    Periods are those that the zone has in force; without a zone, those that the service ships.
    """
    assumed = assumptions()
    officers = {role: options.officers.get(role, count) for role, count in assumed.officers.of.items()}
    shared: dict[str, Any] = {
        "arrivals": options.arrivals or assumed.arrivals.per_day,
        "first_day": assumed.first_day,
        "hours": assumed.hours,
        "time_zone": assumed.time_zone,
    }
    return _before(assumed, officers, shared), _now(assumed, officers, shared)


def _before(assumed: Assumptions, officers: Mapping[str, int], shared: Mapping[str, Any]) -> Scenario:
    """The old procedure; every officer of today's desks takes from one queue, which flatters it if anything."""
    graph = diagram("ship_sequential-v0")
    emissions: dict[str, tuple[Emission, ...]] = {}
    for one in CERTIFICATES:
        pieces = merged_materials(table("ship_materials"), [one], agent=True, shares=False).before
        visit = Emission("counter.visit")
        emissions[f"hand_in_{one}"] = (Emission("case.submitted"), visit, Emission("material.supplied", pieces))
        emissions[f"accept_{one}"] = (Emission("case.accepted"),)
        emissions[f"collect_{one}"] = (visit, Emission("document.issued"), Emission("delivery.handed_over", data='{"kind": "pickup"}'))
    return Scenario(
        key="old",
        title=t("改革前：逐证办理", "Before: one certificate after another"),
        diagram=graph,
        periods=periods("ship_periods_before"),
        work=assumed.work_of("old", graph),
        choices=assumed.choices_of("old", graph),
        emissions=emissions,
        officers={_COUNTER: sum(officers.values())},
        **shared,
    )


def _now(assumed: Assumptions, officers: Mapping[str, int], shared: Mapping[str, Any]) -> Scenario:
    graph = diagram("ship_initial_registration-v1")
    pieces = merged_materials(table("ship_materials"), CERTIFICATES, agent=True, shares=False).now
    handed = tuple(Emission("delivery.handed_over", when=kind, data=f'{{"kind": "{kind}"}}') for kind in ("post", "electronic", "pickup"))
    emissions: dict[str, tuple[Emission, ...]] = {
        graph.start.id: (Emission("case.submitted"), Emission("material.supplied", pieces)),
        "accept_application": (Emission("case.accepted", when="accept"),),
        "dispatch": (*handed, Emission("counter.visit", when="pickup")),
        **{f"make_{one}": (Emission("document.issued"),) for one in CERTIFICATES},
    }
    return Scenario(
        key="new",
        title=t("改革后：一件事一次办", "Now: one application for all seven"),
        diagram=graph,
        periods=periods("ship_periods"),
        work=assumed.work_of("new", graph),
        choices=assumed.choices_of("new", graph),
        emissions=emissions,
        facts={f"applies_{one}": True for one in CERTIFICATES},
        officers=officers,
        ends_closed=frozenset(assumed.closed.get("new", ())),
        **shared,
    )


def _labels() -> dict[str, Text]:
    """The words for each role, from the lanes of the diagram."""
    graph = diagram("ship_initial_registration-v1")
    found = {node.role: graph.lanes[node.lane] for node in graph.nodes.values() if node.lane}
    return {**found, _COUNTER: found.get(_COUNTER, t("登记岗", "Registration desk"))}


def lab_spec() -> LabSpec:
    """What the service registers."""
    return LabSpec(
        service=SERVICE,
        title=t("船舶初始化登记“一件事一次办”", "Initial ship registration in one go"),
        build=build,
        roles=frozenset({"ship_registry.supervisor", "zone.admin"}),
        labels=_labels,
        assumptions=lambda: assumptions().listing(),
    )
