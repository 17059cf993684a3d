"""What the pages share: a form described once and drawn by one template, and the two ways to be let in."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from zimao.kernel.errors import NotAllowed, ZimaoError
from zimao.kernel.parties.actors import must_enrol
from zimao.kernel.parties.models import User
from zimao.kernel.parties.roles import role_label
from zimao.kernel.parties.sign_in import WAIT
from zimao.kernel.text import Text, t
from zimao.kernel.web import actor_of, optional_actor

__all__ = ["Field", "address_of", "form_page", "next_of", "not_for_your_role", "own_user", "role_page", "signed_in_page", "status_of"]

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form: its name, words, input type, value, options and what is wrong with it."""

    name: str
    label: Text
    kind: str = "text"
    hint: Text | None = None
    value: str = ""
    options: tuple[tuple[str, Text], ...] = ()
    autocomplete: str = "off"
    required: bool = True
    errors: tuple[Text, ...] = ()


def form_page(
    request: HttpRequest, template: str, fields: Iterable[Field], error: ZimaoError | None = None, **context: Any
) -> HttpResponse:
    """A page with a form, each field with what was typed (secrets never) and what is wrong with it."""
    problems = error.problems if error else ()
    drawn = [_filled(field, request.POST, [one.sentence for one in problems if one.field == field.name]) for field in fields]
    named = {field.name for field in drawn}
    general = [one.sentence for one in problems if one.field not in named]
    return render(request, template, {"fields": drawn, "problems": general, **context}, status=status_of(error))


def status_of(error: ZimaoError | None) -> int:
    """The HTTP status of a page: 200, the error's own, or 429 for somebody who has to wait."""
    if error is None:
        return 200
    return 429 if error.code == WAIT else error.status


def _filled(field: Field, given: Mapping[str, Any], errors: list[Text]) -> Field:
    typed = "" if field.kind == "password" else str(given.get(field.name, field.value))
    return replace(field, value=typed, errors=tuple(errors))


def signed_in_page(page: Page[P]) -> Page[P]:
    """Only for somebody who is signed in; others are led to the sign-in page and come back."""

    @functools.wraps(page)
    def led(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if optional_actor(request) is None:
            return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': request.get_full_path()})}")
        return page(request, *args, **kwargs)

    return led


def not_for_your_role(*roles: str) -> NotAllowed:
    """The refusal of a page that belongs to ``roles``: whose page it is, and whom to ask for the role."""
    whose = Text("、".join(role_label(role).zh for role in roles), ", ".join(role_label(role).en for role in roles))
    sentence = t(
        "此页面供以下岗位使用：{whose}。需要此岗位的，请联系片区管理员授予。",
        "This page is for: {whose}. If you need the role, ask the zone administrator to grant it.",
    )
    return NotAllowed("role", sentence.fill(whose=whose))


def role_page(*roles: str) -> Callable[[Page[P]], Page[P]]:
    """Only for somebody who holds one of ``roles``; an officer without a second factor is led to its page first."""

    def decorate(page: Page[P]) -> Page[P]:
        @functools.wraps(page)
        def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if must_enrol(request):
                return HttpResponseRedirect(reverse("parties:totp"))
            if not actor_of(request).has(*roles):
                raise not_for_your_role(*roles)
            return page(request, *args, **kwargs)

        return signed_in_page(checked)

    return decorate


def own_user(request: HttpRequest) -> User:
    """The user who is signed in, with the party."""
    actor = actor_of(request)
    return User.objects.select_related("party").get(pk=actor.user_id or 0)


def next_of(request: HttpRequest) -> str:
    """Where to go afterwards: the address that was asked for when it is on this site, else the front page."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return str(settings.LOGIN_REDIRECT_URL)


def address_of(request: HttpRequest) -> str:
    """The client's network address: the peer, or what the nearest trusted proxy saw."""
    chain = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    behind = settings.TRUSTED_PROXIES
    if behind and len(chain) >= behind:
        return chain[-behind]
    return str(request.META.get("REMOTE_ADDR", ""))
