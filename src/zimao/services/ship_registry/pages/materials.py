"""The materials of an application: asked once, used for every certificate that needs them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from zimao.kernel.cases import Upload, give_material
from zimao.kernel.errors import Problem, Refused
from zimao.kernel.text import t
from zimao.kernel.web import act_of
from zimao.services.ship_registry.models import Application
from zimao.services.ship_registry.pages.application import own_application
from zimao.services.ship_registry.pages.steps import MATERIALS, steps
from zimao.services.ship_registry.readiness import MaterialLine, is_editable, materials_of

__all__ = ["materials"]


@require_http_methods(["GET", "POST"])
def materials(request: HttpRequest, number: str) -> HttpResponse:
    """The merged list with what was given; POST takes one file for one material (``kind``, ``file``)."""
    application = own_application(request, number)
    problems: tuple[Problem, ...] = ()
    listed = materials_of(application)
    kind = request.POST.get("kind", "")
    if request.method == "POST":
        try:
            _take(request, application, next((line for line in listed.lines if line.need.material == kind), None))
        except Refused as refused:
            problems = tuple(Problem(one.code, kind, one.sentence) for one in refused.problems)
        else:
            messages.success(request, t("材料已收到。", "The material was received.").into(request.LANGUAGE_CODE))
            return redirect("ships-materials", number)
    context = {
        "application": application,
        "listed": listed,
        "problems": problems,
        "refused": kind if problems else "",
        "steps": steps(application, MATERIALS),
        "editable": is_editable(application),
    }
    return render(request, "ships/materials.html", context, status=422 if problems else 200)


def _take(request: HttpRequest, application: Application, line: MaterialLine | None) -> None:
    if line is None:
        raise Refused("material_kind", t("材料清单中没有这一项", "There is no such material on the list"), "kind")
    sent = request.FILES.get("file")
    if sent is None or isinstance(sent, list):
        raise Refused("file_missing", t("请选择文件", "Choose a file"), "file")
    give_material(
        act_of(request),
        owner_id=application.applicant_id,
        service="ship_registry",
        kind=line.need.material,
        upload=Upload(sent.name or "", sent.read()),
        about=application.number if line.belongs_to == "ship" else "",
    )
