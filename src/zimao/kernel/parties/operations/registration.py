"""Accounts come into being: by the person or enterprise itself, or at the first sign-in through an OpenID provider."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from zimao.kernel.errors import Refused
from zimao.kernel.operations import Act, operation
from zimao.kernel.parties import identifiers
from zimao.kernel.parties.fields import blind_indexes
from zimao.kernel.parties.forms import EnterpriseRegistration, PersonRegistration
from zimao.kernel.parties.models import OpenIdLink, Party, User
from zimao.kernel.parties.passwords import accepted_hash
from zimao.kernel.parties.roles import SYSTEM, ZONE_ADMIN
from zimao.kernel.text import t

__all__ = ["OpenIdClaims", "register_enterprise", "register_openid", "register_person"]

_MAY = (SYSTEM, ZONE_ADMIN)


@dataclass(frozen=True, slots=True)
class OpenIdClaims:
    """What an OpenID provider says of somebody; ``identifier`` only where it has verified it."""

    issuer: str
    subject: str
    name: str
    kind: str = "person"
    scheme: str = ""
    identifier: str = ""
    language: str = "zh"


@operation("parties.register_person", roles=_MAY, label=t("个人注册", "Register a person"))
def register_person(act: Act, *, form: PersonRegistration) -> User:
    """Make a person's party and sign-in. The identity number is checked against the day of registration.

    Refused when the sign-in name or the identifier is taken, or the password is not accepted.
    """
    if form.scheme == "resident_id":
        identifier = identifiers.resident_id(form.identifier, "identifier", on=act.at.date())
    else:
        identifier = identifiers.check(form.scheme, form.identifier, "identifier")
    party = Party(kind=Party.Kind.PERSON, name=form.name, scheme=form.scheme, identifier=identifier, phone=form.phone, email=form.email)
    return _register(act, "parties.register_person", party, form)


@operation("parties.register_enterprise", roles=_MAY, label=t("企业注册", "Register an enterprise"))
def register_enterprise(act: Act, *, form: EnterpriseRegistration) -> User:
    """Make an enterprise's party and sign-in, known by its unified social credit code (GB 32100-2015)."""
    party = Party(
        kind=Party.Kind.ENTERPRISE,
        name=form.name,
        name_en=form.name_en,
        scheme="uscc",
        identifier=identifiers.uscc(form.uscc, "uscc"),
        phone=form.phone,
        email=form.email,
        address=form.address,
    )
    return _register(act, "parties.register_enterprise", party, form)


@operation("parties.register_openid", roles=(SYSTEM,), label=t("统一身份认证首次登录", "First sign-in through an OpenID provider"))
def register_openid(act: Act, *, claims: OpenIdClaims) -> User:
    """Make a sign-in for an OpenID subject, on the party that has the verified identifier or on a new one.

    The sign-in has no password, so it can be used through the provider only.
    """
    found = _party_with(claims.scheme, claims.identifier) if claims.identifier else None
    party = found or Party(kind=claims.kind, name=claims.name, scheme=claims.scheme, identifier=claims.identifier)
    if found is None:
        _save_party(party, "identifier")
    username = f"oidc-{secrets.token_hex(6)}"
    user = User.objects.create(username=username, party=party, language=claims.language, password=make_password(None))
    OpenIdLink.objects.create(issuer=claims.issuer, subject=claims.subject, user=user)
    act.record(
        "parties.register_openid", f"party:{party.pk}", {"issuer": claims.issuer, "known_party": found is not None}, {"user": user.pk}
    )
    return user


def _register(act: Act, verb: str, party: Party, form: PersonRegistration | EnterpriseRegistration) -> User:
    hashed = accepted_hash(form.password.get_secret_value(), form.username)
    field = "uscc" if isinstance(form, EnterpriseRegistration) else "identifier"
    if _party_with(party.scheme, party.identifier) is not None:
        raise _taken(field)
    _save_party(party, field)
    user = User(username=form.username, party=party, language=form.language, password=hashed, holder=getattr(form, "holder", ""))
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise Refused("username.taken", t("该用户名已被使用", "This sign-in name is taken"), "username") from error
    act.record(verb, f"party:{party.pk}", {"kind": party.kind}, {"user": user.pk, "username": user.username, "name": party.name})
    return user


def _party_with(scheme: str, identifier: str) -> Party | None:
    return Party.objects.filter(scheme=scheme, identifier_index__in=blind_indexes(identifier)).first()


def _save_party(party: Party, field: str) -> None:
    try:
        with transaction.atomic():
            party.save()
    except IntegrityError as error:
        raise _taken(field) from error


def _taken(field: str) -> Refused:
    sentence = t(
        "该证件或代码已注册；如属于您，请直接登录或联系片区窗口",
        "This identifier is registered already; if it is yours, sign in or ask the zone's desk",
    )
    return Refused("identifier.taken", sentence, field)
