"""Single sign-on against a provider that listens on a real port."""

import httpx
import pyotp
import pytest
from django.utils import timezone

from zimao.kernel.parties import operations
from zimao.kernel.parties.models import OpenIdLink, Party, User
from zimao.kernel.parties.oidc import discover
from zimao.kernel.parties.tests.conftest import RESIDENT, act_of, give_role
from zimao.kernel.parties.tests.provider import CLIENT, SECRET, Provider


@pytest.fixture
def provider(pages, settings):
    found = Provider()
    settings.ROOT_URLCONF = "zimao.kernel.parties.tests.openid_addresses"
    settings.OIDC_ISSUER = found.issuer
    settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = CLIENT, SECRET
    settings.AUTHENTICATION_BACKENDS = ["zimao.kernel.parties.backends.LocalBackend", "zimao.kernel.parties.oidc.OpenIdBackend"]
    settings.OIDC_CLAIMS = {"name": "name", "kind": "kind", "scheme": "scheme", "identifier": "number"}
    discover.cache_clear()
    yield found
    found.close()
    discover.cache_clear()


def come_back(client, following=""):
    """The browser's way: to us, to the provider, and the address it is sent back to."""
    sent = client.get("/sign-in/openid", {"next": following} if following else {})
    assert sent.status_code == 302
    returned = httpx.get(sent.url, follow_redirects=False, trust_env=False)
    return returned.headers["location"].removeprefix("http://testserver")


def test_the_first_sign_in_makes_the_account_and_the_second_finds_it(client, provider):
    answer = client.get(come_back(client, "/account"))
    assert (answer.status_code, answer.url) == (302, "/account")
    user = User.objects.get()
    assert (user.party.name, user.party.identifier, user.has_usable_password()) == ("陈远航", RESIDENT, False)
    assert OpenIdLink.objects.get().issuer == provider.issuer
    assert client.get("/api/parties/me").json()["roles"] == ["applicant", "user"]
    client.post("/sign-out")
    client.get(come_back(client))
    assert User.objects.count() == 1
    assert client.get("/account").status_code == 200


def test_a_verified_identifier_leads_to_the_party_that_has_it(client, provider, citizen):
    client.get(come_back(client))
    linked = OpenIdLink.objects.get().user
    assert (linked.party, linked == citizen, Party.objects.count()) == (citizen.party, False, 1)


def test_without_an_identifier_claim_nobody_is_joined(client, provider, citizen, settings):
    settings.OIDC_CLAIMS = {**settings.OIDC_CLAIMS, "identifier": "", "scheme": ""}
    client.get(come_back(client))
    assert OpenIdLink.objects.get().user.party != citizen.party


def test_the_session_key_changes(client, provider):
    back = come_back(client)
    before = client.session.session_key
    client.get(back)
    assert client.session.session_key != before


@pytest.mark.parametrize(
    ("fault", "status"),
    [("issuer", 422), ("audience", 422), ("nonce", 422), ("expired", 422), ("signature", 422), ("userinfo", 422), ("silent", 503)],
)
def test_a_provider_that_does_wrong_lets_nobody_in(client, provider, fault, status):
    back = come_back(client)
    provider.fault = fault
    assert client.get(back).status_code == status
    assert client.get("/account").status_code == 302
    assert not User.objects.exists()


def test_a_metadata_document_of_another_issuer(client, provider):
    provider.fault = "discovery"
    assert client.get("/sign-in/openid").status_code == 503


def test_a_code_and_a_state_work_once_and_only_here(client, pages, provider):
    back = come_back(client)
    assert client.get(back).status_code == 302
    client.post("/sign-out")
    assert client.get(back).status_code == 422
    stranger = pages()
    assert stranger.get(come_back(client)).status_code == 422


def test_a_bad_identifier_is_refused(client, provider):
    provider.claims["number"] = "350102199108040312"
    assert client.get(come_back(client)).status_code == 422
    assert not User.objects.exists()


def test_one_time_codes_are_asked_for_unless_the_provider_did(client, provider):
    client.get(come_back(client))
    user = User.objects.get()
    secret = operations.start_totp(act_of(user)).totp_secret
    operations.confirm_totp(act_of(user), code=pyotp.TOTP(secret).at(act_of(user).at))
    client.post("/sign-out")
    assert client.get(come_back(client)).url == "/sign-in/code"
    assert client.get("/account").status_code == 302
    assert client.post("/sign-in/code", {"code": pyotp.TOTP(secret).at(timezone.now())}).status_code == 302
    client.post("/sign-out")
    provider.id_claims = {"amr": ["pwd", "otp"]}
    assert client.get(come_back(client, "/account")).url == "/account"


def test_an_officer_needs_a_second_factor_here_or_there(client, provider, settings):
    settings.OFFICERS_NEED_TOTP = True
    client.get(come_back(client))
    give_role(User.objects.get(), "zone.admin")
    client.post("/sign-out")
    assert client.get(come_back(client)).url == "/account/totp"
    assert client.get("/members").status_code == 302
    client.post("/sign-out")
    provider.id_claims = {"amr": ["mfa"]}
    client.get(come_back(client))
    assert client.get("/members").status_code == 200
