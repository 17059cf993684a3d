"""What roles there are and what each may see. Pure: services add theirs when their app is ready."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zimao.kernel.text import Text, t

__all__ = [
    "ANYONE",
    "APPLICANT",
    "AUDITOR",
    "SYSTEM",
    "ZONE_ADMIN",
    "Role",
    "mandate_services",
    "register_mandate_service",
    "register_roles",
    "registered_roles",
    "role_label",
]

ANYONE = "user"
APPLICANT = "applicant"
SYSTEM = "system"
ZONE_ADMIN = "zone.admin"
AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Role:
    """A role: its key (``service.desk``), the words for it, and what it means for granting and for personal data.

    ``reveals``: holders may see personal fields in the clear, each look being recorded.
    ``granted``: an administrator gives it by a membership; the other roles follow from how somebody is signed in.
    """

    key: str
    label: Text
    description: Text
    reveals: bool = False
    granted: bool = True


_ROLES: dict[str, Role] = {}
_MANDATE_SERVICES: dict[str, Text] = {}


def register_roles(*found: Role) -> None:
    """Make roles known; called from an app's ``ready``. Registering a key again replaces it."""
    for role in found:
        _ROLES[role.key] = role


def registered_roles() -> Mapping[str, Role]:
    """Every registered role by key."""
    return dict(_ROLES)


def role_label(key: str) -> Text:
    """The words for a role; an unregistered key stands for itself (a membership may outlive its service)."""
    return _ROLES[key].label if key in _ROLES else Text(key, key)


def register_mandate_service(key: str, label: Text) -> None:
    """Offer a service on the mandates page; ``*`` (every service) is always there."""
    _MANDATE_SERVICES[key] = label


def mandate_services() -> Mapping[str, Text]:
    """The services that a mandate may name."""
    return {"*": t("全部事项", "Every service"), **_MANDATE_SERVICES}


register_roles(
    Role(ANYONE, t("登录用户", "Signed-in user"), t("管理自己的账户", "Looks after the own account"), granted=False),
    Role(APPLICANT, t("申请人", "Applicant"), t("以个人或企业身份申请办理事项", "Applies as a person or an enterprise"), granted=False),
    Role(SYSTEM, t("平台", "Platform"), t("平台自动执行", "What the platform does by itself"), granted=False),
    Role(ZONE_ADMIN, t("片区管理员", "Zone administrator"), t("授予和终止本片区的岗位", "Grants and ends roles in the zone")),
    Role("table.editor", t("参数编辑", "Table editor"), t("起草规则表和参数", "Drafts rule tables and parameters")),
    Role("table.approver", t("参数审核", "Table approver"), t("审核并发布规则表和参数", "Checks and releases rule tables and parameters")),
    Role(AUDITOR, t("审计员", "Auditor"), t("查阅个人信息访问记录和存证", "Reads the records of access to personal data and the evidence")),
)
