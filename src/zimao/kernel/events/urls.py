"""Addresses of events; mounted at the root."""

from __future__ import annotations

from django.urls import path, re_path

from zimao.kernel.events import pages

app_name = "events"
urlpatterns = [
    path("events", pages.index, name="index"),
    path("events/subscriptions", pages.create_subscription, name="create_subscription"),
    re_path(
        r"^events/subscriptions/(?P<pk>\d{1,18})/(?P<action>rotate|disable|enable)$", pages.subscription_action, name="subscription_action"
    ),
    path("events/sources", pages.create_source, name="create_source"),
    path("events/sources/<int:pk>/disable", pages.source_action, name="source_action"),
    re_path(r"^events/deliveries/(?P<pk>\d{1,18})/(?P<action>retry|skip)$", pages.delivery_action, name="delivery_action"),
    re_path(r"^events/runs/(?P<pk>\d{1,18})/(?P<action>retry|skip)$", pages.run_action, name="run_action"),
]
