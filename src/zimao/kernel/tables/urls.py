"""Addresses of the tables; mounted at the root."""

from __future__ import annotations

from django.urls import path, re_path

from zimao.kernel.tables import pages, pages_release

app_name = "tables"
urlpatterns = [
    path("tables", pages.index, name="index"),
    path("tables/releases/<int:pk>", pages_release.release, name="release"),
    re_path(r"^tables/releases/(?P<pk>[0-9]{1,18})/file\.(?P<form>csv|xlsx)$", pages_release.file, name="release_file"),
    re_path(r"^tables/releases/(?P<pk>[0-9]{1,18})/(?P<verb>approve|reject|withdraw)$", pages_release.decide, name="decide"),
    path("tables/<str:name>", pages.table, name="table"),
    re_path(r"^tables/(?P<name>[a-z0-9_]+)/file\.(?P<form>csv|xlsx)$", pages.file, name="file"),
    path("tables/<str:name>/draft", pages_release.draft, name="draft"),
    path("tables/<str:name>/draft/check", pages_release.check, name="check"),
]
