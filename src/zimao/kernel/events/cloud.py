"""CloudEvents 1.0: our message as one, and one as our message."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from cloudevents.conversion import to_structured
from cloudevents.exceptions import GenericException
from cloudevents.http import CloudEvent, from_http
from django.conf import settings

from zimao.kernel.errors import Refused
from zimao.kernel.events.models import Outbox
from zimao.kernel.text import t

__all__ = ["CONTENT_TYPE", "Incoming", "read", "source_of", "structured"]

CONTENT_TYPE = "application/cloudevents+json"
Incoming = CloudEvent


def source_of(zone: str) -> str:
    """The CloudEvents ``source`` of messages that this installation sends for ``zone``."""
    return f"{settings.PUBLIC_URL}/zones/{zone}" if zone else str(settings.PUBLIC_URL)


def structured(message: Outbox) -> bytes:
    """The message in structured JSON mode, the same bytes at every attempt."""
    attributes = {
        "specversion": "1.0",
        "id": str(message.event_id),
        "source": source_of(message.zone),
        "type": message.type,
        "subject": message.subject,
        "time": message.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
    }
    _, body = to_structured(CloudEvent(attributes, json.loads(message.data)))
    return bytes(body)


def read(headers: Mapping[str, str], body: bytes) -> Incoming:
    """A CloudEvent from a request in binary or structured mode; Refused when it is not a CloudEvents 1.0 JSON object.

    What comes back has ``id``, ``source``, ``type`` as non-empty texts and an object as data.
    """
    try:
        event = from_http(dict(headers), body)
    except (GenericException, ValueError, TypeError, AttributeError) as error:
        raise Refused("not_a_cloudevent", t("请求不是 CloudEvents 1.0 消息", "The request is not a CloudEvents 1.0 message")) from error
    _check(event)
    return event


def _check(event: Incoming) -> None:
    attributes: Mapping[str, Any] = event.get_attributes()
    if attributes.get("specversion") != "1.0":
        raise Refused("specversion", t("只接受 CloudEvents 1.0", "Only CloudEvents 1.0 is accepted"), "specversion")
    for name, longest in (("id", 200), ("source", 300), ("type", 120)):
        value = attributes.get(name)
        if not isinstance(value, str) or not value.strip() or len(value) > longest:
            sentence = t("{name} 必须是 1 至 {longest} 个字符的文本", "{name} must be a text of 1 to {longest} characters")
            raise Refused("attribute", sentence.fill(name=name, longest=longest), name)
    subject = attributes.get("subject") or ""
    if not isinstance(subject, str) or len(subject) > 200:
        raise Refused("attribute", t("subject 最多 200 个字符", "subject has at most 200 characters"), "subject")
    if not isinstance(event.get_data(), dict):
        raise Refused("data", t("data 必须是 JSON 对象", "data must be a JSON object"), "data")
