"""The decisions app: templates of its pages. It has no tables."""

from __future__ import annotations

from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    """Decision tables."""

    name = "zimao.kernel.decisions"
    label = "decisions"
