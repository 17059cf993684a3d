"""The documents app."""

from __future__ import annotations

from django.apps import AppConfig

from zimao.kernel.journal import Verb, register_verbs
from zimao.kernel.text import t


class DocumentsConfig(AppConfig):
    """Certificates and decision letters, electronic seals, verification."""

    name = "zimao.kernel.documents"
    label = "documents"

    def ready(self) -> None:
        from zimao.kernel.documents import operations  # noqa: F401, PLC0415 - declares its operations; models are there only now
        from zimao.kernel.documents.roles import ROLES  # noqa: PLC0415 - parties' roles are registered before
        from zimao.kernel.parties.roles import register_roles  # noqa: PLC0415

        register_roles(*ROLES)
        register_verbs(
            Verb("certificate.issued", t("签发证照", "Document issued")),
            Verb("certificate.suspended", t("暂停证照", "Document suspended")),
            Verb("certificate.restored", t("恢复证照", "Document restored")),
            Verb("certificate.revoked", t("撤销证照", "Document revoked")),
            Verb("certificate.superseded", t("换发证照", "Document superseded")),
        )
