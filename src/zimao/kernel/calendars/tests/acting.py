"""What page tests stand on: an actor without the sign-in, and the addresses of the calendar."""

from django.http import HttpResponse
from django.urls import include, path
from ninja import NinjaAPI

from zimao.kernel.calendars.api import router
from zimao.kernel.errors import ZimaoError


class ActingMiddleware:
    """Requests come from ``actor``; errors answer with their status and English sentence."""

    actor = None

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.actor = ActingMiddleware.actor
        return self.get_response(request)

    def process_exception(self, request, error):
        return HttpResponse(error.sentence.en, status=error.status) if isinstance(error, ZimaoError) else None


api = NinjaAPI(urls_namespace="acting_calendars")
api.add_router("/calendars", router)


@api.exception_handler(ZimaoError)
def problem(request, error):
    return api.create_response(request, error.as_problem("en"), status=error.status)


urlpatterns = [path("", include("zimao.kernel.calendars.urls")), path("api/", api.urls)]
