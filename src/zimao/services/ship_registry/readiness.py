"""How far an application is: what it needs, what was given, everything that is still wrong, what it costs and how long it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils import timezone

from zimao.kernel.cases.materials import reusable
from zimao.kernel.cases.models import Material, WorkItem
from zimao.kernel.cases.schedule import Schedule
from zimao.kernel.errors import Problem, Refused
from zimao.kernel.forms import field_problems, problems_of, validate
from zimao.kernel.text import t
from zimao.services.ship_registry.forms import ApplicationForm, ShipIdentity
from zimao.services.ship_registry.models import Application
from zimao.services.ship_registry.parameters import Parameters, applicability_model, parameters_on
from zimao.services.ship_registry.planning import plan_new
from zimao.services.ship_registry.queries import earlier_applications, form_of, register_of, values_of
from zimao.services.ship_registry.rules import (
    Applicability,
    MaterialNeed,
    MaterialPlan,
    applicable,
    check_application,
    clash_problem,
    facts_of,
    merged_materials,
)

__all__ = [
    "MaterialLine",
    "MaterialsListed",
    "Readiness",
    "check_whole",
    "given_materials",
    "is_editable",
    "materials_of",
    "readiness",
    "usable_name",
    "verdicts_of",
    "wrong_values",
]


def is_editable(application: Application) -> bool:
    """A draft, or a submitted application while a correction is asked for."""
    waiting = WorkItem.objects.filter(case=application.case, element="answer_correction", status=WorkItem.Status.OPEN)
    return application.case_id is None or waiting.exists()


def verdicts_of(form: ApplicationForm) -> dict[str, Applicability]:
    """R1 for the ship of the form; empty while one of the five answers is missing."""
    built = form.particulars
    if not (built.ship_type and built.gross_tonnage and built.area and built.oil):
        return {}
    return applicable(applicability_model(), facts_of(built))


def _about(application: Application, parameters: Parameters) -> list[str]:
    """What the materials of this application may be about: itself, and earlier applications for the same ship (R10)."""
    earlier = earlier_applications(application, months=parameters.values()["results_kept_months"])
    return [application.number, *earlier.values_list("number", flat=True)]


def given_materials(application: Application, parameters: Parameters) -> dict[str, Material]:
    """The newest valid material of each kind that counts for this application."""
    kinds = [row["material"] for row in parameters.rows("ship_materials")]
    return reusable(application.applicant_id, kinds, parameters.on, _about(application, parameters))


def material_plan(application: Application, form: ApplicationForm, parameters: Parameters, given: Mapping[str, Material]) -> MaterialPlan:
    """The merged materials of this application (R5); what was used in another case counts as held."""
    applies = [kind for kind, verdict in verdicts_of(form).items() if verdict.applies]
    held = [kind for kind, material in given.items() if material.uses.exclude(case=application.case).exists()]
    agent = application.filed_by.party_id != application.applicant_id
    return merged_materials(parameters.rows("ship_materials"), applies, agent=agent, shares=len(form.owners) > 1, held=held)


@dataclass(frozen=True, slots=True)
class MaterialLine:
    """One material that is needed, and what was given for it."""

    need: MaterialNeed
    given: Material | None
    belongs_to: str

    @property
    def is_missing(self) -> bool:
        return self.need.source == "applicant" and self.given is None


@dataclass(frozen=True)
class MaterialsListed:
    """The merged list of an application with what was given."""

    plan: MaterialPlan
    lines: tuple[MaterialLine, ...]

    @property
    def missing(self) -> tuple[MaterialLine, ...]:
        return tuple(line for line in self.lines if line.is_missing)


def materials_of(application: Application, parameters: Parameters | None = None) -> MaterialsListed:
    """The merged list for the application as it stands, complete or not."""
    parameters = parameters or parameters_on(application.zone_id, application.zone.day(timezone.now()))
    given = given_materials(application, parameters)
    plan = material_plan(application, form_of(application), parameters, given)
    belongs = {row["material"]: row["belongs_to"] for row in parameters.rows("ship_materials")}
    return MaterialsListed(plan, tuple(MaterialLine(need, given.get(need.material), belongs[need.material]) for need in plan.needs))


def check_whole(application: Application, parameters: Parameters) -> tuple[ApplicationForm | None, list[Problem]]:
    """The form when every field alone is right, and everything that is wrong: fields, fields together, materials."""
    problems: list[Problem] = []
    form: ApplicationForm | None = None
    try:
        form = validate(ApplicationForm, values_of(application))
    except Refused as refused:
        problems += refused.problems
    else:
        applies = [kind for kind, verdict in verdicts_of(form).items() if verdict.applies]
        problems += check_application(form, parameters.checks(), register_of(application), applies=applies, on=parameters.on)
    for line in materials_of(application, parameters).missing:
        sentence = t("请上传：{label}", "Upload: {label}").fill(label=line.need.label)
        problems.append(Problem("material_missing", f"materials.{line.need.material}", sentence))
    return form, problems


def wrong_values(application: Application, parameters: Parameters) -> list[Problem]:
    """What is wrong with what was filled in so far; what is still empty is not. Fields together count once the form is whole."""
    values = values_of(application)
    if problems_of(ApplicationForm, values):
        return list(problems_of(ApplicationForm, values, partial=True))
    form = validate(ApplicationForm, values)
    applies = [kind for kind, verdict in verdicts_of(form).items() if verdict.applies]
    return check_application(form, parameters.checks(), register_of(application), applies=applies, on=parameters.on)


def usable_name(application: Application, name: str, parameters: Parameters) -> None:
    """Refused, with the reason, when a ship of this application may not be registered under ``name``."""
    problems = [Problem(one.code, "name", one.sentence) for one in field_problems(ShipIdentity, {"name_zh": name}, "name_zh")]
    clash = clash_problem(name, register_of(application), parameters.lookalikes(), "name")
    if clash:
        problems.append(clash)
    if problems:
        raise Refused.of(problems)


@dataclass(frozen=True)
class Readiness:
    """The review page: problems, verdicts of R1, fees in fen, materials, the plan if it were submitted today."""

    problems: tuple[Problem, ...]
    verdicts: Mapping[str, Applicability]
    fees: Mapping[str, int]
    materials: MaterialsListed
    plan: Schedule | None
    releases: Mapping[str, str] = field(default_factory=dict)

    @property
    def fee_total(self) -> int:
        return sum(self.fees.values())

    @property
    def is_complete(self) -> bool:
        return not self.problems


def readiness(application: Application) -> Readiness:
    """Everything the applicant wants to know before submitting today."""
    day = application.zone.day(timezone.now())
    parameters = parameters_on(application.zone_id, day)
    _, problems = check_whole(application, parameters)
    verdicts = verdicts_of(form_of(application))
    applies = tuple(kind for kind, verdict in verdicts.items() if verdict.applies)
    fees = {kind: fee for kind, fee in parameters.fees().items() if kind in applies}
    plan = plan_new(application.zone_id, day, applies) if applies else None
    return Readiness(tuple(problems), verdicts, fees, materials_of(application, parameters), plan, parameters.releases)
