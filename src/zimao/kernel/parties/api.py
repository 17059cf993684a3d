"""API of the own account, of the zone's members for its administrator, and of mandates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from zimao.kernel.errors import NotAllowed
from zimao.kernel.operations import Actor
from zimao.kernel.parties import operations, queries
from zimao.kernel.parties.actors import zones_of
from zimao.kernel.parties.forms import MandateForm, RoleGrant
from zimao.kernel.parties.models import AccessRecord, Mandate, Membership, User, Zone
from zimao.kernel.parties.roles import AUDITOR, ZONE_ADMIN
from zimao.kernel.text import t
from zimao.kernel.web import act_of, actor_of

__all__ = ["router"]

router = Router(tags=["parties"])
_MOST = 200


class MeOut(Schema):
    """Who I am here and now."""

    username: str
    party: int
    kind: str
    name: str
    zone: str
    roles: list[str]
    zones: list[str]
    language: str
    second_factor: bool


class LookOut(Schema):
    """A look at personal data."""

    at: datetime
    by: str
    zone: str | None
    party: int
    field: str
    purpose: str


class TokenOut(Schema):
    """A token, without its secret."""

    id: int
    name: str
    scopes: list[str]
    expires: datetime
    last_used: datetime | None


class MemberOut(Schema):
    """A role that somebody holds."""

    id: int
    username: str
    role: str
    zone: str
    valid_from: date
    valid_to: date | None


class MandateOut(Schema):
    """A mandate, from the side of the principal or of the agent."""

    id: int
    principal: int
    agent: int
    service: str
    valid_from: date
    valid_to: date


@router.get("/me", response=MeOut, summary="Who I am here and now")
def me(request: HttpRequest) -> Any:
    """The signed-in user, its zone and roles."""
    actor, user = actor_of(request), _user(request)
    zones = [zone.pk for zone in zones_of(user, _today(actor))]
    return {
        "username": user.username,
        "party": user.party_id,
        "kind": user.party.kind,
        "name": user.party.name,
        "zone": actor.zone,
        "roles": sorted(actor.roles),
        "zones": zones,
        "language": user.language,
        "second_factor": user.totp_confirmed,
    }


@router.get("/me/looks", response=list[LookOut], summary="Who looked at my personal data")
def my_looks(request: HttpRequest) -> Any:
    """The latest 200, newest first."""
    return [_look(row) for row in queries.looks_at(_user(request).party_id)[:_MOST]]


@router.get("/me/tokens", response=list[TokenOut], summary="My tokens")
def my_tokens(request: HttpRequest) -> Any:
    """Tokens that still work. New ones are made on the account page only, never by a program."""
    return list(queries.tokens_of(_user(request).pk, timezone.now()))


@router.delete("/me/tokens/{token}", response={204: None}, summary="Revoke one of my tokens")
def revoke_token(request: HttpRequest, token: int) -> Any:
    """It stops working at once."""
    operations.revoke_token(act_of(request), token=token)
    return 204, None


@router.get("/members", response=list[MemberOut], summary="Who holds which role in my zone")
def members(request: HttpRequest) -> Any:
    """For the zone's administrator: roles held today or later."""
    actor = _holding(request, ZONE_ADMIN)
    return [_member(row) for row in queries.members(actor.zone, _today(actor))]


@router.post("/members", response={201: MemberOut}, summary="Grant a role in my zone")
def grant_role(request: HttpRequest, form: RoleGrant) -> Any:
    """For the zone's administrator; the same grant again has no second effect."""
    return 201, _member(operations.grant_role(act_of(request), **form.model_dump()))


@router.delete("/members/{membership}", response=MemberOut, summary="End a role in my zone")
def end_role(request: HttpRequest, membership: int, last_day: date | None = None) -> Any:
    """At once, or after ``last_day``."""
    return _member(operations.end_role(act_of(request), membership=membership, last_day=last_day))


@router.get("/mandates", response=list[MandateOut], summary="Mandates that I gave or hold")
def mandates(request: HttpRequest) -> Any:
    """Both sides, those given first."""
    party = _user(request).party_id
    return [_mandate(row) for row in (*queries.mandates_given(party), *queries.mandates_held(party))]


@router.post("/mandates", response={201: MandateOut}, summary="Give a mandate")
def give_mandate(request: HttpRequest, form: MandateForm) -> Any:
    """To the party with this identifier; the same mandate again has no second effect."""
    return 201, _mandate(operations.give_mandate(act_of(request), form=form))


@router.delete("/mandates/{mandate}", response=MandateOut, summary="End a mandate")
def end_mandate(request: HttpRequest, mandate: int) -> Any:
    """At once; the principal and the agent may."""
    return _mandate(operations.end_mandate(act_of(request), mandate=mandate))


@router.get("/looks", response=list[LookOut], summary="Every look at personal data in my zone")
def looks(request: HttpRequest) -> Any:
    """For the auditor: the latest 200, newest first."""
    return [_look(row) for row in queries.looks_in(_holding(request, AUDITOR).zone)[:_MOST]]


def _user(request: HttpRequest) -> User:
    actor = actor_of(request)
    if actor.user_id is None:
        raise NotAllowed("anonymous", t("请先登录", "Please sign in first"))
    return User.objects.select_related("party").get(pk=actor.user_id)


def _holding(request: HttpRequest, role: str) -> Actor:
    actor = actor_of(request)
    if not actor.has(role):
        raise NotAllowed("role", t("您的岗位无权查看", "Your role may not see this"))
    return actor


def _today(actor: Actor) -> date:
    return Zone.objects.get(pk=actor.zone).day(timezone.now())


def _look(row: AccessRecord) -> dict[str, Any]:
    by = row.user.username if row.user else "platform"
    return {"at": row.at, "by": by, "zone": row.zone_id, "party": row.party_id, "field": row.field, "purpose": row.purpose}


def _member(row: Membership) -> dict[str, Any]:
    return {
        "id": row.pk,
        "username": row.user.username,
        "role": row.role,
        "zone": row.zone_id,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
    }


def _mandate(row: Mandate) -> dict[str, Any]:
    return {
        "id": row.pk,
        "principal": row.principal_id,
        "agent": row.agent_id,
        "service": row.service,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
    }
