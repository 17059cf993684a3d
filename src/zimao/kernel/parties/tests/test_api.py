"""The API: tokens and sessions, scopes, CSRF, and that a token never grows."""

from datetime import timedelta

import pytest
from django.utils import timezone

from zimao.kernel.operations import Act
from zimao.kernel.parties import operations
from zimao.kernel.parties.actors import actor_now, without_office
from zimao.kernel.parties.auth import SessionOnly, SessionOrToken
from zimao.kernel.parties.forms import TokenForm
from zimao.kernel.parties.models import ApiToken, Mandate, Membership
from zimao.kernel.parties.tests.conftest import RESIDENT, give_role, make_user, sign_in

MANDATE = {
    "agent_scheme": "resident_id",
    "agent_identifier": RESIDENT,
    "service": "*",
    "valid_from": "2026-01-01",
    "valid_to": "2099-12-31",
}


def token_of(user, access="read", restricted=False):
    actor = actor_now(user, "FZ", timezone.now())
    act = Act(without_office(actor) if restricted else actor, timezone.now())
    return operations.create_token(act, form=TokenForm(name="bot", access=access))[1]


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


def test_without_either_it_is_401(client, zone):
    assert client.get("/api/parties/me").status_code == 401


@pytest.mark.parametrize("given", ["Bearer zm_wrong", "Bearer ", "Basic enhh", "zm_x"])
def test_a_bad_token_is_401_even_with_a_session(client, citizen, given):
    sign_in(client, "citizen")
    assert client.get("/api/parties/me").status_code == 200
    assert client.get("/api/parties/me", headers={"Authorization": given}).status_code == 401


def test_a_token_acts_for_its_maker(client, citizen):
    answer = client.get("/api/parties/me", headers=bearer(token_of(citizen)))
    assert answer.status_code == 200
    found = answer.json()
    assert (found["username"], found["zone"], found["roles"]) == ("citizen", "FZ", ["applicant", "user"])
    assert ApiToken.objects.get().last_used is not None


def test_a_reading_token_does_not_write_and_a_writing_one_needs_no_csrf(pages, citizen, firm):
    strict = pages(enforce_csrf_checks=True)
    answer = strict.post("/api/parties/mandates", MANDATE, "application/json", headers=bearer(token_of(firm)))
    assert (answer.status_code, answer.json()["code"]) == (403, "token.scope")
    answer = strict.post("/api/parties/mandates", MANDATE, "application/json", headers=bearer(token_of(firm, "write")))
    assert answer.status_code == 201
    assert Mandate.objects.get().principal == firm.party


def test_a_session_needs_the_csrf_token_to_write(pages, citizen, firm):
    strict = pages(enforce_csrf_checks=True)
    page = strict.get("/sign-in")
    strict.post("/sign-in", {"username": "firm", "password": "blue-harbour-26", "csrfmiddlewaretoken": page.context["csrf_token"]})
    assert strict.get("/api/parties/me").status_code == 200
    answer = strict.post("/api/parties/mandates", MANDATE, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    token = strict.cookies["csrftoken"].value
    assert strict.post("/api/parties/mandates", MANDATE, "application/json", headers={"X-CSRFToken": token}).status_code == 201


@pytest.mark.parametrize("spoil", ["revoked", "expired", "inactive"])
def test_a_token_that_is_over_is_401(client, citizen, spoil):
    secret = token_of(citizen)
    now = timezone.now()
    if spoil == "revoked":
        ApiToken.objects.update(revoked=now)
    elif spoil == "expired":
        ApiToken.objects.update(expires=now - timedelta(seconds=1))
    else:
        type(citizen).objects.update(is_active=False)
    assert client.get("/api/parties/me", headers=bearer(secret)).status_code == 401


def test_a_token_loses_what_its_maker_loses_and_gains_nothing(client, admin):
    full, poor = token_of(admin), token_of(admin, restricted=True)
    assert client.get("/api/parties/members", headers=bearer(full)).status_code == 200
    assert client.get("/api/parties/members", headers=bearer(poor)).status_code == 403
    give_role(admin, "auditor")
    assert client.get("/api/parties/looks", headers=bearer(full)).status_code == 403
    Membership.objects.filter(role="zone.admin").delete()
    assert client.get("/api/parties/members", headers=bearer(full)).status_code == 403


def test_programs_make_no_tokens(rf, citizen):
    request = rf.post("/", headers=bearer(token_of(citizen, "write")))
    assert SessionOnly()(request) is None


def test_an_officer_without_second_factor_has_no_office_in_the_api(client, admin, settings):
    settings.OFFICERS_NEED_TOTP = True
    sign_in(client, "boss")
    assert client.get("/api/parties/me").json()["roles"] == ["user"]
    assert client.get("/api/parties/members").status_code == 403


def test_members_over_the_api(client, admin):
    make_user("clerk")
    key = bearer(token_of(admin, "write"))
    form = {"username": "clerk", "role": "auditor", "valid_from": "2026-01-01"}
    made = client.post("/api/parties/members", form, "application/json", headers=key)
    assert made.status_code == 201
    assert client.post("/api/parties/members", form, "application/json", headers=key).json() == made.json()
    assert len(client.get("/api/parties/members", headers=key).json()) == 2
    ended = client.delete(f"/api/parties/members/{made.json()['id']}", headers=key)
    assert ended.json()["valid_to"] < timezone.localdate().isoformat()
    refused = client.post("/api/parties/members", {**form, "role": "made.up"}, "application/json", headers=key)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "role")


def test_another_persons_tokens_and_mandates_are_not_there(client, citizen, firm):
    own = bearer(token_of(citizen, "write"))
    token_of(firm)
    assert [row["name"] for row in client.get("/api/parties/me/tokens", headers=own).json()] == ["bot"]
    foreign = ApiToken.objects.get(user=firm)
    assert client.delete(f"/api/parties/me/tokens/{foreign.pk}", headers=own).status_code == 404
    assert client.get("/api/parties/mandates", headers=own).json() == []
    assert client.get("/api/parties/me/looks", headers=own).json() == []
    mine = ApiToken.objects.get(user=citizen)
    assert client.delete(f"/api/parties/me/tokens/{mine.pk}", headers=own).status_code == 204
    assert client.get("/api/parties/me", headers=own).status_code == 401


def test_a_token_carries_the_mandates_of_an_applicant_only(rf, citizen, firm):
    Mandate.objects.create(principal=firm.party, agent=citizen.party, service="*", valid_from="2026-01-01", valid_to="2099-12-31")
    full, poor = token_of(citizen), token_of(citizen, restricted=True)
    assert SessionOrToken().authenticate(rf.get("/"), full).acts_for(firm.party_id, "auction")
    assert SessionOrToken().authenticate(rf.get("/"), poor).principals == frozenset()
