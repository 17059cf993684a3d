from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "zimao.kernel"
    label = "kernel"
