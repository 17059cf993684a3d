"""The evidence log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from zimao.kernel.journal import Entry

__all__ = ["append"]


def append(entries: Sequence[Entry], *, at: datetime, actor: int | None) -> None:
    """Placeholder door: replaced by the real log."""
