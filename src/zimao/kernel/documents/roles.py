"""The two roles of this part."""

from __future__ import annotations

from zimao.kernel.parties.roles import Role
from zimao.kernel.text import t

__all__ = ["REGISTRAR", "ROLES", "SEAL_KEEPER"]

REGISTRAR = "documents.registrar"
SEAL_KEEPER = "documents.seal_keeper"

ROLES = (
    Role(
        REGISTRAR,
        t("证照管理员", "Registrar of documents"),
        t("暂停、恢复、撤销、换发证照", "Suspends, restores, revokes and reissues documents"),
        reveals=True,
    ),
    Role(
        SEAL_KEEPER,
        t("印章管理员", "Keeper of seals"),
        t("登记、废止电子印章，授予用印权限", "Registers and revokes seals and grants their use"),
    ),
)
