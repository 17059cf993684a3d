"""The steps of filling in an application: its sections, its materials, the review."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from zimao.kernel.forms import problems_of
from zimao.kernel.forms.shape import shape
from zimao.kernel.text import Text, t
from zimao.services.ship_registry.forms import ApplicationForm
from zimao.services.ship_registry.models import Application
from zimao.services.ship_registry.queries import values_of

__all__ = ["MATERIALS", "REVIEW", "SECTIONS", "Step", "next_step", "steps"]

MATERIALS, REVIEW = "materials", "review"
SECTIONS = tuple(shape(ApplicationForm))
_ORDER = (*SECTIONS, MATERIALS, REVIEW)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: where it is, whether it is the one shown, whether everything in it is filled in and right."""

    key: str
    title: Text
    url: str
    current: bool
    done: bool


def _url(number: str, key: str) -> str:
    if key == MATERIALS:
        return reverse("ships-materials", args=[number])
    if key == REVIEW:
        return reverse("ships-review", args=[number])
    return reverse("ships-edit", args=[number, key])


def next_step(number: str, key: str) -> str:
    """The address of the step after ``key``."""
    return _url(number, _ORDER[_ORDER.index(key) + 1])


def steps(application: Application, current: str) -> list[Step]:
    """All steps of an application, in order."""
    values, fields = values_of(application), shape(ApplicationForm)
    wrong = {problem.field.partition(".")[0] for problem in problems_of(ApplicationForm, values)}
    found = [
        Step(key, fields[key].show.label, _url(application.number, key), key == current, key in values and key not in wrong)
        for key in SECTIONS
    ]
    found.append(Step(MATERIALS, t("材料", "Materials"), _url(application.number, MATERIALS), current == MATERIALS, done=False))
    found.append(Step(REVIEW, t("核对并提交", "Review and submit"), _url(application.number, REVIEW), current == REVIEW, done=False))
    return found
