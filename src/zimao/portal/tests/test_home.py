"""The front page by role, the menu, the switches of language and zone."""

from datetime import timedelta

import pytest
from django.urls import resolve
from django.utils import timezone

from zimao.kernel.cases.models import Case, WorkItem
from zimao.kernel.manifest import services
from zimao.portal.navigation import ITEMS

pytestmark = pytest.mark.django_db


def page_of(browser, path="/", language="zh-hans", **extra):
    return browser.get(path, HTTP_ACCEPT_LANGUAGE=language, **extra).content.decode()


def open_case(user, zone, number="SR-1", status=Case.Status.OPEN):
    return Case.objects.create(
        number=number,
        zone=zone,
        service="ship_registry",
        process_key="p",
        process_version=1,
        process_sha256="0" * 64,
        state_text="{}",
        engine_format="1",
        status=status,
        title_zh="船舶登记",
        title_en="Ship registration",
        applicant=user.party,
        filed_by=user,
        submitted_at=timezone.now(),
    )


def open_task(case, role, due_in_days):
    due = timezone.localdate() + timedelta(days=due_in_days)
    return WorkItem.objects.create(case=case, task_guid=str(due_in_days), element="e", role=role, opened_at=timezone.now(), due_on=due)


def test_signed_out_sees_what_is_offered_and_the_two_ways_in(client):
    page = page_of(client)
    for service in services():
        assert service.name.zh in page
        assert service.summary.zh in page
    assert 'action="/verify"' in page
    assert 'action="/track"' in page
    assert 'href="/sign-in"' in page
    assert 'href="/workbench"' not in page


def test_signed_out_in_english_has_no_chinese_sentence(client):
    page = page_of(client, language="en")
    assert '<html lang="en">' in page
    for service in services():
        assert service.name.en in page
        assert service.name.zh not in page


def test_an_applicant_sees_own_cases_and_tasks(person, browser_of, zone):
    user = person("citizen")
    open_task(open_case(user, zone), "applicant", -2)
    open_case(user, zone, "SR-2")
    open_case(user, zone, "SR-3", Case.Status.COMPLETED)
    page = page_of(browser_of(user))
    assert '<span class="count">1</span>' in page
    assert '<span class="count">2</span>' in page
    assert "/cases/SR-2" in page
    assert "SR-3" not in page
    assert "已逾期 2 天" in page
    assert 'href="/mandates"' in page
    assert 'href="/members"' not in page


def test_an_officer_sees_the_tasks_of_the_desk_and_no_others(person, browser_of, zone):
    case = open_case(person("citizen"), zone)
    mine, other = open_task(case, "ship_registry.acceptance", 1), open_task(case, "ship_registry.approver", 9)
    page = page_of(browser_of(person("desk", "ship_registry.acceptance")))
    assert f'href="/tasks/{mine.pk}"' in page
    assert f'href="/tasks/{other.pk}"' not in page
    assert "还有 1 天" in page
    assert 'href="/workbench"' in page
    assert 'href="/cases"' not in page


@pytest.mark.parametrize(
    ("role", "there", "absent"),
    [
        ("zone.admin", ["/members", "/events", "/notices/stuck"], ["/access-records", "/workbench", "/mandates"]),
        ("auditor", ["/access-records"], ["/members", "/workbench"]),
        ("table.editor", ["/tables"], ["/members", "/access-records"]),
    ],
)
def test_the_menu_and_cards_follow_the_role(person, browser_of, role, there, absent):
    page = page_of(browser_of(person("officer", role)))
    for path in there:
        assert page.count(f'href="{path}"') == 2, "once in the menu, once as a card"
    for path in absent:
        assert f'href="{path}"' not in page


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.path)
def test_every_item_of_the_menu_leads_to_a_page_of_this_installation(item):
    assert resolve(item.path)


def test_the_menu_marks_where_the_reader_is(client):
    page = page_of(client, "/about")
    assert page.count('aria-current="page"') == 1
    assert 'href="/about" aria-current="page"' in page


@pytest.mark.parametrize(("chosen", "lang"), [("en", "en"), ("zh", "zh-Hans")])
def test_the_language_switch_keeps_the_page_and_stays(client, chosen, lang):
    answer = client.post("/language", {"language": chosen, "next": "/verify?code=1"})
    assert answer["Location"] == "/verify?code=1"
    assert f'<html lang="{lang}">' in page_of(client, "/about", language="fr")


def test_the_language_of_who_is_signed_in_is_kept_for_notices(person, browser_of):
    user = person("citizen")
    browser_of(user).post("/language", {"language": "en", "next": "/"})
    user.refresh_from_db()
    assert user.language == "en"


def test_an_unknown_language_is_refused(client):
    assert client.post("/language", {"language": "tlh"}).status_code == 422


def test_the_switch_never_leads_to_another_site(client):
    assert client.post("/language", {"language": "en", "next": "https://evil.example/"})["Location"] == "/"


def test_the_zone_switch_offers_the_zones_and_changes_the_zone(person, browser_of, other_zone):
    browser = browser_of(person("citizen"))
    assert 'value="XM"' in page_of(browser)
    assert browser.post("/account/zone", {"zone": "XM", "next": "/"})["Location"] == "/"
    assert "申请人 · 厦门片区" in page_of(browser)


def test_who_has_one_zone_is_offered_no_switch(person, browser_of):
    assert 'name="zone"' not in page_of(browser_of(person("citizen")))


def test_a_receipts_number_leads_to_the_case(client):
    assert client.get("/track", {"number": " sr-fz-2026-1 "})["Location"] == "/cases/SR-FZ-2026-1"
    assert client.get("/track", {"number": "../x"})["Location"] == "/cases/..%2FX"
    assert client.get("/track")["Location"] == "/"


def test_the_icon_has_a_permanent_address(client):
    assert client.get("/favicon.ico").status_code == 301


def test_a_demonstration_says_so_on_every_page(client, settings):
    settings.DEMO = True
    assert "演示环境" in page_of(client, "/about")
    settings.DEMO = False
    assert "演示环境" not in page_of(client, "/about")
