"""The outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from zimao.kernel.journal import Message

__all__ = ["enqueue"]


def enqueue(messages: Sequence[Message], *, at: datetime, zone: str) -> None:
    """Placeholder door: replaced by the real outbox."""
