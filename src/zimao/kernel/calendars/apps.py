"""The calendars app."""

from __future__ import annotations

from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    """Working days of the years, closures of the zones."""

    name = "zimao.kernel.calendars"
    label = "calendars"

    def ready(self) -> None:
        from zimao.kernel.calendars import operations  # noqa: F401, PLC0415 - declares its operations; models are there only now
