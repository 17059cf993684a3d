"""Members of a zone for its administrator, mandates for applicants, access records for the auditor."""

from __future__ import annotations

from datetime import date

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from zimao.kernel.errors import ZimaoError
from zimao.kernel.parties import operations, queries
from zimao.kernel.parties.forms import MandateForm, RoleGrant, read
from zimao.kernel.parties.models import Mandate, Zone
from zimao.kernel.parties.pages.layout import Field, form_page, role_page
from zimao.kernel.parties.queries import MaskedParty, masked
from zimao.kernel.parties.roles import APPLICANT, AUDITOR, ZONE_ADMIN, mandate_services, registered_roles, role_label
from zimao.kernel.text import Text, t
from zimao.kernel.web import act_of, actor_of

__all__ = ["access_records_page", "end_mandate_page", "end_role_page", "mandates_page", "members_page"]

_PAGE = 50
_SCHEMES = (
    ("uscc", t("统一社会信用代码", "Unified social credit code")),
    ("resident_id", t("居民身份证", "Resident identity card")),
    ("passport", t("护照", "Passport")),
)


@require_http_methods(["GET", "POST"])
@role_page(ZONE_ADMIN)
def members_page(request: HttpRequest) -> HttpResponseBase:
    """Who holds which role in my zone; the form grants one."""
    error: ZimaoError | None = None
    if request.method == "POST":
        try:
            form = read(RoleGrant, request.POST.dict())
            operations.grant_role(act_of(request), **form.model_dump())
            return redirect("parties:members")
        except ZimaoError as refused:
            error = refused
    zone, today = _zone_and_day(request)
    rows = [(row, role_label(row.role), masked(row.user.party)) for row in queries.members(zone, today)]
    return form_page(request, "parties/members.html", _grant_fields(zone, today), error, rows=rows)


@require_POST
@role_page(ZONE_ADMIN)
def end_role_page(request: HttpRequest, membership: int) -> HttpResponseBase:
    """End a role at once."""
    operations.end_role(act_of(request), membership=membership)
    return redirect("parties:members")


@require_http_methods(["GET", "POST"])
@role_page(APPLICANT)
def mandates_page(request: HttpRequest) -> HttpResponseBase:
    """Mandates that I gave and that I hold; the form gives one."""
    error: ZimaoError | None = None
    if request.method == "POST":
        try:
            operations.give_mandate(act_of(request), form=read(MandateForm, request.POST.dict()))
            return redirect("parties:mandates")
        except ZimaoError as refused:
            error = refused
    party = actor_of(request).party_id or 0
    today = _zone_and_day(request)[1]
    given = [_line(row, masked(row.agent), today) for row in queries.mandates_given(party)]
    held = [_line(row, masked(row.principal), today) for row in queries.mandates_held(party)]
    return form_page(request, "parties/mandates.html", _mandate_fields(today), error, given=given, held=held)


@require_POST
@role_page(APPLICANT)
def end_mandate_page(request: HttpRequest, mandate: int) -> HttpResponseBase:
    """End a mandate at once."""
    operations.end_mandate(act_of(request), mandate=mandate)
    return redirect("parties:mandates")


@role_page(AUDITOR)
def access_records_page(request: HttpRequest) -> HttpResponse:
    """Every look at personal data in my zone."""
    found = Paginator(queries.looks_in(actor_of(request).zone), _PAGE).get_page(request.GET.get("page"))
    return render(request, "parties/access.html", {"page": found, "own": False})


def _line(row: Mandate, other: MaskedParty, today: date) -> dict[str, object]:
    label = mandate_services().get(row.service, Text(row.service, row.service))
    return {"mandate": row, "other": other, "service": label, "open": row.valid_to >= today}


def _grant_fields(zone: str, today: date) -> tuple[Field, ...]:
    granted = tuple((role.key, role.label) for role in registered_roles().values() if role.granted)
    units = (("", t("不限", "None")), *((unit.code, Text(unit.name_zh, unit.name_en)) for unit in queries.units_in(zone)))
    return (
        Field("username", t("用户名", "Sign-in name")),
        Field("role", t("岗位", "Role"), "select", options=granted),
        Field("unit", t("岗位单元", "Unit"), "select", options=units, required=False),
        Field("valid_from", t("起始日期", "First day"), "date", value=today.isoformat()),
        Field("valid_to", t("终止日期", "Last day"), "date", hint=t("不填则长期有效", "Empty: until it is ended"), required=False),
    )


def _mandate_fields(today: date) -> tuple[Field, ...]:
    return (
        Field("agent_scheme", t("受托方证件类型", "Kind of the agent's identifier"), "select", options=_SCHEMES),
        Field("agent_identifier", t("受托方证件或代码", "The agent's identifier")),
        Field("service", t("委托事项", "Service"), "select", options=tuple(mandate_services().items())),
        Field("valid_from", t("起始日期", "First day"), "date", value=today.isoformat()),
        Field("valid_to", t("终止日期", "Last day"), "date"),
    )


def _zone_and_day(request: HttpRequest) -> tuple[str, date]:
    zone = Zone.objects.get(pk=actor_of(request).zone)
    return zone.pk, zone.day(timezone.now())
