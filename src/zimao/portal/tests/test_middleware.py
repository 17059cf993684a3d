"""Who acts; what becomes of an error; what a page's headers say."""

import json
import logging

import pytest
from django.test import Client

pytestmark = [pytest.mark.urls("zimao.portal.tests.addresses"), pytest.mark.django_db]
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.mark.parametrize(
    ("kind", "status", "sentence"),
    [
        ("refused", 422, "IMO 编号校验位不对"),
        ("conflict", 409, "办件已由他人处理"),
        ("role", 403, "您的岗位不能打开此页面"),
        ("unavailable", 503, "银行没有应答"),
        ("missing", 404, "没有这个页面"),
        ("denied", 403, "您无权打开此页面"),
    ],
)
def test_an_error_is_a_page_with_its_status_and_sentence(client, kind, status, sentence):
    answer = client.get(f"/fail/{kind}", HTTP_ACCEPT_LANGUAGE="zh")
    assert answer.status_code == status
    assert sentence in answer.content.decode()
    assert "<h1>" in answer.content.decode()


def test_an_error_speaks_the_readers_language(client):
    assert b"Somebody else was first" in client.get("/fail/conflict", HTTP_ACCEPT_LANGUAGE="en").content


def test_every_problem_of_a_refusal_is_listed_with_its_row(client):
    page = client.get("/fail/rows", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "Row 2: The first" in page
    assert "Row 5: The second" in page


@pytest.mark.parametrize(("kind", "status"), [("refused", 422), ("missing", 404), ("conflict", 409)])
@pytest.mark.parametrize("place", ["/fail/", "/api/fail/"])
def test_fragments_and_programs_get_a_problem_document(client, kind, status, place):
    extra = HTMX if place == "/fail/" else {}
    answer = client.get(f"{place}{kind}", **extra)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert json.loads(answer.content)["status"] == status


def test_an_unforeseen_error_gives_a_reference_that_the_log_has(caplog):
    client = Client(raise_request_exception=False)
    with caplog.at_level(logging.ERROR):
        page = client.get("/fail/unforeseen").content.decode()
    reference = page.partition("<code>")[2].partition("</code>")[0]
    assert len(reference) == 12
    assert any(reference in record.getMessage() and record.exc_info for record in caplog.records)
    assert "secret that nobody" not in page


def test_an_unforeseen_error_still_reaches_error_monitors(client):
    with pytest.raises(RuntimeError):
        client.get("/fail/unforeseen")


def test_an_unknown_address_is_a_page_with_the_menu(person, browser_of):
    answer = browser_of(person("citizen")).get("/no/such/page")
    assert answer.status_code == 404
    assert "张三丰" in answer.content.decode()


def test_a_post_only_address_says_so_and_keeps_allow(client):
    answer = client.get("/language")
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert b"<h1>" in answer.content


def test_a_form_without_its_token_says_what_to_do():
    answer = Client(enforce_csrf_checks=True).post("/language", {"language": "en"}, HTTP_ACCEPT_LANGUAGE="en")
    assert answer.status_code == 403
    assert b"The page is out of date" in answer.content


def test_who_is_not_signed_in_is_led_to_sign_in_and_back(client):
    answer = client.get("/mine?a=1")
    assert answer.status_code == 302
    assert answer["Location"] == "/sign-in?next=%2Fmine%3Fa%3D1"


def test_a_fragment_leads_the_whole_page_to_sign_in(client):
    answer = client.get("/mine", **HTMX, HTTP_HX_CURRENT_URL="http://testserver/cases")
    assert answer["HX-Redirect"] == "/sign-in?next=http%3A%2F%2Ftestserver%2Fcases"


def test_the_actor_is_known_to_a_view(person, browser_of):
    assert browser_of(person("citizen")).get("/mine").content.decode() == "张三丰"


def test_an_officer_without_second_factor_is_led_to_set_it_up(person, browser_of, settings):
    settings.OFFICERS_NEED_TOTP = True
    browser = browser_of(person("desk", "ship_registry.acceptance"))
    assert browser.get("/")["Location"] == "/account/totp"
    assert browser.get("/", **HTMX)["HX-Redirect"] == "/account/totp"
    for public in ("/account/totp", "/account", "/verify", "/about", "/evidence"):
        assert browser.get(public).status_code == 200, public


def test_an_applicant_needs_no_second_factor(person, browser_of, settings):
    settings.OFFICERS_NEED_TOTP = True
    assert browser_of(person("citizen")).get("/").status_code == 200


def test_an_anonymous_page_asks_no_database_for_the_actor(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/about")


def test_a_page_allows_nothing_inline_and_nothing_foreign(client):
    policy = dict(part.strip().split(" ", 1) for part in client.get("/")["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in str(policy)


def test_error_pages_have_the_policy_too(client):
    for address in ("/fail/refused", "/nothing", "/fail/denied"):
        assert "script-src 'self'" in client.get(address)["Content-Security-Policy"]


def test_a_page_with_its_own_policy_keeps_it(client):
    assert client.get("/file")["Content-Security-Policy"] == "sandbox"


def test_a_signed_in_page_is_not_kept_by_a_shared_computer(person, browser_of):
    assert browser_of(person("citizen")).get("/")["Cache-Control"] == "private, no-store"


def test_no_template_has_inline_script_or_style(client, person, browser_of):
    for page in (client.get("/"), browser_of(person("citizen")).get("/")):
        text = page.content.decode()
        assert "style=" not in text
        assert " onclick=" not in text
        assert "<style" not in text
        assert text.count("<script") == text.count("<script src=") + text.count('<script type="module" src=')
