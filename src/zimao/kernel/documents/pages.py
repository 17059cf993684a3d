"""Public verification, the holder's documents, and the registrar's page of one document."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zimao.kernel.documents import codes, operations, queries
from zimao.kernel.documents.models import Document
from zimao.kernel.documents.queries import Verification
from zimao.kernel.documents.roles import REGISTRAR
from zimao.kernel.documents.rules import CHANGES, LABELS
from zimao.kernel.documents.throttle import admit
from zimao.kernel.errors import Missing, ZimaoError
from zimao.kernel.text import Text, t
from zimao.kernel.web import act_of, actor_of

__all__ = ["change", "file", "mine", "one", "pdf_response", "verify", "verify_code"]

_COLOURS = {"valid": "success", "not_yet_valid": "warning", "expired": "warning", "suspended": "warning"}
_EVENT_LABELS = {
    "issued": t("签发", "Issued"),
    "suspended": t("暂停", "Suspended"),
    "restored": t("恢复", "Restored"),
    "revoked": t("撤销", "Revoked"),
    "superseded": t("换发", "Superseded"),
}
_CHANGE_LABELS = {"suspend": t("暂停", "Suspend"), "restore": t("恢复", "Restore"), "revoke": t("撤销", "Revoke")}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """The form: a code leads to its address; a file is checked and not kept."""
    typed = request.GET.get("code", "").strip()
    code = codes.normalized(typed)
    if codes.is_well_formed(code):
        return redirect("documents:verify_code", code=codes.grouped(code))
    if typed:
        return verify_code(request, typed)
    if request.method != "POST":
        return render(request, "documents/verify.html")
    try:
        admit(request, "file")
        found = queries.verify_pdf(_uploaded(request), at=timezone.now())
    except ZimaoError as error:
        return render(request, "documents/verify.html", {"problem": error.sentence}, status=error.status)
    return _answer(request, found)


@never_cache
@require_safe
def verify_code(request: HttpRequest, code: str) -> HttpResponse:
    """What the QR code leads to."""
    try:
        admit(request, "code")
    except ZimaoError as error:
        return render(request, "documents/verify.html", {"code_problem": error.sentence}, status=error.status)
    return _answer(request, queries.verify_code(code, at=timezone.now()), code)


def _answer(request: HttpRequest, found: Verification, code: str = "") -> HttpResponse:
    colour = _COLOURS.get(found.status, "secondary" if found.status == "unknown" else "danger")
    return render(request, "documents/answer.html", {"found": found, "colour": colour, "code": code, "checked_at": timezone.now()})


def _uploaded(request: HttpRequest) -> bytes:
    upload = request.FILES.get("file")
    # one byte beyond the limit is enough to see that a file is too big
    return upload.read(queries.MAX_UPLOAD_BYTES + 1) if upload else b""


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The documents that were issued to the actor's party."""
    actor = actor_of(request)
    now = timezone.now()
    held = queries.documents_held_by(actor.party_id) if actor.party_id is not None else Document.objects.none()
    return render(request, "documents/mine.html", {"rows": [(one, LABELS[queries.standing_of(one, at=now)]) for one in held[:200]]})


@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """A document with its history; the registrar also gets the changes that its state allows."""
    return _page(request, queries.document_for(actor_of(request), pk))


def _page(request: HttpRequest, document: Document, *, problem: Text | None = None, status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    may_change = actor.has(REGISTRAR) and actor.zone == document.zone_id
    context: dict[str, Any] = {
        "document": document,
        "standing": LABELS[queries.standing_of(document, at=timezone.now())],
        "title": Text(document.title_zh, document.title_en),
        "code": codes.grouped(document.code),
        "history": [(_EVENT_LABELS[event.verb], event) for event in document.events.select_related("by")],
        "changes": [(verb, label) for verb, label in _CHANGE_LABELS.items() if may_change and document.status in CHANGES[verb][0]],
        "problem": problem,
        "reason": request.POST.get("reason", ""),
        "show_who": may_change,
        "key": uuid.uuid4().hex,
    }
    return render(request, "documents/one.html", context, status=status)


@require_POST
def change(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Suspend, restore or revoke, with a reason."""
    call = {"suspend": operations.suspend, "restore": operations.restore, "revoke": operations.revoke}.get(verb)
    if call is None:
        raise Missing("change", t("没有这种操作", "There is no such action"))
    try:
        call(act_of(request), document_id=pk, reason=request.POST.get("reason", ""))
    except ZimaoError as error:
        return _page(request, queries.document_for(actor_of(request), pk), problem=error.sentence, status=error.status)
    return redirect("documents:one", pk=pk)


@require_safe
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """The signed PDF, for whom the kind's policy lets read it."""
    return pdf_response(queries.document_for(actor_of(request), pk))


def pdf_response(document: Document) -> HttpResponse:
    """The PDF as an answer that a browser shows and never runs."""
    answer = HttpResponse(queries.pdf_of(document), content_type="application/pdf")
    answer["Content-Disposition"] = f"inline; filename=\"document.pdf\"; filename*=UTF-8''{quote(document.number)}.pdf"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, no-store"
    return answer
