from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "zimao.kernel.cases"
    label = "cases"
