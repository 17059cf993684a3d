"""Making a document: number, page, seal, row and evidence in one transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import segno
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from zimao.kernel.documents import codes, store
from zimao.kernel.documents.models import Document, DocumentEvent, ESeal
from zimao.kernel.documents.render import render, template
from zimao.kernel.documents.seals import seal_for, signatory_of
from zimao.kernel.documents.signing import sign
from zimao.kernel.errors import Conflict, NotAllowed, Refused
from zimao.kernel.operations import Act
from zimao.kernel.parties.fields import mask
from zimao.kernel.parties.models import Zone
from zimao.kernel.series import next_number
from zimao.kernel.text import Text, t

__all__ = ["Fact", "IssueRequest", "issue", "issue_many", "replace", "verification_url"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One line that a verifier sees. A personal value is masked before it is kept; the PDF still shows it in full."""

    label: Text
    value: str
    personal: bool = False

    def shown(self) -> dict[str, str]:
        return {
            "zh": self.label.zh,
            "en": self.label.en,
            "value": mask(self.value, keep_start=1, keep_end=1) if self.personal else self.value,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRequest:
    """What is to be issued.

    ``subject`` is the case; one document of a ``kind`` is issued for it. ``series`` names the number series inside the
    zone and ``number_format`` holds ``{n}`` (``闽船国〔2024〕{n:06d}号``). ``template`` is ``<owner>/<name>``, ``data`` what it
    prints (JSON; no clock in it, so that a repeated request is the same request). ``seal`` is the code of a seal of the
    actor's zone. ``valid_from`` None means the day of issue.
    """

    kind: str
    subject: str
    series: str
    number_format: str
    title: Text
    template: str
    data: Mapping[str, Any]
    seal: str
    valid_from: date | None = None
    valid_to: date | None = None
    facts: Sequence[Fact] = field(default=())
    holder_id: int | None = None

    def sha256(self) -> str:
        """What makes two requests the same: everything that is printed except dates that follow from the day of issue."""
        same = [self.kind, self.subject, self.title.zh, self.title.en, self.template, self.seal, self.data]
        return hashlib.sha256(json.dumps(same, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


class _AlreadyIssuedError(Exception):
    """Another transaction issued it while this one waited for the series: unwinds the savepoint that took a number."""


def issue(act: Act, *, request: IssueRequest) -> Document:
    """Issue one document; see :func:`issue_many`."""
    return issue_many(act, requests=[request])[0]


def issue_many(act: Act, *, requests: Sequence[IssueRequest]) -> list[Document]:
    """Issue documents, in the order of ``requests``. Called inside a service's operation, never by itself.

    A request whose document exists already is answered with that document, so a step that was cut off may be repeated.
    Raises NotAllowed without authority over the seal on that day, Refused for a character without a glyph or a seal that
    is not in use, Conflict when the case has a document of this kind with other content, Unavailable when the key is away.
    Any of them rolls back the whole operation, numbers included.
    """
    _inside_operation(act)
    zone = Zone.objects.get(pk=act.actor.zone)
    # series are locked in one order everywhere, so that two batches cannot wait for each other
    order = sorted(range(len(requests)), key=lambda place: requests[place].series)
    made = {place: _issue_once(act, zone, requests[place]) for place in order}
    return [made[place] for place in range(len(requests))]


def replace(act: Act, *, old: Document, request: IssueRequest) -> Document:
    """Make the document that takes the place of ``old``, whose row the caller has locked; its kind and case stay the same."""
    _inside_operation(act)
    if (request.kind, request.subject) != (old.kind, old.subject):
        raise Refused(
            "other_document",
            t("换发的证照种类和案号必须与原证一致", "A reissued document keeps the kind and the case of the old one"),
            "kind",
        )
    return _make(act, Zone.objects.get(pk=act.actor.zone), request, old)


def verification_url(code: str) -> str:
    """The public address at which the document with ``code`` is verified: what the QR code holds."""
    return f"{settings.PUBLIC_URL}/verify/{codes.grouped(code)}"


def _inside_operation(act: Act) -> None:
    if not act.depth:
        raise RuntimeError("documents are issued inside an operation, which owns the transaction and the evidence")


def _issue_once(act: Act, zone: Zone, request: IssueRequest) -> Document:
    try:
        with transaction.atomic():
            return _existing(zone, request) or _make(act, zone, request, None)
    except _AlreadyIssuedError:
        found = _existing(zone, request)
        if found is None:
            raise
        return found


def _existing(zone: Zone, request: IssueRequest) -> Document | None:
    found = Document.objects.filter(zone=zone, kind=request.kind, subject=request.subject).order_by("-version").first()
    if found is not None and found.version == 1 and found.request_sha256 != request.sha256():
        sentence = t(
            "案件 {subject} 已签发内容不同的同类证照（{number}）；如需变更请办理换发",
            "Case {subject} has such a document with other content ({number}); reissue it instead",
        )
        raise Conflict("document_exists", sentence.fill(subject=request.subject, number=found.number))
    return found


def _make(act: Act, zone: Zone, request: IssueRequest, old: Document | None) -> Document:
    seal = seal_for(act.actor, code=request.seal, kind=request.kind, day=zone.day(act.at))
    signatory = signatory_of(seal, at=act.at)
    used = template(request.template)
    document = _row(act, zone, request)
    document.seal, document.template, document.template_sha256 = seal, used.key, used.sha256
    document.series = f"documents/{zone.pk}/{request.series}"
    document.serial = next_number(document.series)
    # from here on this transaction holds the series: whoever issued the same document first is visible now
    if old is None and _existing(zone, request) is not None:
        raise _AlreadyIssuedError
    document.number = request.number_format.format(n=document.serial)
    if old is not None:
        document.version, document.supersedes = old.version + 1, old
    page = render(used, _printed(document), at=act.at)
    pdf = sign(page.pdf, signatory, box=page.seal, reason=f"{document.title_zh} {document.number}", at=act.at)
    document.pdf_sha256, document.pdf_size = store.put(pdf), len(pdf)
    document.save(force_insert=True)
    _announce(act, document, signatory.fingerprint)
    return document


def _row(act: Act, zone: Zone, request: IssueRequest) -> Document:
    """The document as far as the request says; Refused when its validity ends before it begins."""
    if act.actor.user_id is None:
        raise NotAllowed("seal_authority", t("平台不能代替工作人员签发证照", "The platform issues no document in place of an officer"))
    day = zone.day(act.at)
    valid_from = request.valid_from or day
    if request.valid_to is not None and request.valid_to < valid_from:
        raise Refused("validity", t("有效期截止日早于起始日", "The last day of validity is before the first"), "valid_to")
    return Document(
        zone=zone,
        kind=request.kind,
        subject=request.subject,
        title_zh=request.title.zh,
        title_en=request.title.en,
        holder_id=request.holder_id,
        data=json.dumps(request.data, cls=DjangoJSONEncoder, ensure_ascii=False),
        facts=[fact.shown() for fact in request.facts],
        request_sha256=request.sha256(),
        issued_at=act.at,
        issued_on=day,
        issued_by_id=act.actor.user_id,
        valid_from=valid_from,
        valid_to=request.valid_to,
        code=codes.new_code(),
    )


def _printed(document: Document) -> dict[str, Any]:
    """What a template reads as ``input()``: ``document``, ``seal``, ``qr`` from the kernel; ``data`` from the service."""
    grouped = codes.grouped(document.code)
    return {
        "document": {
            "kind": document.kind,
            "number": document.number,
            "title": {"zh": document.title_zh, "en": document.title_en},
            "code": grouped,
            "code_lines": [grouped[:14], grouped[15:]],
            "verify_at": f"{settings.PUBLIC_URL}/verify",
            "issued": document.issued_on.isoformat(),
            "valid_from": document.valid_from.isoformat(),
            "valid_to": document.valid_to.isoformat() if document.valid_to else None,
            "replaces": document.supersedes.number if document.supersedes else None,
        },
        "seal": _printed_seal(document.seal),
        "qr": segno.make(verification_url(document.code), error="m").svg_inline(border=0),
        "data": json.loads(document.data),
    }


def _printed_seal(seal: ESeal) -> dict[str, Any]:
    return {
        "name": {"zh": seal.name_zh, "en": seal.name_en},
        "agency": {"zh": seal.agency_zh, "en": seal.agency_en},
        "inscription": seal.inscription,
        "diameter_mm": seal.diameter_mm,
        "svg": seal.svg or None,
    }


def _announce(act: Act, document: Document, seal_fingerprint: str) -> None:
    DocumentEvent.objects.create(document=document, verb="issued", at=act.at, by_id=act.actor.user_id)
    known = {"kind": document.kind, "number": document.number, "document_sha256": document.pdf_sha256}
    proof = {"template": document.template, "template_sha256": document.template_sha256, "seal_certificate_sha256": seal_fingerprint}
    replaced = {"replaces": document.supersedes.number} if document.supersedes else {}
    act.record("certificate.issued", document.subject, {**known, **proof, **replaced})
    act.emit(
        "certificate.issued", document.subject, {**known, "valid_from": document.valid_from, "valid_to": document.valid_to, **replaced}
    )
