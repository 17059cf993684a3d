"""What page tests stand on: a signed-in actor without the sign-in, and the two parts' addresses."""

from django.urls import include, path
from ninja import NinjaAPI

from zimao.kernel.errors import ZimaoError
from zimao.kernel.events.api import router as events_router
from zimao.kernel.notices.api import router as notices_router


class ActingMiddleware:
    """Requests come from ``actor``."""

    actor = None

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if ActingMiddleware.actor is not None:
            request.actor = ActingMiddleware.actor
        return self.get_response(request)


api = NinjaAPI(urls_namespace="acting")
api.add_router("/events", events_router)
api.add_router("/notices", notices_router)


@api.exception_handler(ZimaoError)
def problem(request, error):
    return api.create_response(request, error.as_problem("en"), status=error.status)


urlpatterns = [
    path("", include("zimao.portal.urls")),
    path("", include("zimao.kernel.parties.urls")),
    path("", include("zimao.kernel.events.urls")),
    path("", include("zimao.kernel.notices.urls")),
    path("api/", api.urls),
]
