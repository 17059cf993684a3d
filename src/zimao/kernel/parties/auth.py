"""Who calls the API: a token in ``Authorization: Bearer zm_…``, or the session of the pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer
from ninja.utils import check_csrf

from zimao.kernel.errors import NotAllowed
from zimao.kernel.operations import Actor
from zimao.kernel.parties.actors import actor_now, resolve_actor
from zimao.kernel.parties.models import ApiToken
from zimao.kernel.parties.operations.credentials import TOKEN_PREFIX, token_digest
from zimao.kernel.parties.roles import ANYONE, APPLICANT
from zimao.kernel.text import t

__all__ = ["SessionOnly", "SessionOrToken"]

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_NOTE_EVERY = timedelta(minutes=1)


class SessionOrToken(HttpBearer):
    """Sets ``request.actor`` from a token or from the session; without either the API answers 401.

    A session needs the CSRF token (header ``X-CSRFToken``) for unsafe methods, because a browser sends its cookie along
    unasked; a token does not. A token that is not good is refused even when there is a session.
    """

    def __call__(self, request: HttpRequest) -> Actor | None:
        if "Authorization" in request.headers:
            request.actor = None  # type: ignore[attr-defined]
            actor: Actor | None = super().__call__(request)
        else:
            actor = _session_actor(request)
        request.actor = actor  # type: ignore[attr-defined]
        return actor

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """The actor of a token: the maker's roles of today that the token was made with; None when it is not good."""
        if not token.startswith(TOKEN_PREFIX):
            return None
        now = timezone.now()
        good = ApiToken.objects.filter(digest=token_digest(token), revoked__isnull=True, expires__gt=now, user__is_active=True)
        row = good.select_related("user__party").first()
        if row is None:
            return None
        if request.method not in _SAFE and "write" not in row.scopes:
            raise NotAllowed("token.scope", t("该接口密钥只读", "This token may only read"))
        if row.last_used is None or now - row.last_used > _NOTE_EVERY:
            ApiToken.objects.filter(pk=row.pk).update(last_used=now)
        actor = actor_now(row.user, row.zone_id, now)
        held = actor.roles & (frozenset(row.roles) | {ANYONE})
        principals = actor.principals if APPLICANT in held else frozenset()
        return replace(actor, roles=held, principals=principals)


class SessionOnly(SessionOrToken):
    """As SessionOrToken, for what a program must not do in somebody's name, such as making tokens."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """No token is good here."""
        return None


def _session_actor(request: HttpRequest) -> Actor | None:
    actor = resolve_actor(request)
    if actor is not None and request.method not in _SAFE and check_csrf(request) is not None:
        raise NotAllowed("csrf", t("请求缺少或带有错误的 CSRF 令牌，请刷新页面", "The CSRF token is missing or wrong; load the page again"))
    return actor
