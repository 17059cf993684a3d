"""The addresses of this part. Those of OpenID Connect exist only where a provider is set."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, path

from zimao.kernel.parties.pages import account, sign_in, zone

app_name = "parties"


def openid_addresses(issuer: str) -> list[URLPattern]:
    """The two addresses of single sign-on, or none without a provider."""
    if not issuer:
        return []
    from zimao.kernel.parties.oidc import OpenIdCallback, OpenIdRequest  # noqa: PLC0415 - off: its library is not loaded

    return [
        path("sign-in/openid", OpenIdRequest.as_view(), name="openid"),
        path("sign-in/openid/callback", OpenIdCallback.as_view(), name="oidc-callback"),
    ]


urlpatterns = [
    path("sign-in", sign_in.sign_in_page, name="sign-in"),
    path("sign-in/code", sign_in.code_page, name="sign-in-code"),
    path("sign-out", sign_in.sign_out_page, name="sign-out"),
    path("register", sign_in.register_choice_page, name="register"),
    path("register/person", sign_in.register_page, {"kind": "person"}, name="register-person"),
    path("register/enterprise", sign_in.register_page, {"kind": "enterprise"}, name="register-enterprise"),
    path("account", account.account_page, name="account"),
    path("account/language", account.language_page, name="language"),
    path("account/zone", account.zone_page, name="zone"),
    path("account/password", account.password_page, name="password"),
    path("account/totp", account.totp_page, name="totp"),
    path("account/tokens", account.tokens_page, name="tokens"),
    path("account/tokens/<int:token>/revoke", account.revoke_page, name="revoke-token"),
    path("account/access", account.access_page, name="access"),
    path("members", zone.members_page, name="members"),
    path("members/<int:membership>/end", zone.end_role_page, name="end-role"),
    path("mandates", zone.mandates_page, name="mandates"),
    path("mandates/<int:mandate>/end", zone.end_mandate_page, name="end-mandate"),
    path("access-records", zone.access_records_page, name="access-records"),
    *openid_addresses(settings.OIDC_ISSUER),
]
