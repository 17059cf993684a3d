"""The application: one section at a time, saved as one goes; a review with everything that is still wrong; submission."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zimao.kernel.errors import Missing, Problem, Refused
from zimao.kernel.forms import bind, field_answer, problems_of, read
from zimao.kernel.forms.shape import shape
from zimao.kernel.text import t
from zimao.kernel.web import act_of, actor_of
from zimao.services.ship_registry.forms import ApplicationForm
from zimao.services.ship_registry.models import Application
from zimao.services.ship_registry.operations import save_application, submit_application
from zimao.services.ship_registry.pages.steps import MATERIALS, REVIEW, SECTIONS, next_step, steps
from zimao.services.ship_registry.prefilling import prefilled_fields
from zimao.services.ship_registry.queries import application_for, application_to_change, values_of
from zimao.services.ship_registry.readiness import is_editable, readiness

__all__ = ["check_field", "edit", "own_application", "review", "show"]


@require_GET
def show(request: HttpRequest, number: str) -> HttpResponse:
    """Where an application lives now: its sections while it is a draft, its case afterwards."""
    application = application_for(actor_of(request), number)
    if application.case is None:
        return redirect("ships-review", number)
    return redirect(f"/cases/{number}")


def own_application(request: HttpRequest, number: str) -> Application:
    """The application of a page on which it is changed."""
    return application_to_change(actor_of(request), number)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, number: str, section: str) -> HttpResponse:
    """One section of the form. POST keeps what was filled in, right or wrong, and says what is wrong beside each field."""
    application = own_application(request, number)
    if section not in SECTIONS:
        raise Missing("section", t("申请中没有这一部分", "The application has no such section"))
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        values = read(ApplicationForm, request.POST)
        application = save_application(act_of(request), number=number, values=values)
        problems = _filled_wrongly(values, section)
        if not problems and "more" not in request.POST:
            return redirect(next_step(number, section))
    values = values_of(application)
    bound = bind(ApplicationForm, values, problems).section(section)
    context = {
        "application": application,
        "section": section,
        "title": shape(ApplicationForm)[section].show.label,
        "bound": bound,
        "problems": problems,
        "steps": steps(application, section),
        "editable": is_editable(application),
        "prefilled": prefilled_fields(application.inspection, values) if section == "particulars" else None,
    }
    return render(request, "ships/edit.html", context, status=422 if problems else 200)


def _filled_wrongly(values: dict[str, Any], section: str) -> tuple[Problem, ...]:
    return problems_of(ApplicationForm, values, partial=True, only=section)


@require_POST
def check_field(request: HttpRequest, number: str) -> HttpResponse:
    """The inline check of one field."""
    own_application(request, number)
    return field_answer(request, ApplicationForm)


@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, number: str) -> HttpResponse:
    """What is still missing, what it costs, how long it takes; POST submits."""
    application = own_application(request, number)
    status = 200
    if request.method == "POST":
        try:
            submit_application(act_of(request), number=number)
        except Refused:
            status = 422
        else:
            words = t("申请已提交，七证一并受理。", "The application was submitted for all certificates at once.")
            messages.success(request, words.into(request.LANGUAGE_CODE))
            return redirect(f"/cases/{number}")
    ready = readiness(application)
    context = {
        "application": application,
        "ready": ready,
        "steps": steps(application, REVIEW),
        "by_step": _by_step(ready.problems),
        "editable": is_editable(application),
    }
    return render(request, "ships/review.html", context, status=status)


def _by_step(problems: tuple[Problem, ...]) -> list[dict[str, Any]]:
    """The problems under the step that mends them."""
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        found.setdefault(problem.field.partition(".")[0] or REVIEW, []).append(problem)
    fields = shape(ApplicationForm)
    return [
        {
            "step": step if step in SECTIONS else MATERIALS,
            "title": fields[step].show.label if step in fields else t("材料", "Materials"),
            "problems": listed,
        }
        for step, listed in found.items()
    ]
