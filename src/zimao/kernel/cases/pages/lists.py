"""The list of cases, and the same list as a file."""

from __future__ import annotations

import csv
import io
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from zimao.kernel.cases.listing import find_cases
from zimao.kernel.cases.models import Case
from zimao.kernel.cases.pages.common import applicant_name, language, page_of
from zimao.kernel.cases.pages.words import CASE_STATUS, service_title, status_words
from zimao.kernel.cases.processes import processes
from zimao.kernel.operations import Actor
from zimao.kernel.parties.pages.layout import signed_in_page
from zimao.kernel.text import Text, t
from zimao.kernel.web import actor_of

__all__ = ["cases", "export"]

MAX_ROWS = 20_000
_HEAD = (
    t("办件编号", "Case"),
    t("事项", "Procedure"),
    t("标题", "Title"),
    t("申请人", "Applicant"),
    t("状态", "Status"),
    t("提交时间", "Submitted"),
    t("受理时间", "Accepted"),
    t("办结时间", "Ended"),
)
# a spreadsheet takes a cell that begins so for a formula
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _wanted(request: HttpRequest) -> dict[str, str]:
    status = request.GET.get("status", "")
    return {
        "text": request.GET.get("q", "").strip()[:100],
        "status": status if status in CASE_STATUS else "",
        "service": request.GET.get("service", "")[:40],
    }


@require_safe
@signed_in_page
def cases(request: HttpRequest) -> HttpResponse:
    """Applicants see their own cases, officers those of their zone and service."""
    actor, wanted = actor_of(request), _wanted(request)
    page = page_of(find_cases(actor, **wanted), request)
    rows = [_row(case, actor) for case in page]
    services = sorted({spec.service: spec.title for spec in processes().values()}.items())
    context = {
        "page": page,
        "rows": rows,
        "wanted": wanted,
        "is_narrowed": any(wanted.values()),
        "statuses": CASE_STATUS,
        "services": services,
    }
    return render(request, "cases/list.html", context)


def _row(case: Case, actor: Actor) -> dict[str, Any]:
    kind, status = status_words(case)
    return {
        "case": case,
        "title": Text(case.title_zh, case.title_en),
        "service": service_title(case),
        "applicant": applicant_name(actor, case),
        "kind": kind,
        "status": status,
    }


@require_safe
@signed_in_page
def export(request: HttpRequest) -> HttpResponse:
    """The same cases as CSV in UTF-8 with a byte order mark, which spreadsheets need; at most 20,000 rows."""
    actor = actor_of(request)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([words.into(language()) for words in _HEAD])
    for case in find_cases(actor, **_wanted(request))[:MAX_ROWS]:
        writer.writerow([_safe(cell) for cell in _cells(case, actor)])
    answer = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="cases.csv"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def _cells(case: Case, actor: Actor) -> list[str]:
    words = (service_title(case), Text(case.title_zh, case.title_en))
    instants = (case.submitted_at, case.accepted_at, case.closed_at)
    return [
        case.number,
        *(one.into(language()) for one in words),
        applicant_name(actor, case),
        status_words(case)[1].into(language()),
        *(one.astimezone(ZoneInfo(case.zone.time_zone)).strftime("%Y-%m-%d %H:%M") if one else "" for one in instants),
    ]


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
