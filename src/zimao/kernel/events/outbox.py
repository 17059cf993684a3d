"""Putting messages down, in the transaction that made them true."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from zimao.kernel.events.models import Outbox
from zimao.kernel.journal import Message

__all__ = ["enqueue", "put"]


def put(message: Message, *, at: datetime, zone: str, origin: str = "") -> Outbox:
    """One message as a row, not yet saved. ``origin`` is the source URI of a message that came from outside."""
    data = json.dumps(message.data, cls=DjangoJSONEncoder, ensure_ascii=False)
    return Outbox(type=message.type, subject=message.subject, zone=zone, data=data, at=at, origin=origin)


def enqueue(messages: Sequence[Message], *, at: datetime, zone: str) -> None:
    """Write ``messages`` to the outbox in the caller's transaction.

    They go out when that transaction commits and never when it is rolled back. RuntimeError outside a transaction, since
    a message that is written apart from its cause can be lost or be untrue. ``data`` must be JSON (dates and decimals
    become text) and must not name persons: messages leave the platform.
    """
    if not messages:
        return
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("messages are enqueued inside the transaction of the write that they announce")
    Outbox.objects.bulk_create([put(message, at=at, zone=zone) for message in messages])
