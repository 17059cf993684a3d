"""The main menu: what each role finds there. A link to a part that is not installed is left out."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

from django.urls import Resolver404, get_urlconf, resolve

from zimao.kernel.manifest import HomeCard
from zimao.kernel.operations import Actor
from zimao.kernel.parties.roles import ANYONE, APPLICANT, AUDITOR, SYSTEM, ZONE_ADMIN
from zimao.kernel.text import Text, t

__all__ = ["ITEMS", "Item", "cards", "is_installed", "is_officer", "menu", "works_on_cases"]

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


def _no_officer(actor: Actor | None) -> bool:
    """Officers find it on the home page and at the foot of every page; their menu is long enough."""
    return not is_officer(actor)


def _signed_out(actor: Actor | None) -> bool:
    return actor is None


@dataclass(frozen=True, slots=True)
class Item:
    """One link of the menu: words, address, drawing, and for whom. With a ``body`` it is a card of the home page too."""

    label: Text
    path: str
    icon: str
    shown: Callable[[Actor | None], bool]
    body: Text | None = None


_TABLE_ROLES = ("table.editor", "table.approver", ZONE_ADMIN, AUDITOR)
ITEMS = (
    Item(t("首页", "Home"), "/", "home", _anybody),
    Item(
        t("工作台", "Workbench"), "/workbench", "desk", works_on_cases, t("领取并办理本岗位的任务", "Take up and do the tasks of your desk")
    ),
    Item(t("我的办件", "My cases"), "/cases", "folder", _has(APPLICANT), t("查进度，补材料", "Follow progress, answer corrections")),
    Item(
        t("我的证照", "My documents"),
        "/documents",
        "document",
        _has(APPLICANT),
        t("下载、出示已签发的电子证照", "Download and show what was issued to you"),
    ),
    Item(
        t("授权委托", "Mandates"),
        "/mandates",
        "people",
        _has(APPLICANT),
        t("委托代理人，或替他人办理", "Let an agent act for you, or act for others"),
    ),
    Item(
        t("规则表", "Tables"),
        "/tables",
        "table",
        _has(*_TABLE_ROLES),
        t("税率、期限等参数的各个版本", "Rates, periods and other parameters by release"),
    ),
    Item(t("人员", "Members"), "/members", "people", _has(ZONE_ADMIN), t("授予和终止本片区的岗位", "Grant and end roles in this zone")),
    Item(
        t("事件", "Events"),
        "/events",
        "flow",
        _has(ZONE_ADMIN),
        t("订阅、来源和未送达的事件", "Subscriptions, sources and what was not delivered"),
    ),
    Item(
        t("发送异常", "Stuck notices"),
        "/notices/stuck",
        "alert",
        _has(ZONE_ADMIN),
        t("没有发出去的短信和邮件", "Messages and e-mails that did not go out"),
    ),
    Item(
        t("访问记录", "Access records"),
        "/access-records",
        "eye",
        _has(AUDITOR),
        t("谁看过哪些个人信息", "Who looked at whose personal data"),
    ),
    Item(t("成效", "Effects"), "/effects", "chart", is_officer, t("各项做法的实测效果", "What each practice achieves, measured")),
    Item(t("证照核验", "Verify"), "/verify", "shield", _no_officer),
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


def cards(actor: Actor | None) -> list[HomeCard]:
    """The home page's cards for what the kernel itself offers to the actor's roles."""
    shown = [item for item in ITEMS if item.body and item.shown(actor) and is_installed(item.path)]
    return [HomeCard(item.label, item.body, item.path, item.icon) for item in shown if item.body]
