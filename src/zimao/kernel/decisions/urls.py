"""Addresses of the decision tables; mounted at the root."""

from __future__ import annotations

from django.urls import path

from zimao.kernel.decisions import pages

app_name = "decisions"
urlpatterns = [
    path("decisions", pages.index, name="index"),
    path("decisions/<str:name>", pages.one, name="one"),
]
