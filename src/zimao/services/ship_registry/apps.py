"""The ship registry app."""

from __future__ import annotations

from django.apps import AppConfig


class ShipRegistryConfig(AppConfig):
    """Ship initial registration: one application, seven certificates."""

    name = "zimao.services.ship_registry"
    label = "ship_registry"

    def ready(self) -> None:
        from zimao.services.ship_registry import operations  # noqa: F401, PLC0415 - declares its operations; models are there only now
        from zimao.services.ship_registry.service import register  # noqa: PLC0415

        register()
