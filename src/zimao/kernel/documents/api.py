"""The API of documents: public verification, reading, and the registrar's changes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import File, Router, Schema
from ninja.files import UploadedFile
from pydantic import Field

from zimao.kernel.documents import operations, pages, queries
from zimao.kernel.documents.models import Document
from zimao.kernel.documents.rules import Standing
from zimao.kernel.documents.throttle import admit
from zimao.kernel.web import act_of, actor_of

__all__ = ["router"]

router = Router(tags=["documents"])


class Words(Schema):
    """One text in both languages."""

    zh: str
    en: str


class FactOut(Words):
    """One line of the document; personal values are masked."""

    value: str


class PublicDocumentOut(Schema):
    """What anybody with the code may see."""

    number: str
    title: Words
    issuer: Words
    issued: date
    valid_from: date
    valid_to: date | None
    facts: list[FactOut]
    pdf_sha256: str
    replaced_by: str = Field(description="number of the document that took its place, or empty")
    replaced_on: date | None


class SignatureOut(Schema):
    """What the file's electronic seal says."""

    signed: bool
    intact: bool
    trusted: bool
    whole_file: bool
    signed_length: int
    seal: str
    organization: str
    fingerprint: str
    genuine: bool


class VerificationOut(Schema):
    """The standing of a document today, what it means and what to do."""

    status: Standing
    label: Words
    sentence: Words
    advice: Words
    same_file: bool | None = Field(description="for a file: whether it is byte for byte what was issued")
    document: PublicDocumentOut | None
    signature: SignatureOut | None


class DocumentOut(Schema):
    """An issued document."""

    id: int
    kind: str
    subject: str
    version: int
    number: str
    title: Words
    issued_at: datetime
    valid_from: date
    valid_to: date | None
    standing: Standing
    code: str
    pdf_sha256: str
    pdf_size: int
    template: str
    template_sha256: str
    supersedes_id: int | None

    @staticmethod
    def resolve_title(row: Document) -> dict[str, str]:
        return {"zh": row.title_zh, "en": row.title_en}

    @staticmethod
    def resolve_standing(row: Document) -> Standing:
        return queries.standing_of(row, at=timezone.now())


class ReasonIn(Schema):
    """Why a document's state is changed."""

    reason: str = Field(min_length=1, max_length=2000)


@router.get("/verify/{code}", response=VerificationOut, auth=None, summary="核验证照 Verify by code")
def verify_code(request: HttpRequest, code: str) -> dict[str, Any]:
    """The standing of the document with this verification code."""
    admit(request, "code")
    return queries.verify_code(code, at=timezone.now()).as_dict()


@router.post("/verify", response=VerificationOut, auth=None, summary="核验文件 Verify a PDF")
def verify_file(request: HttpRequest, file: File[UploadedFile]) -> dict[str, Any]:
    """The standing of a PDF (at most 20 MB). The file is not kept."""
    admit(request, "file")
    return queries.verify_pdf(file.read(queries.MAX_UPLOAD_BYTES + 1), at=timezone.now()).as_dict()


@router.get("/documents", response=list[DocumentOut], summary="我的证照 My documents")
def mine(request: HttpRequest, subject: str = "") -> list[Document]:
    """The documents issued to the caller's party; with ``subject`` those of a case that the caller may read."""
    actor = actor_of(request)
    if subject:
        return [one for one in queries.documents_of(subject, zone=actor.zone) if queries.readable(actor, one)]
    return list(queries.documents_held_by(actor.party_id)[:200]) if actor.party_id is not None else []


@router.get("/documents/{int:document_id}", response=DocumentOut, summary="证照 One document")
def one(request: HttpRequest, document_id: int) -> Document:
    """A document that the caller may read."""
    return queries.document_for(actor_of(request), document_id)


@router.get("/documents/{int:document_id}/file", summary="证照文件 The signed PDF")
def file(request: HttpRequest, document_id: int) -> HttpResponse:
    """The PDF as it was issued (``application/pdf``)."""
    return pages.pdf_response(queries.document_for(actor_of(request), document_id))


@router.post("/documents/{int:document_id}/{verb}", response=DocumentOut, summary="变更证照状态 Change a document's state")
def change(request: HttpRequest, document_id: int, verb: Literal["suspend", "restore", "revoke"], body: ReasonIn) -> Document:
    """Suspend, restore or revoke a document; for the zone's registrar."""
    call = {"suspend": operations.suspend, "restore": operations.restore, "revoke": operations.revoke}[verb]
    return call(act_of(request), document_id=document_id, reason=body.reason)
