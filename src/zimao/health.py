"""``/healthz``: whether this process can answer and reach its database, for a load balancer or a supervisor."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

__all__ = ["healthz"]


def healthz(request: HttpRequest) -> JsonResponse:
    """200 and ``ok``, or 503 and ``database`` when the database does not answer. Says nothing about the installation."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "database"}, status=503)
    return JsonResponse({"status": "ok"})
