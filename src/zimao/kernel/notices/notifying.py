"""Telling somebody something, as part of an operation."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.db import transaction

from zimao.kernel.notices.models import Channel, Hook, Notice, Preference, Sending
from zimao.kernel.notices.wording import NoticeTemplate
from zimao.kernel.operations import Act
from zimao.kernel.parties.models import Party, User

__all__ = ["NOTIFIED", "notify"]

NOTIFIED = "notices.notified"


def notify(
    act: Act,
    *,
    to: Party | User,
    template: NoticeTemplate,
    dedupe: str,
    values: Mapping[str, object] | None = None,
    link: str = "",
    subject: str = "",
) -> Notice:
    """Put a notice in the inbox of ``to`` and on its way on every channel that is wanted and has an address.

    Called inside an operation, so the notice is there when, and only when, what it speaks of is. ``dedupe`` names the
    occasion: a second call with it answers the first notice and sends nothing. ``link`` is a path of this platform;
    ``subject`` the case number. RuntimeError outside a transaction, ValueError for another kind of link, KeyError when a
    value of the template is missing. The evidence log gets the template, the subject and a salted hash of the words.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a notice is written inside the transaction of what it speaks of")
    if link and (not link.startswith("/") or link.startswith("//")):
        raise ValueError(f"a notice links to a path of this platform, not to {link!r}")
    title, body, headline = template.fill(values or {}, subject)
    user, party_id = (to, to.party_id) if isinstance(to, User) else (None, to.pk)
    words = {
        "title_zh": title.zh, "title_en": title.en, "body_zh": body.zh, "body_en": body.en,
        "headline_zh": headline.zh, "headline_en": headline.en,
    }  # fmt: skip
    notice, made = Notice.objects.get_or_create(
        dedupe=dedupe,
        defaults={
            "user": user, "party_id": party_id, "zone": act.actor.zone, "service": template.service, "template": template.key,
            "link": link, "subject": subject, "created_at": act.at, **words,
        },
    )  # fmt: skip
    if made:
        channels = [channel for channel in _channels(notice) if channel in template.channels]
        Sending.objects.bulk_create([Sending(notice=notice, channel=channel, next_at=act.at) for channel in channels])
        data = {"template": template.key, "case": subject, "channels": channels}
        act.record(NOTIFIED, f"notices/{notice.pk}", data, {"title": title.zh, "body": body.zh})
    return notice


def _channels(notice: Notice) -> list[str]:
    """The channels that exist here, have an address and are wanted; a party's is wanted while one of its users wants it."""
    party = notice.party
    reachable = {
        Channel.EMAIL: bool(party.email),
        Channel.SMS: bool(party.phone) and bool(settings.SMS_GATEWAY_URL),
        Channel.WEBHOOK: Hook.objects.filter(party=party).exists(),
    }
    users = [notice.user_id] if notice.user_id else list(User.objects.filter(party=party, is_active=True).values_list("pk", flat=True))
    unwanted = set(Preference.objects.filter(user__in=users, wanted=False).values_list("user_id", "channel"))
    return [
        channel.value
        for channel, is_reachable in reachable.items()
        if is_reachable and (not users or any((user, channel.value) not in unwanted for user in users))
    ]
