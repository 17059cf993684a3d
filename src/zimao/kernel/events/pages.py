"""The page of events for a zone's administrator, and the address where outside sources deliver."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from zimao.kernel.errors import NotAllowed, ZimaoError
from zimao.kernel.events import operations, queries
from zimao.kernel.events.inbound import take_in
from zimao.kernel.text import Text, t
from zimao.kernel.web import act_of, actor_of

__all__ = [
    "create_source",
    "create_subscription",
    "delivery_action",
    "index",
    "run_action",
    "source_action",
    "subscription_action",
]

_SHOWN = 50


@csrf_exempt  # a POST here carries its own proof (signature or token), never a session
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """GET: the administrator's page. POST: a CloudEvent from a registered source."""
    return take_in(request) if request.method == "POST" else _page(request)


def _page(request: HttpRequest, *, status: int = 200, **extra: Any) -> HttpResponse:
    actor = actor_of(request)
    if not actor.has("zone.admin"):
        raise NotAllowed("role", t("仅片区管理员可查看事件", "Only a zone administrator may see events"))
    context = {
        "subscriptions": queries.subscriptions(actor.zone),
        "sources": queries.sources(actor.zone),
        "dead_deliveries": queries.dead_deliveries(actor.zone)[:_SHOWN],
        "dead_runs": queries.dead_runs(actor.zone)[:_SHOWN],
        "deliveries": queries.deliveries(actor.zone)[:_SHOWN],
        "waiting": queries.waiting(actor.zone),
        "late_jobs": queries.late_jobs(timezone.now()),
        "key": uuid.uuid4().hex,
    }
    return render(request, "events/index.html", context | extra, status=status)


def _words(value: str) -> list[str]:
    return re.split(r"[\s,，;；]+", value.strip())


def _tried(request: HttpRequest, form: str, create: Callable[[], Any]) -> HttpResponse:
    """The page with the new secret, or with the form as it was filled in and what is wrong beside each field."""
    try:
        made = create()
    except ZimaoError as error:
        problems = {problem.field: problem.sentence for problem in error.problems}
        return _page(request, status=error.status, **{f"{form}_form": request.POST, f"{form}_problems": problems})
    return _page(request, shown_secret=made.secret, shown_name=made.name)


@require_POST
def create_subscription(request: HttpRequest) -> HttpResponse:
    """Make a subscription and show its secret this once."""
    form = request.POST
    return _tried(
        request,
        "subscription",
        lambda: operations.create_subscription(
            act_of(request), name=form.get("name", ""), url=form.get("url", ""), types=_words(form.get("types", ""))
        ),
    )


@require_POST
def create_source(request: HttpRequest) -> HttpResponse:
    """Register a sender and show its secret this once."""
    form = request.POST
    return _tried(
        request,
        "source",
        lambda: operations.register_source(
            act_of(request),
            name=form.get("name", ""),
            uri=form.get("uri", ""),
            types=_words(form.get("types", "")),
            proof=form.get("proof", "signature"),
        ),
    )


def _done(request: HttpRequest, sentence: Text) -> HttpResponse:
    messages.success(request, sentence.into(get_language() or "zh"))
    return redirect("events:index")


@require_POST
def subscription_action(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Change the secret, switch off, switch on."""
    if action == "rotate":
        return _tried(request, "subscription", lambda: operations.rotate_secret(act_of(request), subscription_id=pk))
    if action == "disable":
        operations.disable_subscription(act_of(request), subscription_id=pk)
        return _done(request, t("订阅已停用", "The subscription is off"))
    operations.enable_subscription(act_of(request), subscription_id=pk)
    return _done(request, t("订阅已启用", "The subscription is on"))


@require_POST
def source_action(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch a sender off."""
    operations.disable_source(act_of(request), source_id=pk)
    return _done(request, t("来源已停用", "The source is off"))


@require_POST
def delivery_action(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Try a given-up delivery again, or drop it."""
    if action == "retry":
        operations.retry_delivery(act_of(request), delivery_id=pk)
        return _done(request, t("已重新安排投递", "The delivery is scheduled again"))
    operations.skip_delivery(act_of(request), delivery_id=pk)
    return _done(request, t("已放弃该投递", "The delivery is dropped"))


@require_POST
def run_action(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Try a given-up handler again, or let its message be skipped."""
    if action == "retry":
        operations.retry_run(act_of(request), run_id=pk)
        return _done(request, t("已重新安排处理", "The handler is scheduled again"))
    operations.skip_run(act_of(request), run_id=pk, reason=request.POST.get("reason", ""))
    return _done(request, t("已跳过该消息", "The message is skipped"))
