"""What page tests stand on: a signed-in actor without the sign-in, and the part's addresses."""

from django.http import HttpResponse
from django.urls import include, path
from ninja import NinjaAPI

from zimao.kernel.errors import ZimaoError
from zimao.kernel.measures.api import lab_router, router


class ActingMiddleware:
    """Requests come from ``actor``; an error of the platform is its sentence."""

    actor = None

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if ActingMiddleware.actor is not None:
            request.actor = ActingMiddleware.actor
        return self.get_response(request)

    def process_exception(self, request, error):
        if isinstance(error, ZimaoError):
            return HttpResponse(error.sentence.en, status=error.status)
        return None


api = NinjaAPI(urls_namespace="measures-acting")
api.add_router("/measures", router)
api.add_router("/lab", lab_router)


@api.exception_handler(ZimaoError)
def problem(request, error):
    return api.create_response(request, error.as_problem("en"), status=error.status)


urlpatterns = [path("", include("zimao.kernel.measures.urls")), path("api/", api.urls)]
