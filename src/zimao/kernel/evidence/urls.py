"""Addresses of the evidence page, below the root."""

from django.urls import path

from zimao.kernel.evidence import pages

urlpatterns = [path("evidence", pages.home, name="evidence")]
