"""What can be asked of the register: is this genuine, what was issued for a case, what does somebody hold."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from zimao.kernel.documents import codes, store
from zimao.kernel.documents.models import Document
from zimao.kernel.documents.readers import may_read
from zimao.kernel.documents.rules import ADVICE, LABELS, SENTENCES, Standing, standing_on
from zimao.kernel.documents.seals import trust_roots
from zimao.kernel.documents.signing import SignatureCheck, check_signature
from zimao.kernel.errors import Missing, Refused
from zimao.kernel.operations import Actor
from zimao.kernel.text import Text, t

__all__ = [
    "PublicDocument",
    "Verification",
    "document_for",
    "documents_held_by",
    "documents_of",
    "pdf_of",
    "standing_of",
    "verify_code",
    "verify_pdf",
]

MAX_UPLOAD_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PublicDocument:
    """What anybody with the code may see. Personal values in ``facts`` are masked."""

    number: str
    title: Text
    issuer: Text
    issued: date
    valid_from: date
    valid_to: date | None
    facts: tuple[tuple[Text, str], ...]
    pdf_sha256: str
    replaced_by: str = ""
    replaced_on: date | None = None

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON values; dates are ISO 8601."""
        return {
            "number": self.number,
            "title": _both(self.title),
            "issuer": _both(self.issuer),
            "issued": self.issued.isoformat(),
            "valid_from": self.valid_from.isoformat(),
            "valid_to": self.valid_to.isoformat() if self.valid_to else None,
            "facts": [{**_both(label), "value": value} for label, value in self.facts],
            "pdf_sha256": self.pdf_sha256,
            "replaced_by": self.replaced_by,
            "replaced_on": self.replaced_on.isoformat() if self.replaced_on else None,
        }


@dataclass(frozen=True, slots=True)
class Verification:
    """The answer to a verifier: the standing, what it means, what to do, and for a file what its signature says."""

    status: Standing
    sentence: Text
    advice: Text
    document: PublicDocument | None = None
    signature: SignatureCheck | None = None
    same_file: bool | None = None

    @property
    def label(self) -> Text:
        """The standing in one word."""
        return LABELS[self.status]

    @property
    def good(self) -> bool:
        """True when the document may be relied on today."""
        return self.status == "valid"

    def as_dict(self) -> dict[str, Any]:
        """The answer as JSON values, both languages: what the API and the command line give."""
        shown = self.document
        return {
            "status": self.status,
            "label": _both(self.label),
            "sentence": _both(self.sentence),
            "advice": _both(self.advice),
            "same_file": self.same_file,
            "document": None if shown is None else shown.as_dict(),
            "signature": None if self.signature is None else {**asdict(self.signature), "genuine": self.signature.genuine},
        }


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def verify_code(typed: str, *, at: datetime) -> Verification:
    """The standing at ``at`` of the document with a verification code, however it was typed."""
    code = codes.normalized(typed)
    if not codes.is_well_formed(code):
        slip = t(
            "核验码输入有误：应为 24 位字母和数字，请对照证照重新输入",
            "The code is mistyped: it has 24 letters and digits; compare it with the document",
        )
        return Verification("unknown", slip, ADVICE["unknown"])
    document = _documents().filter(code=code).first()
    return _verdict("unknown") if document is None else _standing(document, at)


def verify_pdf(content: bytes, *, at: datetime) -> Verification:
    """The standing at ``at`` of a file: it is genuine only if it is, byte for byte, a file that was issued here.

    Raises Refused for what is no readable PDF (empty, too big, other kind of file, encrypted), saying what to bring.
    """
    _check_upload(content)
    document = _documents().filter(pdf_sha256=hashlib.sha256(content).hexdigest()).first()
    check = check_signature(content, trust_roots(), moment=document.issued_at if document else at)
    if document is not None:
        return _standing(document, at, signature=check, same_file=True)
    if 0 < check.signed_length < len(content):
        document = _documents().filter(pdf_sha256=hashlib.sha256(content[: check.signed_length]).hexdigest()).first()
    if document is not None:
        added = t(
            "该文件在签章之后被追加了内容，不是签发时的原件",
            "Something was added to this file after it was sealed: it is not what was issued",
        )
        return _verdict("altered", added, document, signature=check, same_file=False)
    if check.signed and not (check.intact and check.whole_file):
        return _verdict("altered", signature=check, same_file=False)
    return _verdict("unknown", _not_registered(check), signature=check, same_file=False)


