"""Changes of a document's state, inside somebody's operation."""

from __future__ import annotations

from zimao.kernel.documents.issuing import IssueRequest, replace
from zimao.kernel.documents.models import Document, DocumentEvent
from zimao.kernel.documents.rules import CHANGES, LABELS
from zimao.kernel.errors import Conflict, Missing, Refused
from zimao.kernel.operations import Act
from zimao.kernel.text import Text, t

__all__ = ["EVENT_OF", "change", "reissue"]

EVENT_OF = {"suspend": "suspended", "restore": "restored", "revoke": "revoked", "reissue": "superseded"}
_WORDS: dict[str, Text] = {
    "suspend": t("暂停", "suspend"),
    "restore": t("恢复", "restore"),
    "revoke": t("撤销", "revoke"),
    "reissue": t("换发", "reissue"),
}


def change(act: Act, verb: str, *, document_id: int, reason: str) -> Document:
    """Suspend, restore or revoke a document of the actor's zone; the reason is kept for its history, and hashed in the evidence.

    Raises Missing, Refused without a reason, Conflict when the document's state does not allow it (somebody was first).
    """
    document = _locked(act, document_id)
    _check(document, verb, reason)
    _move(act, document, verb, reason)
    return document


def reissue(act: Act, *, document_id: int, request: IssueRequest, reason: str) -> Document:
    """Issue a document that takes the place of another, which becomes ``superseded`` and stays in the register."""
    old = _locked(act, document_id)
    _check(old, "reissue", reason)
    new = replace(act, old=old, request=request)
    _move(act, old, "reissue", reason)
    return new


def _locked(act: Act, document_id: int) -> Document:
    found = Document.objects.select_for_update().filter(pk=document_id, zone_id=act.actor.zone).first()
    if found is None:
        raise Missing("document", t("没有这份证照", "There is no such document"))
    return found


def _check(document: Document, verb: str, reason: str) -> None:
    if not reason.strip():
        raise Refused("reason", t("请写明理由", "Give the reason"), "reason")
    allowed, _ = CHANGES[verb]
    if document.status not in allowed:
        sentence = t("证照当前状态为“{status}”，不能{verb}", "The document is “{status}”: you cannot {verb} it")
        raise Conflict("document_state", sentence.fill(status=LABELS[document.status], verb=_WORDS[verb]))


def _move(act: Act, document: Document, verb: str, reason: str) -> None:
    event = EVENT_OF[verb]
    document.status = CHANGES[verb][1]
    document.save(update_fields=["status"])
    DocumentEvent.objects.create(document=document, verb=event, at=act.at, by_id=act.actor.user_id, reason=reason)
    known = {"kind": document.kind, "number": document.number, "document_sha256": document.pdf_sha256}
    act.record(f"certificate.{event}", document.subject, known, {"reason": reason})
    act.emit(f"certificate.{event}", document.subject, known)
