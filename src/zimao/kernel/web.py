"""The bridge from a request to an act. Pages and API routes take their actor from here and nowhere else."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone

from zimao.kernel.errors import NotAllowed
from zimao.kernel.operations import Act, Actor
from zimao.kernel.text import t

__all__ = ["act_of", "actor_of", "optional_actor"]


def optional_actor(request: HttpRequest) -> Actor | None:
    """The signed-in actor in the zone that is switched on, or None."""
    return getattr(request, "actor", None)


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in actor; NotAllowed when nobody is signed in."""
    actor = optional_actor(request)
    if actor is None:
        raise NotAllowed("anonymous", t("请先登录", "Please sign in first"))
    return actor


def act_of(request: HttpRequest) -> Act:
    """An act of the signed-in actor now, with the idempotency key of the header ``Idempotency-Key`` or the form field ``_key``."""
    key = request.headers.get("Idempotency-Key") or request.POST.get("_key", "")
    return Act(actor_of(request), timezone.now(), key[:100])
