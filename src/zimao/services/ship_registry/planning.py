"""Before and during a case: what a ship needs, and when everything will be ready. Computed from the diagrams that run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from zimao.kernel.calendars import calendar_of
from zimao.kernel.cases import planning
from zimao.kernel.cases.diagram import Diagram, read
from zimao.kernel.cases.models import Case
from zimao.kernel.cases.schedule import Known, Schedule, plan
from zimao.kernel.errors import Conflict, Refused
from zimao.kernel.text import Text, t
from zimao.services.ship_registry.forms.codes import AREAS, CERTIFICATES, OIL, SHIP_TYPES
from zimao.services.ship_registry.models import Application
from zimao.services.ship_registry.parameters import FOLDER, applicability_model, parameters_on, periods_before, periods_on
from zimao.services.ship_registry.rules import MaterialPlan, ShipFacts, applicable, merged_materials

__all__ = [
    "NEW",
    "OLD",
    "Requirements",
    "case_schedule",
    "material_names",
    "plan_before",
    "plan_new",
    "requirements",
    "shipped_diagram",
    "submitted_case",
    "target_on",
]

NEW = "ship_initial_registration-v1"
OLD = "ship_sequential-v0"


@dataclass(frozen=True, slots=True)
class NeededCertificate:
    """Whether one certificate is needed, why, and what it costs (fen)."""

    kind: str
    name: Text
    applies: bool
    reason: Text
    source: str
    fee_fen: int


@dataclass(frozen=True, slots=True)
class Requirements:
    """The answer to the five questions."""

    facts: ShipFacts
    certificates: tuple[NeededCertificate, ...]
    materials: MaterialPlan

    @property
    def applies(self) -> tuple[str, ...]:
        return tuple(one.kind for one in self.certificates if one.applies)


def requirements(
    zone: str, *, ship_type: str, gross_tonnage: int, area: str, oil: str, radio: bool, on: date | None = None
) -> Requirements:
    """Certificates, fees and merged materials for a ship. Refused for a type, area or oil that is not in the lists."""
    for field, value, known in (("type", ship_type, SHIP_TYPES), ("area", area, AREAS), ("oil", oil, OIL)):
        if value not in known:
            sentence = t("“{value}”不在可选范围：{known}", "“{value}” is not one of: {known}")
            raise Refused("choice", sentence.fill(value=value, known=", ".join(known)), field)
    parameters = parameters_on(zone, on or date.today())  # noqa: DTZ011 - a public question is about today
    facts = ShipFacts(ship_type, gross_tonnage, area, oil, radio)
    fees = parameters.fees()
    certificates = tuple(
        NeededCertificate(kind, CERTIFICATES[kind], verdict.applies, verdict.reason, verdict.source, fees[kind] if verdict.applies else 0)
        for kind, verdict in applicable(applicability_model(), facts).items()
    )
    applies = [one.kind for one in certificates if one.applies]
    materials = merged_materials(parameters.rows("ship_materials"), applies, agent=True, shares=True)
    return Requirements(facts, certificates, materials)


@lru_cache(maxsize=8)
def shipped_diagram(name: str) -> Diagram:
    """A diagram of the service's folder."""
    return read((FOLDER / "processes" / f"{name}.bpmn").read_bytes())


def plan_new(zone: str, start: date, applies: tuple[str, ...] = tuple(CERTIFICATES)) -> Schedule:
    """The plan of an application accepted for working on ``start``, every step at its upper bound."""
    facts = {f"applies_{kind}": kind in applies for kind in CERTIFICATES}
    return plan(shipped_diagram(NEW), periods_on(zone, start), start, calendar_of(zone), Known(facts=facts), target=target_on(zone, start))


def plan_before(zone: str, start: date) -> Schedule:
    """The plan of the same seven certificates one after another, as before; the owner's own time left out."""
    return plan(shipped_diagram(OLD), periods_before(zone, start), start, calendar_of(zone))


def submitted_case(application: Application) -> Case:
    """The case that an application became; Conflict before it is submitted."""
    if application.case is None:
        raise Conflict("not_submitted", t("申请尚未提交", "The application was not submitted yet"))
    return application.case


def case_schedule(case: Case, today: date | None = None) -> Schedule:
    """The plan of a running case: what is done at its actual dates, the rest by its periods."""
    return planning.case_schedule(case, today)


def target_on(zone: str, on: date) -> int:
    """The number of working days promised for a whole case (notice, practice 10: 20 instead of 41)."""
    return parameters_on(zone, on).values()["target_days"]


def material_names(zone: str, on: date) -> dict[str, Text]:
    """The name of each material in force on a day, by its kind."""
    return {row["material"]: Text(row["label_zh"], row["label_en"]) for row in parameters_on(zone, on).rows("ship_materials")}
