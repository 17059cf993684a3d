"""Signing in through an OpenID Connect provider (authorization code with PKCE), on top of mozilla-django-oidc.

That library checks state, nonce and the token's signature; it does not ask who issued the token, whom it is for, and
whether user info speaks of the same subject. This module does (OpenID Connect Core 3.1.3.7 and 5.3.2), and finds the
provider's addresses by discovery. Without ``settings.OIDC_ISSUER`` none of its routes exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jwt
import requests
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.utils import import_from_settings
from mozilla_django_oidc.views import OIDCAuthenticationCallbackView, OIDCAuthenticationRequestView

from zimao.kernel.errors import Refused, Unavailable
from zimao.kernel.operations import Act
from zimao.kernel.parties import identifiers, operations
from zimao.kernel.parties.actors import platform_actor
from zimao.kernel.parties.models import OpenIdLink, Party, User
from zimao.kernel.parties.operations.registration import OpenIdClaims
from zimao.kernel.parties.pages.sign_in import after_first_factor
from zimao.kernel.text import t

__all__ = ["OpenIdBackend", "OpenIdCallback", "OpenIdRequest", "discover"]

_ADDRESSES = {
    "OIDC_OP_AUTHORIZATION_ENDPOINT": "authorization_endpoint",
    "OIDC_OP_TOKEN_ENDPOINT": "token_endpoint",
    "OIDC_OP_USER_ENDPOINT": "userinfo_endpoint",
    "OIDC_OP_JWKS_ENDPOINT": "jwks_uri",
}
_SILENT = t("统一身份认证服务暂时没有应答，请稍后再试", "The sign-on service does not answer; try again later")
_WRONG = t("统一身份认证未成功，请重新登录", "The single sign-on did not succeed; sign in again")


@lru_cache(maxsize=4)
def discover(issuer: str) -> Mapping[str, Any]:
    """The provider's metadata (OpenID Connect Discovery 1.0 section 4), asked for once in a process.

    Unavailable when it does not answer, or answers for another issuer.
    """
    try:
        answer = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=settings.OIDC_TIMEOUT)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
    except requests.RequestException as error:
        raise Unavailable("openid.silent", _SILENT) from error
    if str(found.get("issuer", "")).rstrip("/") != issuer:
        raise Unavailable("openid.issuer", _SILENT)
    return found


def _setting(name: str, *default: Any) -> Any:
    if name in _ADDRESSES:
        return discover(settings.OIDC_ISSUER)[_ADDRESSES[name]]
    return import_from_settings(name, *default)


class OpenIdBackend(OIDCAuthenticationBackend):  # type: ignore[misc]
    """From a code to the user whose account the provider's subject is linked to, made at the first sign-in."""

    get_settings = staticmethod(_setting)

    def verify_token(self, token: str, **kwargs: Any) -> dict[str, Any]:
        """The claims of an ID token: signed, of this issuer, for this client, not expired, with our nonce."""
        try:
            claims: dict[str, Any] = super().verify_token(token, **kwargs)
        except (jwt.PyJWTError, KeyError, ValueError) as error:
            raise SuspiciousOperation("the ID token is not valid") from error
        audience = claims.get("aud", [])
        audiences = [audience] if isinstance(audience, str) else audience
        if str(claims.get("iss", "")).rstrip("/") != settings.OIDC_ISSUER or settings.OIDC_RP_CLIENT_ID not in audiences:
            raise SuspiciousOperation("the ID token is of another issuer or for another client")
        if "exp" not in claims or not claims.get("sub"):
            raise SuspiciousOperation("the ID token has no end or no subject")
        return claims

    def get_or_create_user(self, access_token: str, id_token: str, payload: Mapping[str, Any]) -> User | None:
        """The linked user, made when the subject comes for the first time."""
        info = self.get_userinfo(access_token, id_token, payload)
        if info.get("sub") != payload["sub"]:
            raise SuspiciousOperation("user info speaks of another subject")
        link = OpenIdLink.objects.filter(issuer=settings.OIDC_ISSUER, subject=payload["sub"]).select_related("user").first()
        user = link.user if link else operations.register_openid(Act(platform_actor(""), timezone.now()), claims=_claims(info))
        used = set(payload.get("amr", ())) & set(settings.OIDC_SECOND_FACTOR_AMR)
        self.request.openid_second_factor = bool(used)
        return user


class OpenIdRequest(OIDCAuthenticationRequestView):  # type: ignore[misc]
    """Sends the browser to the provider."""

    get_settings = staticmethod(_setting)


class OpenIdCallback(OIDCAuthenticationCallbackView):  # type: ignore[misc]
    """Takes the browser back from the provider."""

    get_settings = staticmethod(_setting)

    def get(self, request: HttpRequest) -> HttpResponseBase:
        try:
            answer: HttpResponseBase = super().get(request)
        except SuspiciousOperation as error:
            raise Refused("openid.wrong", _WRONG) from error
        except requests.RequestException as error:
            raise Unavailable("openid.silent", _SILENT) from error
        return answer

    def login_failure(self) -> HttpResponseBase:
        raise Refused("openid.wrong", _WRONG)

    def login_success(self) -> HttpResponseBase:
        shown = bool(getattr(self.request, "openid_second_factor", False))
        return after_first_factor(self.request, self.user, self.success_url, factor="openid", second_shown=shown)


def _claims(info: Mapping[str, Any]) -> OpenIdClaims:
    """What the configured claims say; Refused when the identifier does not pass the check of its scheme."""
    named = {part: str(info.get(claim, "")) for part, claim in settings.OIDC_CLAIMS.items() if claim}
    scheme, identifier = named.get("scheme", ""), named.get("identifier", "")
    kind = named.get("kind", "")
    return OpenIdClaims(
        issuer=settings.OIDC_ISSUER,
        subject=str(info["sub"]),
        name=named.get("name") or str(info["sub"]),
        kind=kind if kind in {Party.Kind.PERSON, Party.Kind.ENTERPRISE} else Party.Kind.PERSON,
        scheme=scheme if identifier else "",
        identifier=identifiers.check(scheme, identifier, "identifier") if identifier else "",
        language="en" if str(info.get("locale", "")).startswith("en") else "zh",
    )
