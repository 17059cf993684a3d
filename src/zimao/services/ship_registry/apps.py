from django.apps import AppConfig


class ShipRegistryConfig(AppConfig):
    name = "zimao.services.ship_registry"
    label = "ship_registry"
