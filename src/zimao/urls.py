"""The addresses of the installation: the portal, the parts of the kernel, every registered service, the API."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from zimao.api import api, unknown
from zimao.health import healthz
from zimao.kernel.manifest import services

PARTS = (
    "zimao.portal.urls",
    "zimao.kernel.parties.urls",
    "zimao.kernel.cases.urls",
    "zimao.kernel.tables.urls",
    "zimao.kernel.calendars.urls",
    "zimao.kernel.decisions.urls",
    "zimao.kernel.evidence.urls",
    "zimao.kernel.documents.urls",
    "zimao.kernel.notices.urls",
    "zimao.kernel.events.urls",
    "zimao.kernel.measures.urls",
)


def mount(module: str) -> URLResolver:
    """The addresses of one part at the root; ImportError when it has none."""
    return path("", include(module))


urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("api/v1/", api.urls),
    path("api/<path:rest>", unknown),
    *(mount(part) for part in PARTS),
    *(mount(service.urls) for service in services()),
]
