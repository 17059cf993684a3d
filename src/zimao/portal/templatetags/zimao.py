"""Template words: ``{% t "中文" "English" %}`` and ``{{ text|say }}``."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import get_language

from zimao.kernel.text import Text

register = template.Library()


@register.simple_tag
def t(zh: str, en: str, **values: Any) -> str:
    """One sentence in the reader's language; ``{name}`` places are filled from keyword arguments."""
    text = Text(zh, en)
    return (text.fill(**values) if values else text).into(get_language() or "zh")


@register.filter
def say(text: Any) -> str:
    """A Text in the reader's language; anything else as it is."""
    return text.into(get_language() or "zh") if isinstance(text, Text) else str(text)
