from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "zimao.kernel.events"
    label = "events"
