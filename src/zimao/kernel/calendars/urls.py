"""Addresses of the calendar; mounted at the root."""

from __future__ import annotations

from django.urls import path

from zimao.kernel.calendars import pages

app_name = "calendars"
urlpatterns = [
    path("calendar", pages.index, name="index"),
    path("calendar/due", pages.due, name="due"),
    path("calendar/release", pages.release, name="release"),
    path("calendar/closures", pages.close, name="close"),
    path("calendar/closures/remove", pages.reopen, name="reopen"),
]
