"""The front page, the page about the platform, the switch of language."""

from __future__ import annotations

from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponsePermanentRedirect
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_POST, require_safe

from zimao.kernel.errors import Refused
from zimao.kernel.manifest import cards_for, services
from zimao.kernel.parties.operations import set_language
from zimao.kernel.parties.pages.layout import next_of
from zimao.kernel.text import LANGUAGES, t
from zimao.kernel.web import act_of, optional_actor
from zimao.portal.overview import overview_of

__all__ = ["about_page", "favicon_page", "home_page", "language_page", "track_page"]


@require_safe
def home_page(request: HttpRequest) -> HttpResponse:
    """What the reader can do here: the services for everybody, and for who is signed in what waits."""
    actor = optional_actor(request)
    context = {"services": services(), "cards": cards_for(actor)}
    if actor is None:
        return render(request, "portal/welcome.html", context)
    return render(request, "portal/home.html", {**context, "overview": overview_of(actor)})


@require_safe
def about_page(request: HttpRequest) -> HttpResponse:
    """What the platform is, how it can be trusted, what it is made of."""
    return render(request, "portal/about.html", {"services": services()})


@require_safe
def track_page(request: HttpRequest) -> HttpResponseBase:
    """From the number on a receipt to the case; what may be seen there is the case page's own affair."""
    number = request.GET.get("number", "").strip().upper()
    return redirect(f"/cases/{quote(number, safe='')}" if number else "portal:home")


@require_POST
def language_page(request: HttpRequest) -> HttpResponseBase:
    """Choose the language and stay on the page; who is signed in keeps it for notices and for the next time."""
    language = request.POST.get("language", "")
    if language not in LANGUAGES:
        raise Refused("language.unknown", t("没有这种语言", "There is no such language"), "language")
    if optional_actor(request) is not None:
        set_language(act_of(request), language=language)
    answer = redirect(next_of(request))
    answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, "en" if language == "en" else "zh-hans", max_age=365 * 86400, samesite="Lax")
    return answer


@require_safe
def favicon_page(request: HttpRequest) -> HttpResponseBase:
    """Where browsers look for the icon when they do not read the page."""
    return HttpResponsePermanentRedirect(static("portal/favicon.svg"))
