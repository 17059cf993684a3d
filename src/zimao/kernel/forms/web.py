"""The inline check: while a form is being filled in, the page asks about one field and gets what is wrong with it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from pydantic import BaseModel

from zimao.kernel.errors import Missing
from zimao.kernel.forms.checking import problems_of
from zimao.kernel.forms.reading import place_of, read
from zimao.kernel.forms.shape import find
from zimao.kernel.text import t

__all__ = ["FIELD", "field_answer"]

FIELD = "_field"


def field_answer(request: HttpRequest, model: type[BaseModel]) -> HttpResponse:
    """What is wrong with the field named by ``?_field=``, given the whole form as it stands in the POST; empty when nothing is.

    The answer goes into the place for the field's errors and leaves the control alone, so the focus stays where it is.
    The page decides beforehand who may ask. Missing when the form has no such field.
    """
    name = request.GET.get(FIELD, "")
    if find(model, name) is None:
        raise Missing("form.field", t("表单中没有这一项", "The form has no such field"), FIELD)
    place = place_of(model, request.POST, name)
    problems = [one for one in problems_of(model, read(model, request.POST)) if one.field == place]
    return HttpResponse(render_to_string("forms/_errors.html", {"errors": [one.sentence for one in problems]}, request))
