"""Words that every template knows without ``{% load %}``: the two languages, amounts, days, instants, icons, states."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from zimao.kernel.parties.fields import mask
from zimao.kernel.parties.models import Party
from zimao.kernel.parties.queries import masked as masked_party
from zimao.kernel.text import Text
from zimao.kernel.text import t as text

__all__ = ["badge", "day", "due", "icon", "masked", "moment", "money", "new_key", "query", "say", "t"]

register = template.Library()

_SIGNS = {"CNY": "¥"}
_MINOR_UNITS = {"JPY": 0, "KRW": 0, "VND": 0, "BHD": 3, "KWD": 3}
_MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
_BADGE_ICONS = {"success": "check", "warning": "alert", "danger": "cross", "info": "info", "neutral": "dot", "primary": "clock"}
_SOON_DAYS = 3


def _language() -> str:
    return get_language() or "zh"


@register.simple_tag
def t(zh: str, en: str, **values: Any) -> str:
    """One sentence in the reader's language; ``{name}`` places are filled from keyword arguments."""
    sentence = Text(zh, en)
    return (sentence.fill(**values) if values else sentence).into(_language())


@register.filter
def say(value: Any) -> str:
    """A Text in the reader's language; anything else as it is."""
    return value.into(_language()) if isinstance(value, Text) else str(value)


@register.simple_tag
def new_key() -> str:
    """A fresh idempotency key for the hidden field ``_key`` of a form."""
    return uuid.uuid4().hex


@register.filter
def money(minor: int | None, currency: str = "CNY") -> str:
    """An amount given in minor units (fen): ``123400|money`` is ¥1,234.00, ``123400|money:"USD"`` is USD 1,234.00."""
    if minor is None:
        return "—"
    places = _MINOR_UNITS.get(currency, 2)
    amount = f"{abs(Decimal(minor).scaleb(-places)):,.{places}f}"
    sign = "−" if minor < 0 else ""
    return f"{sign}{_SIGNS[currency]}{amount}" if currency in _SIGNS else f"{sign}{currency} {amount}"


@register.filter
def day(value: date | datetime | None) -> str:
    """A legal date in the reader's way of writing: 2026年3月5日, 5 March 2026. An instant gives its day in the zone."""
    if value is None:
        return "—"
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    if _language().startswith("en"):
        return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"
    return f"{value.year}年{value.month}月{value.day}日"


@register.filter
def moment(value: datetime | None) -> str:
    """An instant in the zone's time zone, to the minute, inside a ``<time>`` that machines read."""
    if value is None:
        return "—"
    local = timezone.localtime(value)
    return format_html('<time datetime="{}">{} {}</time>', local.isoformat(timespec="seconds"), day(local), f"{local:%H:%M}")


@register.filter
def masked(value: Any) -> str:
    """Personal data for lists: a party's name, or any string, with its middle hidden."""
    return masked_party(value).name if isinstance(value, Party) else mask(str(value or ""))


@register.simple_tag(takes_context=True)
def query(context: Mapping[str, Any], **changes: Any) -> str:
    """The page's query string with some parameters changed; None or "" takes one away: ``<a href="{% query page=2 %}">``."""
    request: HttpRequest = context["request"]
    params = request.GET.copy()
    for name, value in changes.items():
        if value is None or value == "":
            params.pop(name, None)
        else:
            params[name] = str(value)
    return f"?{params.urlencode()}"


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A drawing from the sprite, hidden from screen readers; with ``label`` it is an image with that name."""
    address = f"{static('portal/icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, address)
    return format_html('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', address)


@register.simple_tag
def badge(kind: str, label: Any, picture: str = "") -> SafeString:
    """A state in icon, word and colour. ``kind``: success, warning, danger, info, primary or neutral."""
    known = kind if kind in _BADGE_ICONS else "neutral"
    drawn = icon(picture or _BADGE_ICONS[known])
    return format_html('<span class="state state-{}">{}<span>{}</span></span>', known, drawn, say(label))


@register.simple_tag
def due(on: date | None, today: date | None = None) -> SafeString:
    """How long there is until a legal day: overdue, today, soon, or later. Nothing when there is no day."""
    if on is None:
        return SafeString("")
    left = (on - (today or timezone.localdate())).days
    if left < 0:
        kind, words = "danger", text("已逾期 {n} 天", "{n} days overdue").fill(n=-left)
    elif left == 0:
        kind, words = "warning", text("今天到期", "Due today")
    else:
        kind = "warning" if left <= _SOON_DAYS else "neutral"
        words = text("还有 {n} 天", "{n} days left").fill(n=left)
    if abs(left) == 1:
        words = Text(words.zh, words.en.replace("days", "day"))
    chip = badge(kind, words, "clock")
    return format_html('<span class="due" title="{}">{}<span class="visually-hidden"> ({})</span></span>', day(on), chip, day(on))
