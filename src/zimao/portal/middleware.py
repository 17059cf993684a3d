"""Who acts, and what becomes of an error: the two things that every page needs and no page does itself."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.http.multipartparser import MultiPartParserError
from django.urls import reverse

from zimao.kernel.errors import NotAllowed, ZimaoError
from zimao.kernel.parties.actors import must_enrol, resolve_actor
from zimao.portal.errors import failure, of_status, refusal
from zimao.portal.headers import secured

__all__ = ["ActorMiddleware", "ErrorMiddleware"]

_log = logging.getLogger(__name__)
_API = "/api/"
_OPEN = ("/sign-", "/account", "/language", "/verify", "/about", "/notices/bell", "/evidence", _API)
"""Pages that an officer without a second factor may still open: the own account, and what is public."""
_DJANGOS_OWN = (Http404, PermissionDenied, SuspiciousOperation, BadRequest, MultiPartParserError)


class ActorMiddleware:
    """Sets ``request.actor`` once, where a view is about to run: a static file or an unknown address asks nobody.

    The API finds its actor itself (a token, or the session with a CSRF check). An officer who must set up a second factor
    is led to its page from everything that is not public.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return secured(request, self.get_response(request))

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponseBase | None:
        if request.path.startswith(_API):
            return None
        request.actor = resolve_actor(request)  # type: ignore[attr-defined]
        if must_enrol(request) and not request.path.startswith(_OPEN):
            return _lead(request, reverse("parties:totp"))
        return None


class ErrorMiddleware:
    """Turns errors into what the caller understands: a page, a problem document for HTMX and the API, or the sign-in page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        return of_status(request, response) if response.status_code >= 400 else response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        if isinstance(error, NotAllowed) and error.code == "anonymous" and not request.path.startswith(_API):
            return _lead(request, f"{settings.LOGIN_URL}?{urlencode({'next': _address(request)})}")
        if isinstance(error, ZimaoError):
            return refusal(request, error)
        if isinstance(error, _DJANGOS_OWN) or settings.DEBUG:
            return None
        reference = uuid.uuid4().hex[:12]
        _log.error("error %s at %s %s", reference, request.method, request.path, exc_info=error)
        got_request_exception.send(sender=type(self), request=request)
        return failure(request, reference)


def _address(request: HttpRequest) -> str:
    """Where the reader is: for a fragment the page that asked for it, otherwise the address itself."""
    if request.method in {"GET", "HEAD"} and "HX-Request" not in request.headers:
        return request.get_full_path()
    return request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "/"


def _lead(request: HttpRequest, address: str) -> HttpResponseBase:
    """Go to another page; HTMX follows a header, because it would put a redirect's page into the fragment's place."""
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)
