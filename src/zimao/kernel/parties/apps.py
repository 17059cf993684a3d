from django.apps import AppConfig


class PartiesConfig(AppConfig):
    name = "zimao.kernel.parties"
    label = "parties"
