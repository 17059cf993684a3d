"""Addresses of the portal itself; mounted at the root."""

from __future__ import annotations

from django.urls import path

from zimao.portal import home

app_name = "portal"
urlpatterns = [
    path("", home.home_page, name="home"),
    path("about", home.about_page, name="about"),
    path("track", home.track_page, name="track"),
    path("language", home.language_page, name="language"),
    path("favicon.ico", home.favicon_page, name="favicon"),
]
