from django.apps import AppConfig


class FormsConfig(AppConfig):
    name = "zimao.kernel.forms"
    label = "forms"
