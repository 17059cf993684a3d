"""POST /notices/sms-receipts: the SMS gateway says what became of a message. Signed as Standard Webhooks prescribe."""

from __future__ import annotations

import json
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from standardwebhooks import Webhook, WebhookVerificationError

from zimao.kernel.errors import NotAllowed, Refused, ZimaoError
from zimao.kernel.notices.operations import GATEWAY_ROLE, record_receipt
from zimao.kernel.operations import Act, Actor
from zimao.kernel.text import t

__all__ = ["take_in_receipt"]

_LARGEST = 16 * 1024


def take_in_receipt(request: HttpRequest) -> HttpResponse:
    """200 for a receipt that is genuine, whether it is news or not; else an RFC 9457 problem document."""
    try:
        news = _take_in(request, timezone.now())
    except ZimaoError as error:
        return JsonResponse(error.as_problem("en"), status=error.status, content_type="application/problem+json")
    return JsonResponse({"recorded": news})


def _take_in(request: HttpRequest, now: datetime) -> bool:
    if len(request.body) > _LARGEST:
        raise Refused("too_large", t("回执过大", "The receipt is too large"))
    try:
        if not settings.SMS_GATEWAY_SECRET:
            raise WebhookVerificationError("no secret is set")
        Webhook(settings.SMS_GATEWAY_SECRET).verify(request.body, dict(request.headers), json_parse=False)
    except (WebhookVerificationError, ValueError) as error:
        raise NotAllowed("signature", t("回执签名无效", "The receipt's signature is wrong")) from error
    key, delivered, at = _parse(request.body, now)
    actor = Actor(None, None, "", frozenset({GATEWAY_ROLE}), "SMS gateway")
    return record_receipt(Act(actor, now), key=key, delivered=delivered, at=at)


def _parse(body: bytes, now: datetime) -> tuple[str, bool, datetime]:
    try:
        found = json.loads(body)
        key, status = str(found["key"]), found["status"]
        at = parse_datetime(str(found.get("at", ""))) or now
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused("receipt", t("回执格式不正确", "The receipt is malformed")) from error
    if status not in {"delivered", "undelivered"} or timezone.is_naive(at):
        raise Refused("receipt", t("回执格式不正确", "The receipt is malformed"))
    return key, status == "delivered", at
