"""What a user has been told, and how the sending goes."""

from __future__ import annotations

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from zimao.kernel.notices.models import Channel, Hook, Notice, Preference, Reading, Sending
from zimao.kernel.parties.models import Mandate, User

__all__ = ["hook_of", "notices_of", "stuck_sendings", "unread", "unread_count", "wanted_channels"]


def notices_of(user: User, on: date | None = None) -> QuerySet[Notice]:
    """The user's notices, newest first, with ``is_read``.

    Those to the user; those to the user's party; those to a party that has given the user's party a mandate for the
    notice's service that is valid ``on`` that day (today when not given).
    """
    day = on or timezone.localdate()
    mandates = Mandate.objects.filter(
        principal=OuterRef("party"), agent=user.party_id, valid_from__lte=day, valid_to__gte=day
    ).filter(Q(service="*") | Q(service=OuterRef("service")))  # fmt: skip
    mine = Q(user=user) | Q(user=None) & (Q(party=user.party_id) | Exists(mandates))
    return Notice.objects.filter(mine).annotate(is_read=_is_read_by(user)).order_by("-id")


def unread(user: User, on: date | None = None) -> QuerySet[Notice]:
    """The user's notices that the user has not read."""
    return notices_of(user, on).exclude(_is_read_by(user))


def _is_read_by(user: User) -> Exists:
    return Exists(Reading.objects.filter(notice=OuterRef("pk"), user=user))


def unread_count(user: User, on: date | None = None) -> int:
    """How many notices wait to be read, for the bell."""
    return unread(user, on).count()


def wanted_channels(user: User) -> dict[Channel, bool]:
    """Every channel with whether the user wants it."""
    said = dict(Preference.objects.filter(user=user).values_list("channel", "wanted"))
    return {channel: said.get(channel.value, True) for channel in Channel}


def hook_of(user: User) -> Hook | None:
    """The webhook of the user's party, if it has one."""
    return Hook.objects.filter(party=user.party_id).first()


def stuck_sendings(zone: str) -> QuerySet[Sending]:
    """Sendings of the zone that were given up or whose outcome is unknown, oldest first."""
    stuck = Sending.objects.filter(state__in=[Sending.State.DEAD, Sending.State.UNKNOWN], notice__zone=zone)
    return stuck.select_related("notice").order_by("id")
