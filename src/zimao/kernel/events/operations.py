"""The verbs of events: who outside may listen, who may speak, and what happens to messages that were given up.

The outbox itself is written by :func:`zimao.kernel.events.enqueue` only; nothing here is imported by it.
"""

from __future__ import annotations

import base64
import ipaddress
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction

from zimao.kernel.errors import Conflict, Missing, NotAllowed, Refused
from zimao.kernel.events import policy
from zimao.kernel.events.addresses import check_url, choose
from zimao.kernel.events.models import Delivery, HandlerRun, Inbox, Source, State, Subscription
from zimao.kernel.events.outbox import put
from zimao.kernel.events.patterns import is_pattern, matches_any
from zimao.kernel.journal import Message
from zimao.kernel.operations import Act, operation
from zimao.kernel.text import t

__all__ = [
    "SOURCE_ROLE",
    "create_subscription",
    "disable_source",
    "disable_subscription",
    "enable_subscription",
    "receive",
    "register_source",
    "retry_delivery",
    "retry_run",
    "rotate_secret",
    "skip_delivery",
    "skip_run",
]

ADMIN = ("zone.admin",)
SOURCE_ROLE = "event.source"
_OLD_SECRET_SIGNS_FOR = timedelta(hours=24)


def _new_secret() -> str:
    """32 random bytes in the form that Standard Webhooks prescribes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _name(value: str) -> str:
    found = value.strip()
    if not 1 <= len(found) <= 100:
        raise Refused("name", t("名称须为 1 至 100 个字符", "The name has 1 to 100 characters"), "name")
    return found


def _types(values: Sequence[str]) -> list[str]:
    found = list(dict.fromkeys(value.strip() for value in values if value.strip()))
    if not found:
        raise Refused("types", t("请至少填写一个事件类型", "Give at least one event type"), "types")
    for value in found:
        if not is_pattern(value):
            sentence = t("“{value}”不是事件类型；可写 a.b.c、a.b.* 或 *", "“{value}” is no event type; write a.b.c, a.b.* or *")
            raise Refused("types", sentence.fill(value=value), "types")
    return found


def _url(value: str) -> str:
    """A permitted address. A host name is resolved and checked at every delivery; an address in figures is checked now."""
    host, _, secure = check_url(value)
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        return value
    choose(host, [literal], policy.allowed_networks(), secure=secure)
    return value


def _subscription(act: Act, pk: int) -> Subscription:
    found = Subscription.objects.select_for_update().filter(pk=pk, zone=act.actor.zone).first()
    if found is None:
        raise Missing("subscription", t("未找到该订阅", "There is no such subscription"))
    return found


@operation("events.create_subscription", roles=ADMIN, label=t("新建事件订阅", "Create an event subscription"))
def create_subscription(act: Act, *, name: str, url: str, types: Sequence[str], owner_id: int | None = None) -> Subscription:
    """A webhook of the actor's zone; its secret is in the answer. Refused: name, url, types; Conflict: the name is in use."""
    row = Subscription(
        zone_id=act.actor.zone, name=_name(name), url=_url(url.strip()), types=_types(types), owner_id=owner_id,
        secret=_new_secret(), created=act.at, created_by_id=act.actor.user_id,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("name_taken", t("本片区已有同名订阅", "The zone already has a subscription of this name"), "name") from error
    act.record("events.create_subscription", f"events/subscription/{row.pk}", {"host": urlsplit(row.url).hostname, "types": row.types})
    return row


@operation("events.rotate_secret", roles=ADMIN, label=t("更换订阅密钥", "Change a subscription's secret"))
def rotate_secret(act: Act, *, subscription_id: int) -> Subscription:
    """A new secret; for 24 hours messages carry a signature of the old one as well."""
    row = _subscription(act, subscription_id)
    row.previous_secret, row.previous_until, row.secret = row.secret, act.at + _OLD_SECRET_SIGNS_FOR, _new_secret()
    row.save(update_fields=["previous_secret", "previous_until", "secret"])
    act.record("events.rotate_secret", f"events/subscription/{row.pk}")
    return row


@operation("events.disable_subscription", roles=ADMIN, label=t("停用事件订阅", "Switch a subscription off"))
def disable_subscription(act: Act, *, subscription_id: int) -> Subscription:
    """No new messages for it; those on their way stay and go out when it is switched on again."""
    row = _subscription(act, subscription_id)
    row.active, row.stopped_because = False, "by_admin"
    row.save(update_fields=["active", "stopped_because"])
    act.record("events.disable_subscription", f"events/subscription/{row.pk}")
    return row


@operation("events.enable_subscription", roles=ADMIN, label=t("启用事件订阅", "Switch a subscription on"))
def enable_subscription(act: Act, *, subscription_id: int) -> Subscription:
    """Messages from now on, and those that were on their way."""
    row = _subscription(act, subscription_id)
    row.active, row.stopped_because, row.consecutive_failures, row.resume_at = True, "", 0, None
    row.save(update_fields=["active", "stopped_because", "consecutive_failures", "resume_at"])
    act.record("events.enable_subscription", f"events/subscription/{row.pk}")
    return row


def _dead_delivery(act: Act, pk: int) -> Delivery:
    row = Delivery.objects.select_for_update(of=("self",)).filter(pk=pk, subscription__zone=act.actor.zone).first()
    if row is None:
        raise Missing("delivery", t("未找到该投递", "There is no such delivery"))
    _must_be_dead(row.state)
    return row


def _dead_run(act: Act, pk: int) -> HandlerRun:
    row = HandlerRun.objects.select_for_update(of=("self",)).filter(pk=pk, outbox__zone__in=["", act.actor.zone]).first()
    if row is None:
        raise Missing("run", t("未找到该处理记录", "There is no such handler run"))
    _must_be_dead(row.state)
    return row


def _must_be_dead(state: str) -> None:
    if state != State.DEAD:
        raise Conflict("not_dead", t("该记录已不在停止重试状态，请刷新页面", "It is no longer given up; reload the page"))


@operation("events.retry_delivery", roles=ADMIN, label=t("重试投递", "Retry a delivery"))
def retry_delivery(act: Act, *, delivery_id: int) -> Delivery:
    """Start a given-up delivery again from its first attempt. Conflict when it is not given up."""
    row = _dead_delivery(act, delivery_id)
    row.state, row.attempts, row.next_at = State.PENDING, 0, act.at
    row.save(update_fields=["state", "attempts", "next_at"])
    Subscription.objects.filter(pk=row.subscription_id).update(resume_at=None)
    act.record("events.retry_delivery", f"events/delivery/{row.pk}")
    return row


@operation("events.skip_delivery", roles=ADMIN, label=t("放弃投递", "Drop a delivery"))
def skip_delivery(act: Act, *, delivery_id: int) -> Delivery:
    """Take a given-up delivery off the list. Conflict when it is not given up."""
    row = _dead_delivery(act, delivery_id)
    row.state = State.SKIPPED
    row.save(update_fields=["state"])
    act.record("events.skip_delivery", f"events/delivery/{row.pk}")
    return row


@operation("events.retry_run", roles=ADMIN, label=t("重试处理", "Retry a handler"))
def retry_run(act: Act, *, run_id: int) -> HandlerRun:
    """Start a given-up handler run again. Conflict when it is not given up."""
    row = _dead_run(act, run_id)
    row.state, row.attempts, row.next_at = State.PENDING, 0, act.at
    row.save(update_fields=["state", "attempts", "next_at"])
    act.record("events.retry_run", f"events/run/{row.pk}", {"handler": row.handler})
    return row


@operation("events.skip_run", roles=ADMIN, label=t("跳过处理", "Skip a handler"))
def skip_run(act: Act, *, run_id: int, reason: str) -> HandlerRun:
    """Let later messages of the subject pass without this one. Refused without a reason; Conflict when it is not given up."""
    if not reason.strip():
        raise Refused("reason", t("请说明跳过的理由", "Say why it is skipped"), "reason")
    row = _dead_run(act, run_id)
    row.state, row.done_at = State.SKIPPED, act.at
    row.save(update_fields=["state", "done_at"])
    act.record("events.skip_run", f"events/run/{row.pk}", {"handler": row.handler}, {"reason": reason.strip()})
    return row


@operation("events.register_source", roles=ADMIN, label=t("登记外部事件来源", "Register an outside event source"))
def register_source(act: Act, *, name: str, uri: str, types: Sequence[str], proof: str = "signature") -> Source:
    """A sender whose CloudEvents are taken in; its secret is in the answer. Conflict: the source URI is in use."""
    if proof not in Source.Proof.values:
        raise Refused("proof", t("认证方式须为 signature 或 bearer", "The proof is signature or bearer"), "proof")
    if not 1 <= len(uri.strip()) <= 300:
        raise Refused("uri", t("来源 URI 须为 1 至 300 个字符", "The source URI has 1 to 300 characters"), "uri")
    row = Source(
        zone_id=act.actor.zone, name=_name(name), uri=uri.strip(), proof=proof, types=_types(types), secret=_new_secret(), created=act.at
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("uri_taken", t("该来源 URI 已登记", "This source URI is registered already"), "uri") from error
    act.record("events.register_source", f"events/source/{row.pk}", {"types": row.types, "proof": proof})
    return row


@operation("events.disable_source", roles=ADMIN, label=t("停用外部事件来源", "Switch an event source off"))
def disable_source(act: Act, *, source_id: int) -> Source:
    """Nothing more is taken in from it."""
    row = Source.objects.select_for_update().filter(pk=source_id, zone=act.actor.zone).first()
    if row is None:
        raise Missing("source", t("未找到该来源", "There is no such source"))
    row.active = False
    row.save(update_fields=["active"])
    act.record("events.disable_source", f"events/source/{row.pk}")
    return row


@operation("events.receive", roles=(SOURCE_ROLE,), label=t("接收外部事件", "Take in an outside event"))
def receive(act: Act, *, source: Source, message_id: str, message: Message) -> bool:
    """Take in one message of ``source``; False when it was taken in before. NotAllowed: the source may not send this type.

    The caller has checked the sender's proof. The inbox row and the outbox row are written together.
    """
    if not matches_any(source.types, message.type):
        raise NotAllowed("type", t("该来源未获准发送此类事件", "This source may not send this type"), "type")
    if Inbox.objects.filter(source=source, message_id=message_id).exists():
        return False
    try:
        with transaction.atomic():
            row = put(message, at=act.at, zone=source.zone_id, origin=source.uri)
            row.save(force_insert=True)
            Inbox.objects.create(source=source, message_id=message_id, type=message.type, received_at=act.at, outbox=row)
    except IntegrityError:
        return False  # the same message came twice at once, and the other one was first
    data: Mapping[str, Any] = {"source": source.uri, "id": message_id, "type": message.type}
    act.record("events.receive", f"events/source/{source.pk}", data)
    return True
