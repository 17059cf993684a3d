"""How templates write a figure: ``{% load measures %}{{ 1234.5|figure }}``."""

from __future__ import annotations

from django import template

from zimao.kernel.measures.results import number

__all__ = ["figure"]

register = template.Library()


@register.filter
def figure(value: float | None) -> str:
    """A number as people read it; a dash for none."""
    return number(value)
