"""System checks: settings that would make accounts unsafe."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as CheckWarning

__all__ = ["identity_settings"]


@register()
def identity_settings(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """The demo must not be open to the network, officers need a second factor, OpenID needs a client."""
    found: list[CheckMessage] = []
    if settings.DEMO and settings.PUBLIC_URL.startswith("https://"):
        found.append(CheckWarning("ZIMAO_DEMO is on for a public address: its accounts have a published password", id="parties.W001"))
    if not settings.DEMO and not settings.OFFICERS_NEED_TOTP:
        found.append(CheckWarning("Officers sign in without a second factor (ZIMAO_OFFICERS_NEED_TOTP=0)", id="parties.W002"))
    if settings.OIDC_ISSUER and not (settings.OIDC_RP_CLIENT_ID and settings.OIDC_RP_CLIENT_SECRET):
        found.append(Error("ZIMAO_OIDC_ISSUER is set without ZIMAO_OIDC_CLIENT_ID and ZIMAO_OIDC_CLIENT_SECRET", id="parties.E001"))
    return found
