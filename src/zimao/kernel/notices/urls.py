"""Addresses of notices; mounted at the root."""

from __future__ import annotations

from django.urls import path

from zimao.kernel.notices import pages

app_name = "notices"
urlpatterns = [
    path("notices", pages.index, name="index"),
    path("notices/bell", pages.bell, name="bell"),
    path("notices/read", pages.mark_all_read, name="mark_all_read"),
    path("notices/<int:pk>/read", pages.mark_read, name="mark_read"),
    path("notices/preferences", pages.preferences, name="preferences"),
    path("notices/hook", pages.save_hook, name="save_hook"),
    path("notices/hook/remove", pages.remove_hook, name="remove_hook"),
    path("notices/stuck", pages.stuck, name="stuck"),
    path("notices/stuck/<int:pk>/retry", pages.retry, name="retry"),
    path("notices/sms-receipts", pages.sms_receipts, name="sms_receipts"),
]
