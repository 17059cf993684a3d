from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "zimao.portal"
    label = "portal"
