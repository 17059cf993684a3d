"""What the frame of every page shows: menu, zone, language, bell. Read only when a template asks for it."""

from __future__ import annotations

from functools import cached_property

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language

from zimao.kernel.notices.queries import unread_count
from zimao.kernel.operations import Actor
from zimao.kernel.parties.actors import resolve_actor, zones_of
from zimao.kernel.parties.models import User, Zone
from zimao.kernel.parties.roles import ANYONE, role_label
from zimao.kernel.text import Text, t
from zimao.portal.navigation import Item, is_installed, menu

__all__ = ["Frame", "portal"]

_FOOT = (
    (t("关于平台", "About the platform"), "/about"),
    (t("证照核验", "Verify a document"), "/verify"),
    (t("存证日志", "Evidence log"), "/evidence"),
    (t("接口文档", "API documentation"), "/api/v1/docs"),
)


class Frame:
    """The frame of one page, as ``portal`` in templates."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def actor(self) -> Actor | None:
        """Who is signed in. An unknown address has met no middleware that knows, so it is asked here."""
        request = self._request
        return request.actor if hasattr(request, "actor") else resolve_actor(request)

    @cached_property
    def user(self) -> User | None:
        """The signed-in user's row."""
        user = getattr(self._request, "user", None)
        return user if self.actor is not None and isinstance(user, User) else None

    @cached_property
    def menu(self) -> list[tuple[Item, bool]]:
        """The main menu by role, with the item the reader is on."""
        return menu(self.actor, self._request.path)

    @cached_property
    def zones(self) -> list[Zone]:
        """The zones between which the reader may switch: those that were read when the actor was found."""
        if self.actor is None or self.user is None:
            return []
        known: list[Zone] | None = getattr(self._request, "zones", None)
        return zones_of(self.user, timezone.localdate()) if known is None else known

    @cached_property
    def zone(self) -> Zone | None:
        """The zone that is switched on."""
        code = self.actor.zone if self.actor else ""
        return next((zone for zone in self.zones if zone.code == code), None)

    @cached_property
    def unread(self) -> int:
        """How many notices wait."""
        return unread_count(self.user) if self.user else 0

    @cached_property
    def roles(self) -> list[Text]:
        """The words for the roles that the reader holds in this zone."""
        held = sorted(self.actor.roles - {ANYONE}) if self.actor else []
        return [role_label(key) for key in held]

    @property
    def language(self) -> str:
        """The page's language as HTML's ``lang`` wants it."""
        return "en" if (get_language() or "zh").startswith("en") else "zh-Hans"

    @property
    def here(self) -> str:
        """The address to come back to after a switch of language or zone."""
        return self._request.get_full_path() if self._request.method == "GET" else self._request.path

    @property
    def foot(self) -> list[tuple[Text, str]]:
        """The links of the footer that exist in this installation."""
        return [(label, path) for label, path in _FOOT if is_installed(path)]

    @property
    def has_notices(self) -> bool:
        """True when the bell has somewhere to lead."""
        return self.user is not None and is_installed("/notices")

    @property
    def is_demo(self) -> bool:
        """True on a demonstration: every page says so, lest somebody file something real."""
        return bool(settings.DEMO)


def portal(request: HttpRequest) -> dict[str, object]:
    """The context processor."""
    return {"portal": Frame(request)}
