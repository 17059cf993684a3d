from django.apps import AppConfig


class TablesConfig(AppConfig):
    name = "zimao.kernel.tables"
    label = "tables"
