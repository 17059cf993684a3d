from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "zimao.kernel.notices"
    label = "notices"
