"""The application as a file: an Excel workbook out and in, the particulars from inspection certificate data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from zimao.kernel.errors import Problem, Refused
from zimao.kernel.text import Text, t
from zimao.kernel.web import act_of
from zimao.services.ship_registry.operations import fill_application, take_inspection
from zimao.services.ship_registry.pages.application import own_application
from zimao.services.ship_registry.pages.steps import steps
from zimao.services.ship_registry.prefilling import parse_inspection
from zimao.services.ship_registry.queries import values_of
from zimao.services.ship_registry.readiness import is_editable
from zimao.services.ship_registry.workbook import application_workbook, read_application

__all__ = ["XLSX", "attached", "empty_workbook", "files", "template", "workbook"]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FILLED = t("工作簿已填入申请，请逐项核对。", "The workbook was put into the application; look through each section.")
_TAKEN = t("检验证书数据已填入技术参数，请核对。", "The inspection data was put into the particulars; look through them.")


def attached(data: bytes, name: str, kind: str = XLSX) -> HttpResponse:
    """A file to be saved under ``name``."""
    return HttpResponse(data, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@require_GET
def template(request: HttpRequest) -> HttpResponse:
    """The empty workbook, before any sign-in."""
    return attached(empty_workbook(timezone.localdate()), "ship-application.xlsx")


@lru_cache(maxsize=2)
def empty_workbook(day: date) -> bytes:
    """The empty workbook of a day: the lists in it are that day's, and anybody may ask for it, so it is made once."""
    return application_workbook({})


@require_GET
def workbook(request: HttpRequest, number: str) -> HttpResponse:
    """The workbook of one draft, with what it holds; for those who file it."""
    application = own_application(request, number)
    return attached(application_workbook(values_of(application)), f"{application.number}.xlsx")


@require_http_methods(["GET", "POST"])
def files(request: HttpRequest, number: str) -> HttpResponse:
    """Fill the application from a file; POST takes ``workbook`` or ``inspection``, and shows every problem of it."""
    application = own_application(request, number)
    problems: tuple[Problem, ...] = ()
    kind = "inspection" if "inspection" in request.FILES else "workbook"
    if request.method == "POST":
        try:
            words, section = _TAKERS[kind](request, number, _sent(request, kind))
        except Refused as refused:
            problems = refused.problems
        else:
            messages.success(request, words.into(request.LANGUAGE_CODE))
            return redirect("ships-edit", number, section)
    context = {
        "application": application,
        "problems": problems,
        "refused": kind if problems else "",
        "steps": steps(application, ""),
        "editable": is_editable(application),
    }
    return render(request, "ships/files.html", context, status=422 if problems else 200)


def _sent(request: HttpRequest, name: str) -> bytes:
    sent = request.FILES.get(name)
    if sent is None or isinstance(sent, list):
        raise Refused("file_missing", t("请选择文件", "Choose a file"), name)
    data: bytes = sent.read()
    return data


def _take_workbook(request: HttpRequest, number: str, data: bytes) -> tuple[Text, str]:
    fill_application(act_of(request), number=number, filled=read_application(data))
    return _FILLED, "ship"


def _take_inspection(request: HttpRequest, number: str, data: bytes) -> tuple[Text, str]:
    take_inspection(act_of(request), number=number, data=parse_inspection(data))
    return _TAKEN, "particulars"


_TAKERS: dict[str, Callable[[HttpRequest, str, bytes], tuple[Text, str]]] = {
    "workbook": _take_workbook,
    "inspection": _take_inspection,
}
