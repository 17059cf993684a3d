"""API of ship registration."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import File, Form, Query, Router, Schema
from ninja.files import UploadedFile
from pydantic import Field

from zimao.kernel.cases.api import CaseOut
from zimao.kernel.cases.materials import Upload, give_material
from zimao.kernel.cases.models import Case
from zimao.kernel.errors import Refused
from zimao.kernel.text import Text, t
from zimao.kernel.web import act_of, actor_of
from zimao.services.ship_registry import operations, queries
from zimao.services.ship_registry.forms import ApplicationForm
from zimao.services.ship_registry.models import Application, Certificate
from zimao.services.ship_registry.planning import case_schedule, requirements
from zimao.services.ship_registry.readiness import materials_of

__all__ = ["router"]

router = Router(tags=["ships"])


class Words(Schema):
    """One sentence in both languages."""

    zh: str
    en: str

    @staticmethod
    def of(text: Text) -> Words:
        return Words(zh=text.zh, en=text.en)


class RequirementsQuery(Schema):
    """The five questions."""

    type: str = Field("oil_tanker", max_length=20)
    gt: int = Field(ge=1, le=999_999)
    area: str = Field("coastal", max_length=20)
    oil: str = Field("none", max_length=20)
    radio: bool = False
    zone: str = Field("FZ", max_length=20)


class NeededCertificate(Schema):
    """Whether one certificate is needed, and why."""

    kind: str
    name: Words
    applies: bool
    reason: Words
    source: str
    fee_fen: int


class NeededMaterial(Schema):
    """One material of the merged list."""

    material: str
    name: Words
    source: str
    used_by: list[str]


class RequirementsOut(Schema):
    """What a ship needs: certificates, the merged materials, and what the merging saves."""

    certificates: list[NeededCertificate]
    materials: list[NeededMaterial]
    before: int
    now: int
    saved: int


class CertificateOut(Schema):
    """One certificate of an application."""

    kind: str
    status: str
    number: str
    issued_on: date | None
    valid_to: date | None
    reason_zh: str
    reason_en: str
    verification_code: str

    @staticmethod
    def resolve_verification_code(certificate: Certificate) -> str:
        return certificate.document.code if certificate.document else ""


class ApplicationOut(Schema):
    """An application: a draft, or the case it became."""

    number: str
    ship_name: str
    submitted: bool
    changed_at: datetime
    values: dict[str, Any]
    certificates: list[CertificateOut]

    @staticmethod
    def resolve_submitted(application: Application) -> bool:
        return application.case_id is not None

    @staticmethod
    def resolve_values(application: Application) -> dict[str, Any]:
        return queries.values_of(application)

    @staticmethod
    def resolve_certificates(application: Application) -> list[Certificate]:
        return list(application.certificates.select_related("document").order_by("pk"))


class StartBody(Schema):
    """A new application, perhaps for a principal, perhaps with first values."""

    applicant_id: int | None = Field(None, ge=1, le=2**62)
    values: dict[str, Any] = {}


class MaterialOut(Schema):
    """A material that was taken in."""

    id: int
    kind: str
    name: str
    size: int
    sha256: str


class ScheduleLine(Schema):
    """The plan of one certificate."""

    track: str
    start: date
    finish: date
    finish_day: int
    due: date
    float_days: int
    critical: bool


class ScheduleOut(Schema):
    """The plan of the case as it stands."""

    start: date
    finish: date
    total_days: int
    target_days: int
    provisional: bool
    tracks: list[ScheduleLine]


@router.get("/ships/requirements", auth=None, response=RequirementsOut)
def get_requirements(request: HttpRequest, asked: Query[RequirementsQuery]) -> Any:
    """Which certificates and materials a ship needs, before any sign-in."""
    found = requirements(asked.zone, ship_type=asked.type, gross_tonnage=asked.gt, area=asked.area, oil=asked.oil, radio=asked.radio)
    return {
        "certificates": [
            NeededCertificate(
                kind=one.kind,
                name=Words.of(one.name),
                applies=one.applies,
                reason=Words.of(one.reason),
                source=one.source,
                fee_fen=one.fee_fen,
            )
            for one in found.certificates
        ],
        "materials": [
            NeededMaterial(material=need.material, name=Words.of(need.label), source=need.source, used_by=list(need.used_by))
            for need in found.materials.needs
        ],
        "before": found.materials.before,
        "now": found.materials.now,
        "saved": found.materials.saved,
    }


@router.get("/ships/form", auth=None, response=dict[str, Any])
def get_form(request: HttpRequest) -> dict[str, Any]:
    """The JSON schema of the application."""
    return ApplicationForm.model_json_schema()


@router.post("/ships/applications", response={201: ApplicationOut})
def start(request: HttpRequest, body: StartBody) -> Any:
    """Start an application."""
    return 201, operations.start_application(act_of(request), applicant_id=body.applicant_id, values=body.values)


@router.get("/ships/applications/{number}", response=ApplicationOut)
def get_application(request: HttpRequest, number: str) -> Application:
    """An application and its certificates."""
    return queries.application_for(actor_of(request), number)


@router.put("/ships/applications/{number}", response=ApplicationOut)
def save(request: HttpRequest, number: str, body: dict[str, Any]) -> Application:
    """Save sections of the application; incomplete ones too."""
    return operations.save_application(act_of(request), number=number, values=body)


@router.post("/ships/applications/{number}/materials", response={201: MaterialOut})
def add_material(request: HttpRequest, number: str, kind: Form[str], file: File[UploadedFile], valid_to: Form[date | None] = None) -> Any:
    """Hand in one material of the merged list: PDF, JPEG or PNG up to 20 MB."""
    application = queries.application_for(actor_of(request), number)
    line = next((one for one in materials_of(application).lines if one.need.material == kind), None)
    if line is None:
        raise Refused("material_kind", t("材料清单中没有这一项", "There is no such material on the list"), "kind")
    made = give_material(
        act_of(request),
        owner_id=application.applicant_id,
        service="ship_registry",
        kind=kind,
        upload=Upload(file.name or "", file.read()),
        about=number if line.belongs_to == "ship" else "",
        valid_to=valid_to,
    )
    return 201, made


@router.post("/ships/applications/{number}/submit", response={201: CaseOut})
def submit(request: HttpRequest, number: str) -> Any:
    """Check the whole application and open its case."""
    return 201, operations.submit_application(act_of(request), number=number)


@router.get("/ships/applications/{number}/schedule", response=ScheduleOut)
def get_schedule(request: HttpRequest, number: str) -> Any:
    """The plan of the case, computed from its diagram and what has happened so far."""
    application = queries.application_for(actor_of(request), number)
    return case_schedule(_case(application))


def _case(application: Application) -> Case | None:
    return application.case
