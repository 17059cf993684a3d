"""API of ship registration."""

from __future__ import annotations

from datetime import date, datetime
from datetime import date as date_
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Body, File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile
from ninja.pagination import PageNumberPagination, paginate
from pydantic import Field

from zimao.kernel.cases.api import CaseOut, Reason, TaskOut
from zimao.kernel.cases.materials import Upload, give_material
from zimao.kernel.cases.operations import complete_task, withdraw_case
from zimao.kernel.cases.schedule import RedFlag
from zimao.kernel.errors import Refused
from zimao.kernel.text import Text, t
from zimao.kernel.web import act_of, actor_of
from zimao.services.ship_registry import operations, queries
from zimao.services.ship_registry.extract import register_csv
from zimao.services.ship_registry.forms import ApplicationForm
from zimao.services.ship_registry.models import Application, Certificate
from zimao.services.ship_registry.pages.exchange import attached, empty_workbook
from zimao.services.ship_registry.planning import case_schedule, requirements, submitted_case
from zimao.services.ship_registry.readiness import materials_of
from zimao.services.ship_registry.workbook import application_workbook, read_application

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
    zone: str = Field("", max_length=20, description="empty: what holds where a zone has set nothing of its own")


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


class RedOut(Schema):
    """The day from which the plan misses its target, and the task that moved it."""

    day: int
    date: date_
    element: str
    reason: Words

    @staticmethod
    def resolve_reason(flag: RedFlag) -> Words:
        return Words.of(flag.reason)


class ScheduleOut(Schema):
    """The plan of the case as it stands."""

    start: date
    finish: date
    total_days: int
    target_days: int
    provisional: bool
    tracks: list[ScheduleLine]
    red_from: RedOut | None


class Brief(Schema):
    """An application in a list."""

    number: str
    ship_name: str
    status: str
    changed_at: datetime

    @staticmethod
    def resolve_status(application: Application) -> str:
        return application.case.status if application.case else "draft"


class AnswerBody(Schema):
    """The answer to the one request for correction."""

    answer: str = Field(max_length=2000)


class ShipOut(Schema):
    """One ship of the register's extract; owners are left out of it."""

    register_number: str
    name_zh: str
    name_en: str
    identification_number: str
    imo_number: str
    call_sign: str
    mmsi: str | None
    ship_type: str
    port: str
    gross_tonnage: int
    net_tonnage: int
    registered_on: date


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


@router.get("/ships/application.xlsx", auth=None)
def get_template(request: HttpRequest) -> HttpResponse:
    """The application as an empty Excel workbook: one sheet a section, words, help and choices beside each cell."""
    return attached(empty_workbook(timezone.localdate()), "ship-application.xlsx")


@router.post("/ships/applications", response={201: ApplicationOut})
def start(request: HttpRequest, body: StartBody) -> Any:
    """Start an application."""
    return Status(201, operations.start_application(act_of(request), applicant_id=body.applicant_id, values=body.values))


@router.get("/ships/applications", response=list[Brief])
@paginate(PageNumberPagination, page_size=50)
def list_applications(request: HttpRequest) -> Any:
    """The applications that you file, drafts too, the latest first."""
    return queries.my_applications(actor_of(request))


# Addresses with a verb come before the one of the application itself, which would take "number:verb" for a number.
@router.post("/ships/applications/{number}:submit", response={201: CaseOut}, include_in_schema=False)
@router.post("/ships/applications/{number}/submit", response={201: CaseOut})
def submit(request: HttpRequest, number: str) -> Any:
    """Check the whole application and open its case. Also at ``{number}:submit``."""
    return Status(201, operations.submit_application(act_of(request), number=number))


@router.post("/ships/applications/{number}:withdraw", response=CaseOut, include_in_schema=False)
@router.post("/ships/applications/{number}/withdraw", response=CaseOut)
def withdraw(request: HttpRequest, number: str, body: Reason) -> Any:
    """Withdraw a submitted application; certificates approved before stand. Also at ``{number}:withdraw``."""
    submitted_case(queries.application_for(actor_of(request), number))
    return withdraw_case(act_of(request), number=number, reason=body.reason)


@router.post("/ships/applications/{number}:answer", response=TaskOut, include_in_schema=False)
@router.post("/ships/applications/{number}/answer", response=TaskOut)
def answer(request: HttpRequest, number: str, body: AnswerBody) -> Any:
    """Answer the one request for correction, once the application is mended. Also at ``{number}:answer``."""
    application = queries.application_for(actor_of(request), number)
    return complete_task(act_of(request), item_id=queries.correction_of(application).pk, values={"answer": body.answer})


@router.get("/ships/applications/{number}", response=ApplicationOut)
def get_application(request: HttpRequest, number: str) -> Application:
    """An application and its certificates."""
    return queries.application_for(actor_of(request), number)


@router.put("/ships/applications/{number}", response=ApplicationOut)
def save(request: HttpRequest, number: str, body: Body[dict[str, Any]]) -> Application:
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
    return Status(201, made)


@router.get("/ships/applications/{number}/workbook")
def get_workbook(request: HttpRequest, number: str) -> HttpResponse:
    """The application as an Excel workbook with what it holds."""
    application = queries.application_to_change(actor_of(request), number)
    return attached(application_workbook(queries.values_of(application)), f"{application.number}.xlsx")


@router.post("/ships/applications/{number}/workbook", response=ApplicationOut)
def fill(request: HttpRequest, number: str, file: File[UploadedFile]) -> Application:
    """Fill the application from its Excel workbook, whole or not at all; each wrong cell is named by sheet, row and column."""
    return operations.fill_application(act_of(request), number=number, filled=read_application(file.read()))


@router.post("/ships/applications/{number}/inspection", response=ApplicationOut)
def add_inspection(request: HttpRequest, number: str, body: Body[dict[str, Any]]) -> Application:
    """Fill the particulars from inspection certificate data: ``certificate_number`` and the fields that it states."""
    return operations.take_inspection(act_of(request), number=number, data=body)


@router.get("/ships/applications/{number}/schedule", response=ScheduleOut)
def get_schedule(request: HttpRequest, number: str) -> Any:
    """The plan of the case, computed from its diagram and what has happened so far."""
    application = queries.application_for(actor_of(request), number)
    return case_schedule(submitted_case(application), application.zone.day(timezone.now()))


@router.get("/ships/register", response=list[ShipOut])
@paginate(PageNumberPagination, page_size=100)
def get_register(request: HttpRequest) -> Any:
    """The extract of the ship register of your zone; for registrars and supervisors."""
    return queries.registered_ships(actor_of(request))


@router.get("/ships/register.csv")
def get_register_csv(request: HttpRequest) -> HttpResponse:
    """The same extract as CSV."""
    return attached(register_csv(queries.registered_ships(actor_of(request))), "ship-register.csv", "text/csv; charset=utf-8")
