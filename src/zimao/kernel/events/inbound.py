"""POST /events: CloudEvents from registered sources, proved by a signature or a token."""

from __future__ import annotations

import hmac
from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from zimao.kernel.errors import NotAllowed, Refused, ZimaoError
from zimao.kernel.events import policy
from zimao.kernel.events.cloud import read
from zimao.kernel.events.models import Source
from zimao.kernel.events.operations import SOURCE_ROLE, receive
from zimao.kernel.journal import Message
from zimao.kernel.operations import Act, Actor
from zimao.kernel.text import t

__all__ = ["take_in"]


def take_in(request: HttpRequest) -> HttpResponse:
    """202 for a message taken in, 200 for one that had been taken in before, else an RFC 9457 problem document."""
    try:
        taken = _take_in(request, timezone.now())
    except ZimaoError as error:
        return JsonResponse(error.as_problem("en"), status=error.status, content_type="application/problem+json")
    return JsonResponse({"status": "accepted" if taken else "duplicate"}, status=202 if taken else 200)


def _take_in(request: HttpRequest, now: datetime) -> bool:
    if int(request.headers.get("Content-Length") or 0) > policy.max_bytes() or len(request.body) > policy.max_bytes():
        raise Refused("too_large", t("消息过大", "The message is too large"))
    event = read(request.headers, request.body)
    source = _proved_source(request, event["source"])
    actor = Actor(None, source.owner_id, source.zone_id, frozenset({SOURCE_ROLE}), source.name)
    message = Message(event["type"], str(event.get("subject") or ""), event.get_data() or {})
    return receive(Act(actor, now), source=source, message_id=event["id"], message=message)


def _proved_source(request: HttpRequest, uri: str) -> Source:
    """The registered source that the message names, when the request proves to come from it.

    One answer for an unknown source and for a wrong proof, so that sources cannot be found out by trying.
    """
    source = Source.objects.filter(uri=uri, active=True).first()
    if source is None or not _is_proved(request, source):
        raise NotAllowed("source", t("来源未登记或认证失败", "The source is not registered or its proof is wrong"))
    return source


def _is_proved(request: HttpRequest, source: Source) -> bool:
    if source.proof == Source.Proof.BEARER:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), source.secret.encode())
    try:
        Webhook(source.secret).verify(request.body, dict(request.headers), json_parse=False)
    except (WebhookVerificationError, ValueError):  # ValueError: a signature line that is not "version,base64"
        return False
    return True
