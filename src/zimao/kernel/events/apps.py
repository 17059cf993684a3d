"""The events app."""

from __future__ import annotations

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """Outbox, webhooks, CloudEvents in and out."""

    name = "zimao.kernel.events"
    label = "events"

    def ready(self) -> None:
        from zimao.kernel.events import operations  # noqa: F401, PLC0415 - registers its verbs; models are there only now
