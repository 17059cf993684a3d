"""API of notices for the signed-in user."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from zimao.kernel.errors import NotAllowed
from zimao.kernel.notices import operations, queries
from zimao.kernel.notices.models import Channel, Notice
from zimao.kernel.parties.models import User
from zimao.kernel.text import t
from zimao.kernel.web import act_of, actor_of

__all__ = ["router"]

router = Router(tags=["notices"])


class Words(Schema):
    """One sentence in both languages."""

    zh: str
    en: str


class NoticeOut(Schema):
    """One notice."""

    id: int
    template: str
    title: Words
    body: Words
    subject: str
    link: str
    created_at: datetime
    is_read: bool


class CountOut(Schema):
    """How many notices wait to be read."""

    unread: int


class MarkedOut(Schema):
    """How many notices were marked read."""

    marked: int


class PreferencesBody(Schema):
    """The channels that are wanted beside the inbox."""

    wanted: list[Channel] = Field(max_length=len(Channel))


def _user(request: HttpRequest) -> User:
    actor = actor_of(request)
    if actor.user_id is None:
        raise NotAllowed("anonymous", t("请先登录", "Please sign in first"))
    return User.objects.get(pk=actor.user_id)


@router.get("", response=list[NoticeOut], summary="My notices, newest first")
def list_notices(request: HttpRequest, unread: bool = False, before: int | None = None, limit: int = 50) -> Any:
    """``before`` is the id of the last notice of the page before."""
    user = _user(request)
    found = queries.unread(user) if unread else queries.notices_of(user)
    if before is not None:
        found = found.filter(pk__lt=before)
    return found[: max(1, min(limit, 200))]


@router.get("/unread-count", response=CountOut, summary="How many I have not read")
def unread_count(request: HttpRequest) -> dict[str, int]:
    return {"unread": queries.unread_count(_user(request))}


@router.post("/{int:notice_id}/read", response=NoticeOut, summary="Mark one read")
def mark_read(request: HttpRequest, notice_id: int) -> Notice:
    operations.mark_read(act_of(request), notice_id=notice_id)
    return queries.notices_of(_user(request)).get(pk=notice_id)


@router.post("/read", response=MarkedOut, summary="Mark all read")
def mark_all_read(request: HttpRequest) -> dict[str, int]:
    return {"marked": operations.mark_all_read(act_of(request))}


@router.get("/preferences", response=PreferencesBody, summary="The channels I want")
def get_preferences(request: HttpRequest) -> dict[str, list[Channel]]:
    return {"wanted": [channel for channel, wanted in queries.wanted_channels(_user(request)).items() if wanted]}


@router.put("/preferences", response=PreferencesBody, summary="Choose channels")
def set_preferences(request: HttpRequest, body: PreferencesBody) -> PreferencesBody:
    operations.set_preferences(act_of(request), wanted=[channel.value for channel in body.wanted])
    return body
