from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "zimao.kernel.evidence"
    label = "evidence"
