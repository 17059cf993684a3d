"""Addresses and middleware of the page tests: this part's pages and API, with nothing of the portal."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from ninja import NinjaAPI

from zimao.kernel.errors import ZimaoError
from zimao.kernel.parties.actors import resolve_actor
from zimao.kernel.parties.api import router
from zimao.kernel.parties.auth import SessionOrToken

api = NinjaAPI(auth=SessionOrToken(), urls_namespace="parties-test")
api.add_router("/parties", router)


@api.exception_handler(ZimaoError)
def problem(request: HttpRequest, error: Any) -> HttpResponse:
    return JsonResponse(error.as_problem(), status=error.status)


class ActingMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = resolve_actor(request)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return HttpResponse(error.sentence.zh, status=error.status) if isinstance(error, ZimaoError) else None


urlpatterns = [path("api/", api.urls), path("", include("zimao.kernel.parties.urls"))]
