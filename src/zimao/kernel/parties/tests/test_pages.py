"""The pages in a browser's place: sessions, CSRF, being led, other people's data, both languages."""

import re
from datetime import timedelta

import pyotp
import pytest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from zimao.kernel.parties.models import AccessRecord, ApiToken, Mandate, Membership, User
from zimao.kernel.parties.pages.layout import address_of
from zimao.kernel.parties.tests.conftest import CREDIT, PASSWORD, PEOPLE, RESIDENT, give_role, make_user, sign_in

ANONYMOUS_LED = [
    "/account",
    "/account/password",
    "/account/totp",
    "/account/tokens",
    "/account/access",
    "/members",
    "/mandates",
    "/access-records",
]


@pytest.fixture
def officer_client(pages, settings):
    """Signs an officer in without a second factor, as in a demonstration."""
    settings.OFFICERS_NEED_TOTP = False

    def enter(username):
        client = pages()
        assert sign_in(client, username).status_code == 302
        return client

    return enter


def html(answer):
    return answer.content.decode()


@pytest.mark.parametrize("path", ["/sign-in", "/register", "/register/person", "/register/enterprise"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_open_pages_speak_both_languages(client, path, language):
    client.cookies["zimao_language"] = language
    answer = client.get(path)
    assert answer.status_code == 200
    assert bool(re.search(r"[一-鿿]", html(answer))) is (language == "zh-hans")


@pytest.mark.parametrize("path", ["/account", "/account/password", "/account/totp", "/account/tokens", "/account/access", "/mandates"])
def test_pages_of_an_applicant_in_english_have_no_chinese_but_the_names(client, citizen, path):
    User.objects.update(language="en")
    sign_in(client, "citizen")
    text = html(client.get(path)).replace("张三丰", "")
    assert not re.search(r"[一-鿿]", text)


@pytest.mark.parametrize("path", ["/members", "/access-records"])
def test_pages_of_officers_in_english_have_no_chinese_but_the_names(officer_client, admin, auditor, path):
    User.objects.update(language="en")
    text = html(officer_client("boss" if path == "/members" else "audit").get(path))
    assert not re.search(r"[一-鿿]", re.sub("王.理|审.员", "", text))


@pytest.mark.parametrize("path", ANONYMOUS_LED)
def test_who_is_not_signed_in_is_led_there_and_back(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.url) == (302, f"/sign-in?next={path.replace('/', '%2F')}")


def test_signing_in_changes_the_session_key_and_leads_on(client, citizen):
    client.get("/sign-in")
    session = client.session
    session["kept"] = 1
    session.save()
    before = session.session_key
    answer = sign_in(client, "citizen", next="/account")
    assert (answer.status_code, answer.url) == (302, "/account")
    assert client.session.session_key != before
    assert "张三丰" in html(client.get("/account"))


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_one_is_not_led_to_another_site(client, citizen, wanted):
    assert sign_in(client, "citizen", next=wanted).url == "/"


def test_a_wrong_password_is_told_beside_the_field_and_not_repeated(client, citizen):
    answer = sign_in(client, "citizen", password="secret-typo-99")
    assert answer.status_code == 422
    assert "用户名或密码不正确" in html(answer)
    assert "secret-typo-99" not in html(answer)
    assert 'value="citizen"' in html(answer)


def test_waiting_is_429(client, citizen):
    statuses = [sign_in(client, "citizen", password="wrong").status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]


def test_sign_in_and_sign_out_need_the_csrf_token(pages, citizen):
    strict = pages(enforce_csrf_checks=True)
    assert sign_in(strict, "citizen").status_code == 403
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', html(strict.get("/sign-in"))).group(1)
    assert sign_in(strict, "citizen", csrfmiddlewaretoken=token).status_code == 302
    assert strict.post("/sign-out").status_code == 403


def test_signing_out(client, citizen):
    sign_in(client, "citizen")
    assert client.get("/sign-out").status_code == 405
    client.post("/sign-out")
    assert client.get("/account").status_code == 302


def test_a_switched_off_user_is_out_at_once(client, citizen):
    sign_in(client, "citizen")
    User.objects.update(is_active=False)
    assert client.get("/account").status_code == 302


def enrol(client):
    client.post("/account/totp", {"do": "start"})
    page = html(client.get("/account/totp"))
    assert "<svg" in page
    secret = re.search(r'id="totp-secret">([A-Z2-7]+)<', page).group(1)
    clock = pyotp.TOTP(secret)
    answer = client.post("/account/totp", {"do": "confirm", "code": clock.at(timezone.now() - timedelta(seconds=30))})
    codes = re.findall(r"<code>([A-Z2-7-]{19})</code>", html(answer))
    assert len(codes) == 10
    return clock, codes


def test_an_officer_sets_codes_up_before_acting_and_signs_in_with_them(pages, admin, settings):
    settings.OFFICERS_NEED_TOTP = True
    client = pages()
    assert sign_in(client, "boss", next="/members").url == "/account/totp"
    assert client.get("/members").url == "/account/totp"
    before = client.session.session_key
    clock, codes = enrol(client)
    assert client.session.session_key != before
    assert client.get("/members").status_code == 200
    assert codes[0] not in html(client.get("/account/totp"))

    fresh = pages()
    assert sign_in(fresh, "boss", next="/members").url == "/sign-in/code"
    assert fresh.get("/members").status_code == 302
    answer = fresh.post("/sign-in/code", {"code": clock.now()})
    assert (answer.status_code, answer.url) == (302, "/members")
    assert fresh.get("/members").status_code == 200

    third = pages()
    sign_in(third, "boss")
    assert third.post("/sign-in/code", {"code": clock.now()}).status_code == 422
    assert third.post("/sign-in/code", {"code": codes[3]}).status_code == 302


def test_the_code_page_is_closed_without_a_password_and_after_five_minutes(client, citizen):
    assert client.get("/sign-in/code").url == "/sign-in"
    sign_in(client, "citizen")
    clock, _ = enrol(client)
    client.post("/sign-out")
    sign_in(client, "citizen")
    session = client.session
    session["sign_in_pending"] = {**session["sign_in_pending"], "at": timezone.now().timestamp() - 301}
    session.save()
    assert client.post("/sign-in/code", {"code": clock.now()}).url == "/sign-in"
    assert client.get("/account").status_code == 302


def test_changing_the_password_ends_other_sessions(pages, citizen):
    here, there = pages(), pages()
    sign_in(here, "citizen")
    sign_in(there, "citizen")
    assert here.post("/account/password", {"old": "no", "new": "green-harbour-26"}).status_code == 422
    assert here.post("/account/password", {"old": PASSWORD, "new": "short"}).status_code == 422
    assert here.post("/account/password", {"old": PASSWORD, "new": "green-harbour-26"}).status_code == 302
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302
    assert sign_in(pages(), "citizen", password="green-harbour-26").status_code == 302


def test_guessing_the_old_password_in_a_session_is_counted(client, citizen):
    sign_in(client, "citizen")
    statuses = [client.post("/account/password", {"old": "no", "new": "green-harbour-26"}).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]


def test_registering_as_an_enterprise_signs_in_as_an_applicant(client):
    form = {"username": "haiyun", "password": PASSWORD, "name": "海运公司", "uscc": "9111 0000 6000 3734 1l", "holder": "李四"}
    assert client.post("/register/enterprise", form).status_code == 302
    assert CREDIT in html(client.get("/account"))
    assert client.get("/mandates").status_code == 200


def test_a_refused_registration_shows_each_field_and_keeps_what_was_typed(client):
    answer = client.post("/register/person", {"username": "x", "password": PASSWORD, "name": "张三", "identifier": PEOPLE[0]})
    assert answer.status_code == 422
    assert 'id="error_username"' in html(answer)
    assert 'value="张三"' in html(answer)
    assert PASSWORD not in html(answer)
    answer = client.post(
        "/register/person", {"username": "zhang", "password": PASSWORD, "name": "张三", "identifier": "350102198504041021"}
    )
    assert "校验码不符" in html(answer)


def test_registrations_from_one_address_are_limited(client, settings):
    settings.SIGN_IN_LIMITS = {**settings.SIGN_IN_LIMITS, "register": {"free": 2, "first_wait_s": 60, "max_wait_s": 60, "forget_s": 60}}
    assert [client.post("/register/person", {}).status_code for _ in range(3)] == [422, 422, 429]


def test_the_administrator_grants_and_ends(officer_client, admin):
    make_user("clerk", name="赵办事")
    client = officer_client("boss")
    today = timezone.localdate().isoformat()
    assert client.post("/members", {"username": "clerk", "role": "auditor", "valid_from": today}).status_code == 302
    page = html(client.get("/members"))
    assert "赵*事" in page
    assert "赵办事" not in page
    made = Membership.objects.get(role="auditor")
    assert client.post(f"/members/{made.pk}/end").status_code == 302
    assert client.post("/members", {"username": "boss", "role": "auditor", "valid_from": today}).status_code == 422


@pytest.mark.parametrize("path", ["/members", "/access-records"])
def test_an_applicant_may_not_open_an_officers_page(client, citizen, path):
    sign_in(client, "citizen")
    assert client.get(path).status_code == 403


def test_mandates_are_given_seen_by_both_and_ended(pages, citizen, firm):
    principal, agent = pages(), pages()
    sign_in(principal, "firm")
    sign_in(agent, "citizen")
    form = {
        "agent_scheme": "resident_id",
        "agent_identifier": RESIDENT,
        "service": "*",
        "valid_from": "2026-01-01",
        "valid_to": "2099-12-31",
    }
    assert principal.post("/mandates", form).status_code == 302
    made = Mandate.objects.get()
    assert RESIDENT not in html(principal.get("/mandates"))
    assert "海运公司" in html(agent.get("/mandates"))
    assert agent.post(f"/mandates/{made.pk}/end").status_code == 302
    assert principal.post("/mandates/999999/end").status_code == 404


def test_looks_are_seen_by_the_person_and_the_auditor_and_nobody_else(officer_client, citizen, firm, admin, auditor):
    AccessRecord.objects.create(at=timezone.now(), user=admin, zone_id="FZ", party=citizen.party, field="phone", purpose="补正联系")
    assert "补正联系" in html(officer_client("citizen").get("/account/access"))
    assert "补正联系" not in html(officer_client("firm").get("/account/access"))
    assert "补正联系" in html(officer_client("audit").get("/access-records"))
    assert officer_client("boss").get("/access-records").status_code == 403


def test_an_auditor_sees_the_own_zone_only(officer_client, citizen, auditor, other_zone):
    AccessRecord.objects.create(at=timezone.now(), user=None, zone=other_zone, party=citizen.party, field="phone", purpose="厦门的事")
    assert "厦门的事" not in html(officer_client("audit").get("/access-records"))


def test_the_zone_is_switched_only_to_where_one_may_act(officer_client, admin, citizen, other_zone):
    client = officer_client("boss")
    assert client.post("/account/zone", {"zone": "XM"}).status_code == 422
    give_role(admin, "zone.admin", zone="XM")
    assert client.post("/account/zone", {"zone": "XM"}).status_code == 302
    assert client.session["zone"] == "XM"
    assert officer_client("citizen").post("/account/zone", {"zone": "XM"}).status_code == 302


def test_the_language_is_kept_with_the_account(pages, citizen):
    client = pages()
    sign_in(client, "citizen")
    client.post("/account/language", {"language": "en", "next": "/account"})
    assert "My account" in html(client.get("/account"))
    other = pages()
    sign_in(other, "citizen")
    assert "My account" in html(other.get("/account"))


def test_a_token_is_shown_once(client, citizen):
    sign_in(client, "citizen")
    page = html(client.post("/account/tokens", {"name": "bot", "access": "write", "days": "30"}))
    secret = re.search(r'id="token-secret">(zm_[^<]+)<', page).group(1)
    assert secret not in html(client.get("/account/tokens"))
    made = ApiToken.objects.get()
    assert client.post(f"/account/tokens/{made.pk}/revoke").status_code == 302
    assert "bot" not in html(client.get("/account/tokens"))


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen"),
    [
        (0, "198.51.100.9", "203.0.113.1"),
        (1, "198.51.100.9", "198.51.100.9"),
        (1, "6.6.6.6, 198.51.100.9", "198.51.100.9"),
        (2, "x", "203.0.113.1"),
    ],
)
def test_the_address_behind_proxies_cannot_be_made_up(rf, settings, proxies, forwarded, seen):
    settings.TRUSTED_PROXIES = proxies
    assert address_of(rf.get("/", REMOTE_ADDR="203.0.113.1", HTTP_X_FORWARDED_FOR=forwarded)) == seen


def test_without_a_provider_there_is_no_single_sign_on(client):
    assert client.get("/sign-in/openid").status_code == 404
    with pytest.raises(NoReverseMatch):
        reverse("parties:openid")
