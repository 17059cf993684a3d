"""The main menu: what each role finds there. A link to a part that is not installed is left out."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

from django.urls import Resolver404, get_urlconf, resolve

from zimao.kernel.operations import Actor
from zimao.kernel.parties.roles import ANYONE, APPLICANT, AUDITOR, SYSTEM, ZONE_ADMIN
from zimao.kernel.text import Text, t

__all__ = ["ITEMS", "Item", "is_installed", "is_officer", "menu", "works_on_cases"]

_NO_DESK = frozenset({ANYONE, APPLICANT, SYSTEM, ZONE_ADMIN, AUDITOR, "table.editor", "table.approver"})


def is_officer(actor: Actor | None) -> bool:
    """True for somebody who holds an office, whichever."""
    return actor is not None and bool(actor.roles - {ANYONE, APPLICANT})


def works_on_cases(actor: Actor | None) -> bool:
    """True for somebody who holds a desk of a service, so that tasks may wait."""
    return actor is not None and bool(actor.roles - _NO_DESK)


def _has(*roles: str) -> Callable[[Actor | None], bool]:
    return lambda actor: actor is not None and actor.has(*roles)


def _anybody(actor: Actor | None) -> bool:
    return True


def _signed_out(actor: Actor | None) -> bool:
    return actor is None


@dataclass(frozen=True, slots=True)
class Item:
    """One link of the menu: words, address, drawing, and for whom."""

    label: Text
    path: str
    icon: str
    shown: Callable[[Actor | None], bool]


ITEMS = (
    Item(t("首页", "Home"), "/", "home", _anybody),
    Item(t("工作台", "Workbench"), "/workbench", "desk", works_on_cases),
    Item(t("我的办件", "My cases"), "/cases", "folder", _has(APPLICANT)),
    Item(t("我的证照", "My documents"), "/documents", "document", _has(APPLICANT)),
    Item(t("授权委托", "Mandates"), "/mandates", "people", _has(APPLICANT)),
    Item(t("规则表", "Tables"), "/tables", "table", _has("table.editor", "table.approver", ZONE_ADMIN, AUDITOR)),
    Item(t("人员", "Members"), "/members", "people", _has(ZONE_ADMIN)),
    Item(t("事件", "Events"), "/events", "flow", _has(ZONE_ADMIN)),
    Item(t("发送异常", "Stuck notices"), "/notices/stuck", "alert", _has(ZONE_ADMIN)),
    Item(t("访问记录", "Access records"), "/access-records", "eye", _has(AUDITOR)),
    Item(t("成效", "Effects"), "/effects", "chart", is_officer),
    Item(t("证照核验", "Verify"), "/verify", "shield", _anybody),
    Item(t("关于平台", "About"), "/about", "info", _signed_out),
)


@functools.lru_cache(maxsize=256)
def _resolves(path: str, urlconf: str | None) -> bool:
    try:
        resolve(path, urlconf)
    except Resolver404:
        return False
    return True


def is_installed(path: str) -> bool:
    """True when the address exists in this installation."""
    return _resolves(path, get_urlconf())


def menu(actor: Actor | None, here: str) -> list[tuple[Item, bool]]:
    """The items for the actor, each with whether the reader is on it or below it."""
    shown = [item for item in ITEMS if item.shown(actor) and is_installed(item.path)]
    current = max((item.path for item in shown if _is_at(item.path, here)), key=len, default="")
    return [(item, item.path == current) for item in shown]


def _is_at(path: str, here: str) -> bool:
    return here == path or (path != "/" and here.startswith(f"{path}/"))
