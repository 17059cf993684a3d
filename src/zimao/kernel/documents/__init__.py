"""Certificates and decision letters: a Typst page with an electronic seal, a signed PDF, a public answer to "is it genuine"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zimao.kernel._door import lazy_door

if TYPE_CHECKING:
    from zimao.kernel.documents.issuing import Fact, IssueRequest, issue, issue_many, verification_url
    from zimao.kernel.documents.keys import SealKey, register_key_scheme
    from zimao.kernel.documents.models import Document
    from zimao.kernel.documents.operations import (
        SealWords,
        create_seal,
        end_authority,
        grant_authority,
        reissue,
        restore,
        revoke,
        revoke_seal,
        status_operations,
        suspend,
    )
    from zimao.kernel.documents.queries import Verification, document_for, documents_held_by, documents_of, pdf_of, verify_code, verify_pdf
    from zimao.kernel.documents.readers import register_reader
    from zimao.kernel.documents.render import register_templates
    from zimao.kernel.documents.rules import standing_on

__all__ = [
    "Document",
    "Fact",
    "IssueRequest",
    "SealKey",
    "SealWords",
    "Verification",
    "create_seal",
    "document_for",
    "documents_held_by",
    "documents_of",
    "end_authority",
    "grant_authority",
    "issue",
    "issue_many",
    "pdf_of",
    "register_key_scheme",
    "register_reader",
    "register_templates",
    "reissue",
    "restore",
    "revoke",
    "revoke_seal",
    "standing_on",
    "status_operations",
    "suspend",
    "verification_url",
    "verify_code",
    "verify_pdf",
]

_HOMES = {
    ".issuing": ("Fact", "IssueRequest", "issue", "issue_many", "verification_url"),
    ".keys": ("SealKey", "register_key_scheme"),
    ".models": ("Document",),
    ".operations": (
        "SealWords",
        "create_seal",
        "end_authority",
        "grant_authority",
        "reissue",
        "restore",
        "revoke",
        "revoke_seal",
        "status_operations",
        "suspend",
    ),
    ".queries": ("Verification", "document_for", "documents_held_by", "documents_of", "pdf_of", "verify_code", "verify_pdf"),
    ".readers": ("register_reader",),
    ".render": ("register_templates",),
    ".rules": ("standing_on",),
}
__getattr__, __dir__ = lazy_door(__name__, {name: home for home, names in _HOMES.items() for name in names})
