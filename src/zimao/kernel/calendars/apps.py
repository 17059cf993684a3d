from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    name = "zimao.kernel.calendars"
    label = "calendars"
