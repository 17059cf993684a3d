"""Who acts: from a user, a zone and a day to an Actor, and from a request's session to the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from zimao.kernel.errors import Refused
from zimao.kernel.operations import Actor
from zimao.kernel.parties.models import Mandate, Membership, User, Zone
from zimao.kernel.parties.roles import ANYONE, APPLICANT, SYSTEM, mandate_services
from zimao.kernel.text import t

__all__ = ["SECOND_FACTOR", "actor_for", "actor_now", "must_enrol", "platform_actor", "resolve_actor", "without_office", "zones_of"]

SECOND_FACTOR = "second_factor"
"""Session key: this session has shown a second factor (a TOTP code, a recovery code, or the provider's word for it)."""


@dataclass(frozen=True, slots=True)
class _Seat:
    """One role in one zone."""

    zone: str
    role: str


def platform_actor(zone: str) -> Actor:
    """The platform itself, in ``zone``: for what nobody signed in does (first registration, timers, imports)."""
    return Actor(user_id=None, party_id=None, zone=zone, roles=frozenset({SYSTEM}), name="platform")


def actor_for(user: User, zone_code: str, on: date) -> Actor:
    """``user`` in a zone on a day, with the roles of the memberships that are valid there then.

    Somebody who holds no role anywhere on that day is an applicant, in every zone, and acts for the parties whose mandates
    are valid then. An officer is not also an applicant with the same sign-in: in a zone where no role is held, only the own
    account can be looked after, and nobody is acted for.
    Refused (``zone.unknown``) when there is no such zone.
    """
    if not Zone.objects.filter(pk=zone_code).exists():
        raise Refused("zone.unknown", t("没有这个片区：{code}", "There is no zone {code}").fill(code=zone_code), "zone")
    return _actor(user, zone_code, _seats_on(user, on), lambda _: on)


def actor_now(user: User, zone_code: str, at: datetime) -> Actor:
    """``user`` in an existing zone at an instant: each membership counts by the calendar day of its own zone."""
    return _actor(user, zone_code, _seats_at(user, at), lambda zone: zone.day(at))


def zones_of(user: User, on: date) -> list[Zone]:
    """The zones where ``user`` may act on a day, by code: those of the roles held, or all of them for an applicant."""
    seats = _seats_on(user, on)
    zones = Zone.objects.order_by("code")
    return list(zones.filter(code__in={seat.zone for seat in seats}) if seats else zones)


def resolve_actor(request: HttpRequest) -> Actor | None:
    """The actor of the session, in the zone that the session names (``zone``) or the first one; None when not signed in.

    Officers without a second factor in this session get only the role of a signed-in user, and :func:`must_enrol` then
    says so, unless ``settings.OFFICERS_NEED_TOTP`` is off. Three queries for an officer, five at most for anybody else.
    The zones between which the user may switch are kept as ``request.zones``, by code, for the frame of the page.
    """
    user = getattr(request, "user", None)
    if not isinstance(user, User) or not user.is_active:
        return None
    now = timezone.now()
    held = _held_at(user, now)
    seats = [_Seat(row.zone_id, row.role) for row in held]
    known = {row.zone_id: row.zone for row in held} or {zone.code: zone for zone in Zone.objects.all()}
    zones = sorted(known)
    request.zones = [known[code] for code in zones]  # type: ignore[attr-defined]
    if not zones:
        return None
    wanted = request.session.get("zone")
    actor = _actor(user, wanted if wanted in zones else zones[0], seats, lambda zone: zone.day(now))
    lacks_factor = settings.OFFICERS_NEED_TOTP and bool(seats) and not request.session.get(SECOND_FACTOR)
    request.must_enrol = lacks_factor  # type: ignore[attr-defined]
    return without_office(actor) if lacks_factor else actor


def must_enrol(request: HttpRequest) -> bool:
    """True when ``resolve_actor`` held an officer's roles back: pages then lead to the second factor's page."""
    return bool(getattr(request, "must_enrol", False))


def without_office(actor: Actor) -> Actor:
    """The same actor with nothing but the role of a signed-in user."""
    return replace(actor, roles=frozenset({ANYONE}))


def _actor(user: User, zone: str, seats: Sequence[_Seat], day_in: Callable[[Zone], date]) -> Actor:
    if seats:
        held = frozenset(seat.role for seat in seats if seat.zone == zone)
        return Actor(user.pk, user.party_id, zone, held | {ANYONE}, user.party.name, user.language)
    principals = _principals(user.party_id, zone, day_in)
    return Actor(user.pk, user.party_id, zone, frozenset({APPLICANT, ANYONE}), user.party.name, user.language, principals)


def _principals(agent: int, zone: str, day_in: Callable[[Zone], date]) -> frozenset[tuple[int, str]]:
    """Whom ``agent`` acts for in which service. The zone is read only when there is a mandate: few people hold one."""
    held = list(Mandate.objects.filter(agent_id=agent))
    if not held:
        return frozenset()
    day = day_in(Zone.objects.get(pk=zone))
    given = {(mandate.principal_id, mandate.service) for mandate in held if mandate.holds(day)}
    # one for every service also stands under each service's own name, so that a query by service finds it
    named = {(principal, key) for principal, service in given if service == "*" for key in mandate_services()}
    return frozenset(given | named)


def _seats_on(user: User, day: date) -> list[_Seat]:
    rows = Membership.objects.valid_on(day).filter(user=user)
    return [_Seat(zone, role) for zone, role in rows.values_list("zone_id", "role")]


def _seats_at(user: User, at: datetime) -> list[_Seat]:
    return [_Seat(row.zone_id, row.role) for row in _held_at(user, at)]


def _held_at(user: User, at: datetime) -> list[Membership]:
    rows = Membership.objects.filter(user=user).select_related("zone")
    return [row for row in rows if row.holds(row.zone.day(at))]
