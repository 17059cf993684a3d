from django.apps import AppConfig


class MeasuresConfig(AppConfig):
    name = "zimao.kernel.measures"
    label = "measures"
