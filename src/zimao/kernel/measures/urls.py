"""Addresses of measures and of the lab; mounted at the root."""

from __future__ import annotations

from django.urls import path

from zimao.kernel.measures import pages

app_name = "measures"
urlpatterns = [
    path("effects", pages.effects, name="effects"),
    path("lab/<slug:service>", pages.lab, name="lab"),
    path("lab/runs/<int:run_id>", pages.run, name="run"),
    path("lab/runs/<int:run_id>/progress", pages.progress, name="progress"),
    path("lab/runs/<int:run_id>/result.<str:kind>", pages.download, name="download"),
]
