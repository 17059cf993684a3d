"""The ways out: e-mail, SMS gateway, webhook. Each takes one sending and answers the counterpart's number for it.

UnsentError     nothing has left and another attempt may help
RefusalError    the counterpart will not take it, however often it is asked
DoubtError      it may have left; only raised by a channel whose counterpart cannot recognise a repetition
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import httpx
from cloudevents.conversion import to_structured
from cloudevents.http import CloudEvent
from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from zimao.kernel.events import Letter, Receipt, post_all
from zimao.kernel.notices.models import Channel, Hook, Sending
from zimao.kernel.notices.wording import outside_body, outside_title, sms_text

__all__ = ["CHANNELS", "DoubtError", "RefusalError", "UnsentError", "Way"]

_SMS_TIMEOUT = 10.0
_PERHAPS_LATER = frozenset({408, 409, 425, 429})


class UnsentError(Exception):
    """Nothing has left; another attempt may help."""


class RefusalError(Exception):
    """The counterpart will not take it."""


class DoubtError(Exception):
    """It may have left."""


class Way(NamedTuple):
    """A channel: how it sends, and whether its counterpart recognises a repetition by the sending's key."""

    send: Callable[[Sending, datetime], str]
    recognises: bool


def _link(sending: Sending) -> str:
    return f"{settings.PUBLIC_URL}{sending.notice.link or '/notices'}"


def _language(sending: Sending) -> str:
    """The reader's language; Chinese for a notice to a party."""
    return sending.notice.user.language if sending.notice.user else "zh"


def send_email(sending: Sending, now: datetime) -> str:
    """By Django's mail backend; the Message-ID is made of the sending's key. SMTP cannot recognise a repetition."""
    notice, language = sending.notice, _language(sending)
    if not notice.party.email:
        raise RefusalError("the party has no e-mail address any more")
    message_id = f"<{sending.key}@{httpx.URL(settings.PUBLIC_URL).host}>"
    message = EmailMessage(
        outside_title(notice.headline.into(language)),
        outside_body(notice.headline, notice.subject, _link(sending), language),
        to=[notice.party.email],
        headers={"Message-ID": message_id, "Auto-Submitted": "auto-generated"},
    )
    connection = get_connection(fail_silently=False)
    try:
        connection.open()
    except OSError as error:
        raise UnsentError(f"{type(error).__name__}: {error}") from error
    try:
        connection.send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        raise RefusalError("the mail server refuses the address") from error
    except smtplib.SMTPResponseException as error:
        raise (UnsentError if 400 <= error.smtp_code < 500 else RefusalError)(f"SMTP {error.smtp_code}") from error
    except OSError as error:  # broken off within the exchange: the server may have taken the message
        raise DoubtError(f"{type(error).__name__}: {error}") from error
    finally:
        _close(connection.close)
    return message_id


def _close(close: Callable[[], object]) -> None:
    try:
        close()
    except OSError:
        return  # the message is settled already; a farewell that fails changes nothing


def send_sms(sending: Sending, now: datetime) -> str:
    """To the SMS gateway: JSON over HTTP, with the sending's key as idempotency key. The delivery receipt comes later."""
    notice = sending.notice
    if not notice.party.phone:
        raise RefusalError("the party has no telephone number any more")
    body = {"to": notice.party.phone, "text": sms_text(notice.headline, notice.subject, _link(sending), _language(sending))}
    headers = {"Authorization": f"Bearer {settings.SMS_GATEWAY_TOKEN}", "Idempotency-Key": sending.key}
    try:
        answer = httpx.post(f"{settings.SMS_GATEWAY_URL}/v1/messages", json=body, headers=headers, timeout=_SMS_TIMEOUT, trust_env=False)
    except httpx.HTTPError as error:  # the gateway knows the key, so trying again is safe even if it had taken the message
        raise UnsentError(f"{type(error).__name__}: {error}") from error
    if answer.is_success:
        return _message_id(answer)
    if 400 <= answer.status_code < 500 and answer.status_code not in _PERHAPS_LATER:
        raise RefusalError(f"HTTP {answer.status_code}")
    raise UnsentError(f"HTTP {answer.status_code}")


def _message_id(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["id"])[:200]
    except (ValueError, KeyError, TypeError) as error:
        raise UnsentError("the gateway's answer has no message id") from error


def send_webhook(sending: Sending, now: datetime) -> str:
    """To the party's webhook, as a signed CloudEvent with the sending's key as its id."""
    notice = sending.notice
    hook = Hook.objects.filter(party=notice.party_id).first()
    if hook is None:
        raise RefusalError("the party has no webhook any more")
    attributes = {
        "specversion": "1.0",
        "id": sending.key,
        "source": f"{settings.PUBLIC_URL}/notices",
        "type": "notices.created",
        "subject": notice.subject or notice.template,
        "time": notice.created_at.astimezone(UTC).isoformat(),
        "datacontenttype": "application/json",
    }
    data = {"template": notice.template, "headline": {"zh": notice.headline_zh, "en": notice.headline_en}, "link": _link(sending)}
    _, body = to_structured(CloudEvent(attributes, data))
    letter = Letter(sending.key, hook.url, bytes(body), (hook.secret,), "application/cloudevents+json")
    receipt: Receipt = post_all([[letter]], now)[0][0]
    if receipt.accepted:
        return ""
    if receipt.code == 410:
        raise RefusalError("HTTP 410: the receiver asks not to be called again")
    raise UnsentError(receipt.error)


CHANNELS: Mapping[str, Way] = {
    Channel.EMAIL.value: Way(send_email, recognises=False),
    Channel.SMS.value: Way(send_sms, recognises=True),
    Channel.WEBHOOK.value: Way(send_webhook, recognises=True),
}
