from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "zimao.kernel.documents"
    label = "documents"
