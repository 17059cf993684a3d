"""The inbox, the bell, the choice of channels."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from zimao.kernel.errors import NotAllowed, Refused
from zimao.kernel.notices import operations, queries
from zimao.kernel.notices.receipts import take_in_receipt
from zimao.kernel.parties.models import User
from zimao.kernel.text import Text, t
from zimao.kernel.web import act_of, actor_of, optional_actor

__all__ = ["bell", "index", "mark_all_read", "mark_read", "preferences", "remove_hook", "retry", "save_hook", "sms_receipts", "stuck"]

_PAGE = 20


def _user(request: HttpRequest) -> User:
    actor = actor_of(request)
    if actor.user_id is None:
        raise NotAllowed("anonymous", t("请先登录", "Please sign in first"))
    return User.objects.get(pk=actor.user_id)


def _say(request: HttpRequest, sentence: Text) -> None:
    messages.success(request, sentence.into(get_language() or "zh"))


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The user's notices, newest first; ``?unread=1`` only the new ones."""
    user = _user(request)
    only_unread = request.GET.get("unread") == "1"
    found = queries.unread(user) if only_unread else queries.notices_of(user)
    page = Paginator(found, _PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "only_unread": only_unread, "unread": queries.unread_count(user), "key": uuid.uuid4().hex}
    return render(request, "notices/index.html", context)


@require_GET
def bell(request: HttpRequest) -> HttpResponse:
    """The bell with its number, for HTMX to fetch; empty when nobody is signed in."""
    if optional_actor(request) is None:
        return HttpResponse("")
    response = render(request, "notices/_bell.html", {"unread": queries.unread_count(_user(request))})
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def mark_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one read; then its row for HTMX, its link with ``then=open``, else the list."""
    notice = operations.mark_read(act_of(request), notice_id=pk)
    if request.headers.get("HX-Request"):
        row = queries.notices_of(_user(request)).get(pk=notice.pk)
        response = render(request, "notices/_notice.html", {"notice": row})
        response["HX-Trigger"] = "notices-changed"
        return response
    return redirect(notice.link if request.POST.get("then") == "open" and notice.link else "notices:index")


@require_POST
def mark_all_read(request: HttpRequest) -> HttpResponse:
    """Mark every notice read."""
    operations.mark_all_read(act_of(request))
    return redirect("notices:index")


def _preferences(request: HttpRequest, *, status: int = 200, **extra: Any) -> HttpResponse:
    user = _user(request)
    hook = queries.hook_of(user)
    context = {
        "wanted": queries.wanted_channels(user),
        "hook": hook,
        "hook_url": hook.url if hook else "",
        "has_email": bool(user.party.email),
        "has_phone": bool(user.party.phone),
        "key": uuid.uuid4().hex,
    }
    return render(request, "notices/preferences.html", context | extra, status=status)


def preferences(request: HttpRequest) -> HttpResponse:
    """The channels the user wants."""
    if request.method != "POST":
        return _preferences(request)
    operations.set_preferences(act_of(request), wanted=request.POST.getlist("wanted"))
    _say(request, t("通知方式已保存", "Your choice is saved"))
    return redirect("notices:preferences")


@require_POST
def save_hook(request: HttpRequest) -> HttpResponse:
    """Set the webhook of the user's party and show its secret this once."""
    url = request.POST.get("url", "")
    try:
        hook = operations.set_hook(act_of(request), url=url)
    except Refused as refused:
        return _preferences(request, status=refused.status, hook_problem=refused.sentence, hook_url=url)
    return _preferences(request, shown_secret=hook.secret)


@require_POST
def remove_hook(request: HttpRequest) -> HttpResponse:
    """Remove the webhook of the user's party."""
    operations.remove_hook(act_of(request))
    _say(request, t("Webhook 已取消", "The webhook is removed"))
    return redirect("notices:preferences")


@require_GET
def stuck(request: HttpRequest) -> HttpResponse:
    """For the zone's administrator: what could not be sent."""
    actor = actor_of(request)
    if not actor.has("zone.admin"):
        raise NotAllowed("role", t("仅片区管理员可查看发送记录", "Only a zone administrator may see sendings"))
    context = {"page": Paginator(queries.stuck_sendings(actor.zone), _PAGE).get_page(request.GET.get("page")), "key": uuid.uuid4().hex}
    return render(request, "notices/stuck.html", context)


@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a stuck one again."""
    operations.retry_sending(act_of(request), sending_id=pk)
    _say(request, t("已重新安排发送", "It is scheduled to be sent again"))
    return redirect("notices:stuck")


@csrf_exempt  # carries its own signature, never a session
@require_POST
def sms_receipts(request: HttpRequest) -> HttpResponse:
    """The SMS gateway's delivery receipts."""
    return take_in_receipt(request)
