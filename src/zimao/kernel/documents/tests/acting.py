"""A bare site with the documents' pages and API, in which the test says who is signed in."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.urls import include, path
from ninja import NinjaAPI

from zimao.kernel.documents.api import router
from zimao.kernel.errors import ZimaoError

api = NinjaAPI(urls_namespace="documents-test")
api.add_router("", router)


@api.exception_handler(ZimaoError)
def problem(request, error: ZimaoError):
    return JsonResponse(error.as_problem(), status=error.status)


class ActingMiddleware:
    actor = None

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request):
        if self.actor is not None:
            request.actor = self.actor
        return self.get_response(request)

    def process_exception(self, request, error):
        return HttpResponse(error.sentence.zh, status=error.status) if isinstance(error, ZimaoError) else None


urlpatterns = [
    path("api/", api.urls),
    path("", include("zimao.portal.urls")),
    path("", include("zimao.kernel.parties.urls")),
    path("", include("zimao.kernel.documents.urls")),
]
