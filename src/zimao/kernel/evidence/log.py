"""The writer of the evidence log, and what may be asked of it without a proof."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import repeat
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connection, transaction

from zimao.kernel.errors import Missing
from zimao.kernel.evidence.entries import Disclosed, prepare, sealer, unseal
from zimao.kernel.evidence.models import Leaf, Log, PrivatePart
from zimao.kernel.evidence.store import read_tile, take_places, write_leaves, write_private_parts, write_tiles
from zimao.kernel.evidence.tiles import extend
from zimao.kernel.journal import Entry, verbs
from zimao.kernel.text import Text, t

__all__ = ["Line", "append", "erase", "history", "locked_log", "private_part"]


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as a reader sees it: its place in the log, when, what (with the words for it), about what, the public data."""

    index: int
    at: datetime
    verb: str
    label: Text
    subject: str
    data: dict[str, Any]


def append(entries: Sequence[Entry], *, at: datetime, actor: int | None) -> list[int]:
    """Add ``entries`` to the log inside the caller's transaction and return their indexes, in order.

    The log stays locked until that transaction ends: a rollback leaves neither entry nor gap. ``actor`` is a user's number; it
    and each entry's ``private`` enter as salted hashes only. Refused when an entry is malformed; then none is written.
    """
    if not entries:
        return []
    prepared = prepare(entries, verbs().keys(), at, actor, ciphers()[0])
    with transaction.atomic(savepoint=False):
        first = take_places(len(entries))
        if first is None:
            locked_log()  # makes it
            first = take_places(len(entries)) or 0
        tiles = extend(first, prepared.hashes, read_tile)
        indexes = range(first, first + len(entries))
        when = connection.ops.adapt_datetimefield_value(at)
        write_leaves(
            zip(
                indexes,
                prepared.entries,
                prepared.hashes,
                repeat(when),
                [one.verb for one in entries],
                [one.subject for one in entries],
                strict=False,
            )
        )
        if any(prepared.sealed):
            write_private_parts((index, sealed) for index, sealed in zip(indexes, prepared.sealed, strict=True) if sealed)
        if tiles:
            write_tiles(tiles)
    return list(indexes)


def locked_log() -> Log:
    """The log's row, locked until the transaction ends; made at first use with the host of PUBLIC_URL as its origin."""
    origin = f"{urlsplit(settings.PUBLIC_URL).netloc}/evidence"
    return Log.objects.select_for_update().get_or_create(pk=1, defaults={"origin": origin})[0]


def ciphers() -> list[AESGCM]:
    """The ciphers of private parts, the current one first, then those of SECRET_KEY_FALLBACKS."""
    return [sealer(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def erase(indexes: Iterable[int]) -> int:
    """Delete the private parts of these entries for good and return how many there were; proofs of the log are untouched.

    Call it in an operation, so that the erasure is itself recorded.
    """
    return PrivatePart.objects.filter(index__in=list(indexes)).delete()[0]


def private_part(index: int) -> Disclosed | None:
    """The opened private part of an entry; None when it has none or it was erased. Missing when there is no such entry."""
    leaf = Leaf.objects.filter(index=index).values_list("hash", flat=True).first()
    if leaf is None:
        raise Missing("leaf", t("存证日志中没有第 {index} 条", "The evidence log has no entry {index}").fill(index=index))
    sealed = PrivatePart.objects.filter(index=index).values_list("sealed", flat=True).first()
    return unseal(bytes(sealed), bytes(leaf), ciphers()) if sealed is not None else None


def history(subject: str) -> list[Line]:
    """Every entry about ``subject``, in order, with the words for its verb (the bare verb when it is no longer registered)."""
    known = verbs()
    found = []
    for leaf in Leaf.objects.filter(subject=subject).order_by("index"):
        label = known[leaf.verb].label if leaf.verb in known else Text(leaf.verb, leaf.verb)
        found.append(Line(leaf.index, leaf.at, leaf.verb, label, leaf.subject, json.loads(bytes(leaf.entry))["data"]))
    return found
