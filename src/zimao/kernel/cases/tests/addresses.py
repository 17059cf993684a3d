"""A site in which the test says who is signed in; pages stand in the portal's frame or, where told, in a bare one."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import include, path

from zimao.kernel.errors import NotAllowed, ZimaoError

__all__ = ["ActingMiddleware", "urlpatterns"]


class ActingMiddleware:
    """Signs every request in as ``actor``; errors become a status and their sentence."""

    actor = None

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request):
        if self.actor is not None:
            request.actor = self.actor
        return self.get_response(request)

    def process_exception(self, request, error):
        if not isinstance(error, ZimaoError):
            return None
        return HttpResponse(error.sentence.zh, status=401 if isinstance(error, NotAllowed) and error.code == "anonymous" else error.status)


urlpatterns = [path("", include("zimao.kernel.cases.urls"))]
