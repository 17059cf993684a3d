"""Which messages a pattern takes: dotted names, exact or with a star at the end. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["is_pattern", "matches", "matches_any"]

_NAME = r"[a-z0-9_\-]+"
_PATTERN = re.compile(rf"(?:{_NAME}(?:\.{_NAME})*(?:\.\*)?|\*)", re.IGNORECASE)


def is_pattern(pattern: str) -> bool:
    """True for ``a.b.c`` (that type), ``a.b.*`` (every type below ``a.b``) and ``*`` (every type)."""
    return _PATTERN.fullmatch(pattern) is not None


def matches(pattern: str, type_: str) -> bool:
    """True when a message of ``type_`` falls under ``pattern``."""
    if pattern == "*":
        return True
    if pattern.endswith(".*"):
        return type_.startswith(pattern[:-1])
    return pattern == type_


def matches_any(patterns: Iterable[str], type_: str) -> bool:
    """True when one of ``patterns`` takes ``type_``."""
    return any(matches(pattern, type_) for pattern in patterns)
