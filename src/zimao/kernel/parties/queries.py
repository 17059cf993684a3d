"""Reads that are more than a get: masked parties, members, mandates, access records, tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from zimao.kernel.parties.fields import blind_indexes, mask
from zimao.kernel.parties.identifiers import normalised
from zimao.kernel.parties.models import AccessRecord, ApiToken, Mandate, Membership, Party, Unit, User, Zone

__all__ = [
    "MaskedParty",
    "looks_at",
    "looks_in",
    "mandates_given",
    "mandates_held",
    "masked",
    "members",
    "officers_with",
    "party_with",
    "tokens_of",
    "units_in",
    "zone_names",
]


@dataclass(frozen=True, slots=True)
class MaskedParty:
    """A party for lists and logs. An enterprise's name and code are public registers' data and stay readable."""

    id: int
    kind: str
    name: str
    name_en: str
    scheme: str
    identifier: str
    phone: str
    email: str


def masked(party: Party) -> MaskedParty:
    """``party`` with what is personal hidden in the middle: 张三丰 → 张*丰, 350102199003070012 → 350*************12."""
    private = party.kind == Party.Kind.PERSON
    return MaskedParty(
        id=party.pk,
        kind=party.kind,
        name=_masked_name(party.name) if private else party.name,
        name_en="" if private else party.name_en,
        scheme=party.scheme,
        identifier=mask(party.identifier) if private else party.identifier,
        phone=mask(party.phone),
        email=_masked_email(party.email),
    )


def _masked_name(name: str) -> str:
    return mask(name, keep_start=1, keep_end=1) if len(name) > 2 else mask(name)


def _masked_email(email: str) -> str:
    local, at, host = email.partition("@")
    return mask(local, keep_start=1, keep_end=0) + at + host


def party_with(scheme: str, identifier: str) -> Party | None:
    """The party that has this identifier, also while keys are being changed."""
    return Party.objects.filter(scheme=scheme, identifier_index__in=blind_indexes(normalised(identifier))).first()


def members(zone: str, day: date) -> QuerySet[Membership]:
    """Who holds which role in a zone on a day or will, by role and sign-in name."""
    rows = Membership.objects.filter(zone_id=zone).exclude(valid_to__lt=day)
    return rows.select_related("user__party", "unit").order_by("role", "user__username", "valid_from")


def officers_with(role: str, zone: str, day: date) -> QuerySet[User]:
    """The active users who hold a role in a zone on a day."""
    held = Membership.objects.valid_on(day).filter(role=role, zone_id=zone).values("user_id")
    return User.objects.filter(pk__in=held, is_active=True).select_related("party").order_by("username")


def units_in(zone: str) -> QuerySet[Unit]:
    """The desks of a zone."""
    return Unit.objects.filter(zone_id=zone).order_by("code")


def mandates_given(party: int) -> QuerySet[Mandate]:
    """Mandates that a party has given, the latest first."""
    return Mandate.objects.filter(principal_id=party).select_related("agent").order_by("-valid_to", "-pk")


def mandates_held(party: int) -> QuerySet[Mandate]:
    """Mandates that a party holds for others, the latest first."""
    return Mandate.objects.filter(agent_id=party).select_related("principal").order_by("-valid_to", "-pk")


def looks_at(party: int) -> QuerySet[AccessRecord]:
    """Who looked at a party's personal data, the latest first."""
    return AccessRecord.objects.filter(party_id=party).select_related("user", "zone", "party").order_by("-at", "-pk")


def looks_in(zone: str) -> QuerySet[AccessRecord]:
    """Every look at personal data in a zone, the latest first: what an auditor reads."""
    return AccessRecord.objects.filter(zone_id=zone).select_related("user", "zone", "party").order_by("-at", "-pk")


def tokens_of(user: int, at: datetime) -> QuerySet[ApiToken]:
    """A user's tokens that still work at an instant."""
    return ApiToken.objects.filter(user_id=user, revoked__isnull=True, expires__gt=at).order_by("-created")


def zone_names(language: str) -> Mapping[str, str]:
    """Every zone's name in a language, by code."""
    column = "name_en" if language == "en" else "name_zh"
    return dict(Zone.objects.order_by("code").values_list("code", column))
