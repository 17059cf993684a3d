"""The verbs of notices: reading them, choosing channels, mending what did not go out, taking in delivery receipts."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from zimao.kernel.errors import Conflict, Missing, NotAllowed, Refused
from zimao.kernel.events import check_url
from zimao.kernel.notices import queries
from zimao.kernel.notices.models import Channel, Hook, Notice, Preference, Reading, Sending
from zimao.kernel.operations import Act, operation
from zimao.kernel.parties.models import User
from zimao.kernel.text import t

__all__ = [
    "GATEWAY_ROLE",
    "mark_all_read",
    "mark_read",
    "record_receipt",
    "remove_hook",
    "retry_sending",
    "set_hook",
    "set_preferences",
]

EVERYONE = ("user",)
GATEWAY_ROLE = "sms.gateway"


def _user(act: Act) -> User:
    if act.actor.user_id is None:
        raise NotAllowed("anonymous", t("请先登录", "Please sign in first"))
    return User.objects.get(pk=act.actor.user_id)


@operation("notices.mark_read", roles=EVERYONE, label=t("阅读通知", "Read a notice"))
def mark_read(act: Act, *, notice_id: int) -> Notice:
    """The actor has read one of the own notices; a second reading changes nothing. Missing when it is not theirs."""
    user = _user(act)
    notice = queries.notices_of(user, timezone.localdate(act.at)).filter(pk=notice_id).first()
    if notice is None:
        raise Missing("notice", t("未找到该通知", "There is no such notice"))
    _, made = Reading.objects.get_or_create(notice=notice, user=user, defaults={"read_at": act.at})
    if made:
        act.record("notices.mark_read", f"notices/{notice.pk}")
    return notice


@operation("notices.mark_all_read", roles=EVERYONE, label=t("全部标为已读", "Mark every notice read"))
def mark_all_read(act: Act) -> int:
    """The actor has read every notice there is; how many were new."""
    user = _user(act)
    unread = list(queries.unread(user, timezone.localdate(act.at)).values_list("pk", flat=True))
    Reading.objects.bulk_create([Reading(notice_id=pk, user=user, read_at=act.at) for pk in unread], ignore_conflicts=True)
    for pk in unread:
        act.record("notices.mark_read", f"notices/{pk}")
    return len(unread)


@operation("notices.set_preferences", roles=EVERYONE, label=t("设置通知方式", "Choose notice channels"))
def set_preferences(act: Act, *, wanted: Iterable[str]) -> None:
    """The channels the actor wants from now on; the inbox cannot be switched off. Refused: an unknown channel."""
    user, chosen = _user(act), set(wanted)
    if chosen - set(Channel.values):
        raise Refused("channel", t("未知的通知方式", "Unknown notice channel"), "wanted")
    for channel in Channel.values:
        Preference.objects.update_or_create(user=user, channel=channel, defaults={"wanted": channel in chosen})
    act.record("notices.set_preferences", f"users/{user.pk}", {"channels": sorted(chosen)})


@operation("notices.set_hook", roles=EVERYONE, label=t("设置通知 Webhook", "Set the notice webhook"))
def set_hook(act: Act, *, url: str) -> Hook:
    """The webhook of the actor's own party, with a new secret (in the answer). Refused: not an https address."""
    _, _, secure = check_url(url.strip())
    if not secure or len(url.strip()) > 500:
        raise Refused(
            "url", t("地址须以 https:// 开头，最多 500 个字符", "The address starts with https:// and has at most 500 characters"), "url"
        )
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    defaults = {"url": url.strip(), "secret": secret, "created_at": act.at}
    hook, _ = Hook.objects.update_or_create(party_id=_user(act).party_id, defaults=defaults)
    act.record("notices.set_hook", f"parties/{hook.party_id}")
    return hook


@operation("notices.remove_hook", roles=EVERYONE, label=t("取消通知 Webhook", "Remove the notice webhook"))
def remove_hook(act: Act) -> None:
    """No webhook for the actor's own party any more."""
    party_id = _user(act).party_id
    if Hook.objects.filter(party=party_id).delete()[0]:
        act.record("notices.remove_hook", f"parties/{party_id}")


@operation("notices.retry_sending", roles=("zone.admin",), label=t("重新发送通知", "Send a notice again"))
def retry_sending(act: Act, *, sending_id: int) -> Sending:
    """Start a given-up or unknown sending again; the administrator answers for a possible repetition of an unknown one."""
    row = Sending.objects.select_for_update(of=("self",)).filter(pk=sending_id, notice__zone=act.actor.zone).first()
    if row is None:
        raise Missing("sending", t("未找到该发送记录", "There is no such sending"))
    if row.state not in {Sending.State.DEAD, Sending.State.UNKNOWN}:
        raise Conflict("not_stuck", t("该通知已在发送或已发出，请刷新页面", "It is on its way or sent; reload the page"))
    act.record("notices.retry_sending", f"notices/{row.notice_id}", {"channel": row.channel, "was": row.state})
    row.state, row.attempts, row.next_at, row.leased_until = Sending.State.PENDING, 0, act.at, None
    row.save(update_fields=["state", "attempts", "next_at", "leased_until"])
    return row


@operation("notices.record_receipt", roles=(GATEWAY_ROLE,), label=t("登记短信回执", "Record an SMS receipt"))
def record_receipt(act: Act, *, key: str, delivered: bool, at: datetime) -> bool:
    """What became of an SMS, said by the gateway; False when it is unknown here or was recorded before."""
    parts = key.split("-")
    if len(parts) != 3 or parts[0] != "notice" or parts[2] != Channel.SMS or not parts[1].isdecimal():
        return False
    row = Sending.objects.select_for_update(of=("self",)).filter(notice=int(parts[1][:18]), channel=Channel.SMS).first()
    if row is None or row.state == Sending.State.DELIVERED:
        return False
    if delivered:
        row.state, row.delivered_at, row.error = Sending.State.DELIVERED, at, ""
    else:
        row.state, row.error = Sending.State.DEAD, "the gateway could not deliver it"
    row.save(update_fields=["state", "delivered_at", "error"])
    act.record("notices.record_receipt", f"notices/{row.notice_id}", {"delivered": delivered})
    return True
