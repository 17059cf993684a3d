"""The list of tables and one table as in force on a day. Open to everybody: these are published rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from zimao.kernel.errors import Missing, ZimaoError
from zimao.kernel.manifest import services
from zimao.kernel.parties.models import Zone
from zimao.kernel.tables import queries
from zimao.kernel.tables.contents import Contents
from zimao.kernel.tables.exporting import csv_bytes, workbook_bytes
from zimao.kernel.tables.queries import SEED, Table
from zimao.kernel.tables.spec import KINDS, TableSpec, registered_tables, spec_of
from zimao.kernel.text import Text, t
from zimao.kernel.web import optional_actor

__all__ = ["CRUMB", "file", "file_answer", "index", "table"]

_PAGE = 50
CRUMB = (t("规则表", "Tables"), "/tables")
_TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_SHARED = t("通用", "General")
_NOT_A_DAY = t("日期应为 2026-01-31 的样式，已改用今天", "The date should look like 2026-01-31; today is used instead")


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every table with what is in force today, and the drafts that wait for somebody of this desk."""
    actor = optional_actor(request)
    zone = actor.zone if actor else ""
    today = timezone.localdate()
    names = {service.key: service.name for service in services()}
    groups: dict[str, list[tuple[TableSpec, Table | ZimaoError]]] = {}
    for spec in sorted(registered_tables().values(), key=lambda one: ([*names, one.service].index(one.service), one.name)):
        groups.setdefault(spec.service, []).append((spec, _in_force(spec.name, today, zone)))
    drafts = [(draft, spec_of(draft.table)) for draft in queries.drafts_for(actor) if draft.table in registered_tables()]
    context = {
        "groups": [(names.get(key, _SHARED), rows) for key, rows in groups.items()],
        "drafts": drafts,
        "crumbs": [(CRUMB[0], "")],
        "on_desk": actor is not None and actor.has(*queries.DESK),
    }
    return render(request, "tables/index.html", context)


def _in_force(name: str, on: date, zone: str) -> Table | ZimaoError:
    try:
        return queries.as_of(name, on, zone)
    except ZimaoError as error:
        return error


@require_safe
def table(request: HttpRequest, name: str) -> HttpResponse:
    """A table on a day in a zone: ``?on=&zone=&q=&page=``; its rows, its columns, its releases."""
    spec = spec_of(name)
    actor = optional_actor(request)
    on, problem = _day(request.GET.get("on", ""))
    zone = _zone(request)
    found = _in_force(name, on, zone)
    failed = isinstance(found, ZimaoError)
    words = request.GET.get("q", "").strip()
    rows = [] if isinstance(found, ZimaoError) else list(_matching(found.contents, words))
    context: dict[str, Any] = {
        "spec": spec,
        "columns": [(column, KINDS[column.kind]) for column in spec.columns],
        "found": None if failed else found,
        "failure": found if failed else None,
        "problem": problem,
        "on": on,
        "today": timezone.localdate(),
        "zone": zone,
        "zones": list(Zone.objects.order_by("code")) if spec.per_zone else [],
        "q": words,
        "page": Paginator(rows, _PAGE).get_page(request.GET.get("page")),
        "releases": queries.releases_of(name, zone)[:100],
        "drafts": queries.drafts_for(actor, name),
        "show_who": actor is not None and actor.has(*queries.DESK),
        "may_draft": actor is not None and actor.has("table.editor"),
        "is_seed": isinstance(found, Table) and found.release == SEED,
        "crumbs": [CRUMB, (spec.label, "")],
    }
    return render(
        request, "tables/table.html", context, status=found.status if isinstance(found, ZimaoError) and found.status == 503 else 200
    )


def _day(text: str) -> tuple[date, Text | None]:
    try:
        return (date.fromisoformat(text), None) if text else (timezone.localdate(), None)
    except ValueError:
        return timezone.localdate(), _NOT_A_DAY


def _zone(request: HttpRequest) -> str:
    actor = optional_actor(request)
    zone = request.GET.get("zone", actor.zone if actor else "")
    return zone if zone.isprintable() and len(zone) <= 20 else ""


def _matching(contents: Contents, words: str) -> Iterator[Sequence[str]]:
    wanted = words.lower()
    return (row for row in contents.spelled if not wanted or any(wanted in cell.lower() for cell in row))


@require_safe
def file(request: HttpRequest, name: str, form: str) -> HttpResponse:
    """The table as in force on ``?on=`` in ``?zone=``, as CSV or Excel."""
    on, problem = _day(request.GET.get("on", ""))
    if problem is not None:
        raise Missing("tables.day", problem, "on")
    found = queries.as_of(name, on, _zone(request))
    return file_answer(found.contents, found.release, form)


def file_answer(contents: Contents, label: str, form: str) -> HttpResponse:
    """A download, named after the table and its release."""
    data = csv_bytes(contents) if form == "csv" else workbook_bytes(contents)
    answer = HttpResponse(data, content_type=_TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="{contents.spec.name}-{label.lstrip("#")}.{form}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def table_path(name: str) -> str:
    """The address of a table's page."""
    return reverse("tables:table", args=[name])
