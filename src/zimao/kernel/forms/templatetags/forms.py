"""``{% load forms %}``: a bound form as Bootstrap controls, its problems as a summary, the scripts that help.

``{% form_problems bound %}``          what is wrong, each with a link to its field; takes the focus
``{% form_fields bound check=url %}``  every field; with ``check`` each field is checked there when it was changed
``{% form_field bound "name" %}``      one field by its full dotted name
``{% form_assets %}``                  once a page: style sheet and modules
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django import template
from django.forms.utils import flatatt
from django.utils.safestring import SafeString

from zimao.kernel.errors import Problem
from zimao.kernel.forms.bound import BoundForm, Told
from zimao.kernel.forms.controls import BoundField, Option, id_of
from zimao.kernel.forms.web import FIELD

__all__ = ["register"]

register = template.Library()


@register.inclusion_tag("forms/_problems.html")
def form_problems(problems: BoundForm | Iterable[Problem]) -> dict[str, Any]:
    """The summary of a bound form; of bare problems too, but then without the labels of the fields."""
    if isinstance(problems, BoundForm):
        return {"problems": problems.summary()}
    return {"problems": [Told(one.sentence, (), id_of(one.field) if one.field else "") for one in problems]}


@register.inclusion_tag("forms/_fields.html")
def form_fields(bound: BoundForm, check: str = "") -> dict[str, Any]:
    """Every field of the form, in its sections."""
    return {"fields": list(bound), "has_required": bound.has_required, "check": check}


@register.inclusion_tag("forms/_field.html")
def form_field(bound: BoundForm, name: str, check: str = "") -> dict[str, Any]:
    """One field."""
    return {"field": bound.field(name), "check": check}


@register.inclusion_tag("forms/_assets.html")
def form_assets() -> dict[str, Any]:
    """The style sheet and the scripts; a form works without them."""
    return {}


@register.simple_tag
def control_attributes(field: BoundField, check: str = "") -> SafeString:
    """The attributes that every single control has; only what is in it differs."""
    return flatatt(
        {
            "id": field.id,
            "name": field.name,
            "autocomplete": False if field.widget == "check" else field.autocomplete,
            "aria-describedby": field.described_by,
            "aria-required": "true" if field.is_required else False,
            **_error_attributes(field),
            **_check_attributes(field, check),
        }
    )


@register.simple_tag
def input_attributes(field: BoundField) -> SafeString:
    """What an ``input`` has besides."""
    return flatatt(
        {
            "type": field.input_type,
            "value": "" if field.widget == "password" else field.value,
            "inputmode": field.input_mode or False,
            "maxlength": field.max_length or False,
            "list": field.list_id if field.widget == "datalist" else False,
        }
    )


@register.simple_tag
def set_attributes(field: BoundField) -> SafeString:
    """The attributes of the fieldset around radio buttons or checkboxes."""
    radio = field.widget == "radio"
    return flatatt(
        {
            "aria-describedby": field.described_by,
            "role": "radiogroup" if radio else False,
            "aria-required": "true" if radio and field.is_required else False,
            **(_error_attributes(field) if radio else {}),
        }
    )


@register.simple_tag
def option_attributes(field: BoundField, option: Option, check: str = "") -> SafeString:
    """The attributes of one radio button or checkbox of a set."""
    radio = field.widget == "radio"
    return flatatt(
        {
            "id": option.id,
            "name": field.name,
            "type": "radio" if radio else "checkbox",
            "value": option.value,
            "checked": option.chosen,
            **({} if radio else _error_attributes(field)),
            **_check_attributes(field, check),
        }
    )


@register.simple_tag
def place_attributes(field: BoundField) -> SafeString:
    """The attributes of the place of a field: when it is asked, and whether it is asked now."""
    asked = {"data-shown-if": field.depends_on, "data-shown-values": field.shown_values} if field.depends_on else {}
    return flatatt({"data-field": field.name, **asked, "hidden": not field.is_shown})


def _error_attributes(field: BoundField) -> dict[str, Any]:
    return {"data-error": field.error_id, "aria-invalid": "true" if field.errors else False}


def _check_attributes(field: BoundField, check: str) -> dict[str, Any]:
    """``change`` comes when the control is left with another value: nobody is told off for walking through empty fields."""
    if not check or field.widget == "password":
        return {}
    return {
        "hx-post": f"{check}{'&' if '?' in check else '?'}{urlencode({FIELD: field.name})}",
        "hx-trigger": "change",
        "hx-target": f"#{field.error_id}",
        "hx-swap": "innerHTML",
        "hx-sync": "this:replace",
        "hx-status:4xx": "swap:none",
        "hx-status:5xx": "swap:none",
    }
