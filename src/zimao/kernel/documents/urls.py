"""Addresses of documents; mounted at the root. ``/verify/<code>`` is printed on paper and never changes."""

from __future__ import annotations

from django.urls import path

from zimao.kernel.documents import pages

app_name = "documents"
urlpatterns = [
    path("verify", pages.verify, name="verify"),
    path("verify/<str:code>", pages.verify_code, name="verify_code"),
    path("documents", pages.mine, name="mine"),
    path("documents/<int:pk>", pages.one, name="one"),
    path("documents/<int:pk>/file", pages.file, name="file"),
    path("documents/<int:pk>/<str:verb>", pages.change, name="change"),
]