def documents_of(subject: str, *, zone: str) -> QuerySet[Document]:
    """Every document of a case, the newest version of each kind first."""
    return _documents().filter(subject=subject, zone_id=zone).order_by("kind", "-version")


def documents_held_by(party_id: int) -> QuerySet[Document]:
    """Every document issued to a party, newest first."""
    return _documents().filter(holder_id=party_id).order_by("-issued_at", "-pk")


def document_for(actor: Actor, document_id: int) -> Document:
    """A document that the actor may read; Missing when there is none or it is not for this actor."""
    found = _documents().filter(pk=document_id).first()
    if found is None or not may_read(actor, found):
        raise Missing("document", t("没有这份证照，或者您无权查看", "There is no such document, or it is not for you"))
    return found


def readable(actor: Actor, document: Document) -> bool:
    """True when the actor may read the document (readers.py)."""
    return may_read(actor, document)


def standing_of(document: Document, *, at: datetime) -> Standing:
    """What the document is worth at ``at``: its stored status and, for a valid one, its dates."""
    return standing_on(document.zone.day(at), status=document.status, valid_from=document.valid_from, valid_to=document.valid_to)


def pdf_of(document: Document) -> bytes:
    """The signed PDF as it was issued. Raises Unavailable when the store has lost it."""
    return store.get(document.pdf_sha256)


def _documents() -> QuerySet[Document]:
    return Document.objects.select_related("zone", "seal", "superseded_by")


def _check_upload(content: bytes) -> None:
    sentence: Text | None = None
    if not content:
        sentence = t("文件为空，请选择要核验的 PDF 文件", "The file is empty: choose the PDF that you want to check")
    elif len(content) > MAX_UPLOAD_BYTES:
        sentence = t("文件超过 20 MB，本平台签发的文件没有这么大", "The file is larger than 20 MB; no document issued here is")
    elif not content.startswith(b"%PDF-"):
        sentence = t(
            "这不是 PDF 文件；照片和截图请改用核验码查询", "This is not a PDF; for a photo or a screenshot use the verification code"
        )
    elif b"/Encrypt" in content:
        sentence = t(
            "该 PDF 已加密；本平台签发的文件不加密，请提供原始文件",
            "This PDF is encrypted; documents issued here are not: bring the original file",
        )
    if sentence is not None:
        raise Refused("file", sentence, "file")


def _not_registered(check: SignatureCheck) -> Text:
    if check.genuine:
        return t("该文件带有可信电子印章，但不在登记簿中", "The file bears a trusted seal, but the register does not hold it")
    if check.signed:
        return t(
            "该文件的电子印章不是本平台信任的机构签发的", "The seal on this file does not come from an authority that this platform trusts"
        )
    return t("该文件没有电子印章，也不在登记簿中", "The file bears no electronic seal and the register does not hold it")


def _standing(document: Document, at: datetime, **more: Any) -> Verification:
    return _verdict(standing_of(document, at=at), None, document, **more)


def _verdict(status: Standing, sentence: Text | None = None, document: Document | None = None, **more: Any) -> Verification:
    shown = _public(document) if document else None
    if status == "superseded" and shown and shown.replaced_by:
        sentence = t("该证照已被编号为 {number} 的新证取代", "This document has been superseded by No. {number}").fill(
            number=shown.replaced_by
        )
    return Verification(status, sentence or SENTENCES[status], ADVICE[status], shown, **more)


def _public(document: Document) -> PublicDocument:
    newer: Document | None = getattr(document, "superseded_by", None)
    return PublicDocument(
        number=document.number,
        title=Text(document.title_zh, document.title_en),
        issuer=Text(document.seal.agency_zh, document.seal.agency_en),
        issued=document.issued_on,
        valid_from=document.valid_from,
        valid_to=document.valid_to,
        facts=tuple((Text(fact["zh"], fact["en"]), fact["value"]) for fact in document.facts),
        pdf_sha256=document.pdf_sha256,
        replaced_by=newer.number if newer else "",
        replaced_on=newer.issued_on if newer else None,
    )
