"""Who may read an issued document. The service that issues a kind of document says so for that kind."""

from __future__ import annotations

from collections.abc import Callable

from zimao.kernel.documents.models import Document
from zimao.kernel.documents.roles import REGISTRAR
from zimao.kernel.operations import Actor

__all__ = ["may_read", "register_reader"]

Policy = Callable[[Actor, Document], bool]
_READERS: dict[str, Policy] = {}


def register_reader(kind: str, policy: Policy) -> None:
    """Let ``policy(actor, document)`` decide who reads documents of ``kind``, beside the holder and the zone's registrar."""
    _READERS[kind] = policy


def may_read(actor: Actor, document: Document) -> bool:
    """True for the holder, for the registrar of the document's zone, and for whom the kind's policy lets in; nobody else."""
    if actor.party_id is not None and actor.party_id == document.holder_id:
        return True
    if actor.zone == document.zone_id and actor.has(REGISTRAR):
        return True
    policy = _READERS.get(document.kind)
    return policy is not None and policy(actor, document)
