"""An officer's day at the workbench without a mouse: choose, take, decide, go on; and what happens when two want the same task."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from tests.browsing import PHONE, Person
from zimao.kernel.cases.models import Case, WorkItem
from zimao.services.ship_registry.examples import example
from zimao.services.ship_registry.office import Office

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STEP = "accept_application"


@pytest.fixture
def office(site) -> Office:
    return Office("FZ")


def filed(office: Office, number: int, at: datetime) -> Case:
    """An application for a ship of that number; the earlier it was filed, the higher it stands on the workbench."""
    name, code = f"闽海油{number}", f"CN2024000{number:04d}"
    ship = {"name_zh": name, "name_en": f"DEMO SHIP {number}", "identification_number": code, "imo_number": "", "call_sign": ""}
    return office.submit("owner", example(ship={**ship, "alternatives": []}, insurance={"ship_name": name}), at)


@pytest.fixture
def tasks(office) -> list[int]:
    """Three applications that wait for the acceptance desk, in the order in which they stand there."""
    now = timezone.now()
    return [office.ready(filed(office, 70 + n, now - timedelta(hours=5 - n)))[STEP].pk for n in range(3)]


def row(page: Page, task: int) -> Locator:
    return page.locator(f"#task-{task}")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def is_chosen(page: Page, task: int) -> None:
    """The task is the only one chosen."""
    expect(page.locator("[data-task].is-chosen")).to_have_count(1)
    expect(page.locator(f"#task-{task}.is-chosen")).to_be_visible()


def is_focused(page: Page, task: int) -> None:
    expect(page.locator(f"#open-{task}")).to_be_focused()


# --- the workbench -----------------------------------------------------------------------------------------------------


def test_j_and_k_go_through_the_tasks_and_stop_at_both_ends(browser, site, tasks):
    officer = Person(browser, site, "acceptance1")
    page = officer.page
    officer.go("/workbench")
    expect(page.locator("[data-task]")).to_have_count(3)
    for key, at in (("j", 0), ("j", 1), ("j", 2), ("j", 2), ("k", 1), ("k", 0), ("k", 0)):
        press(page, key)
        is_chosen(page, tasks[at])
        is_focused(page, tasks[at])
    officer.leave()


def test_enter_opens_the_chosen_task(browser, site, tasks):
    officer = Person(browser, site, "acceptance1")
    officer.go("/workbench")
    press(officer.page, "j", "j", "Enter")
    officer.page.wait_for_url(f"**/tasks/{tasks[1]}")
    officer.page.go_back()
    is_chosen(officer.page, tasks[1])
    officer.leave()


def test_c_takes_the_chosen_task_and_stays_on_it(browser, site, tasks):
    officer = Person(browser, site, "acceptance1")
    page = officer.page
    officer.go("/workbench?unassigned=1")
    press(page, "j", "j")
    with page.expect_navigation():
        press(page, "c")
    assert WorkItem.objects.get(pk=tasks[1]).assigned_to.username == "acceptance1"
    expect(page.get_by_text("已领取")).to_be_visible()
    expect(page.locator("[data-task]")).to_have_count(2)  # the filter is still on
    officer.go(f"/workbench#task-{tasks[1]}")
    is_chosen(page, tasks[1])
    expect(row(page, tasks[1]).get_by_text("我", exact=True)).to_be_visible()
    press(page, "c")  # a task that is held is not taken again
    expect(page).to_have_url(f"{site}/workbench#task-{tasks[1]}")
    officer.leave()


def test_a_slash_goes_to_the_search_where_letters_are_letters(browser, site, tasks):
    officer = Person(browser, site, "acceptance1")
    page = officer.page
    officer.go("/workbench")
    press(page, "j", "/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("jck71")
    expect(page.locator("#q")).to_have_value("jck71")
    is_chosen(page, tasks[0])
    page.locator("#q").fill("油71")
    press(page, "Enter")
    page.wait_for_url("**/workbench?q=*")
    expect(page.locator("[data-task]")).to_have_count(1)
    expect(row(page, tasks[1])).to_be_visible()
    officer.leave()


def test_a_question_mark_tells_the_keys_of_this_page(browser, site, tasks):
    officer = Person(browser, site, "acceptance1")
    page = officer.page
    officer.go("/workbench")
    press(page, "?")
    help_ = page.locator("#help")
    expect(help_).to_be_visible()
    expect(help_.get_by_text("领取所选任务")).to_be_visible()
    expect(help_.get_by_text("跳到搜索框")).to_be_visible()
    press(page, "j")  # behind the dialog nothing moves
    expect(page.locator(".is-chosen")).to_have_count(0)
    press(page, "Escape")
    expect(help_).to_be_hidden()
    press(page, "j")
    is_chosen(page, tasks[0])
    officer.leave()


def test_a_refresh_keeps_what_was_chosen_while_others_work(browser, site, office, tasks):
    officer = Person(browser, site, "acceptance1")
    page = officer.page
    page.clock.install()
    officer.go("/workbench")
    press(page, "j", "j")
    now = timezone.now()
    office.complete(WorkItem.objects.get(pk=tasks[0]).case, STEP, now, "acceptance2")
    fresh = office.ready(filed(office, 79, now))[STEP].pk
    refreshed(page)
    expect(row(page, tasks[0])).to_have_count(0)
    expect(row(page, fresh)).to_be_visible()
    is_chosen(page, tasks[1])
    is_focused(page, tasks[1])
    press(page, "j")
    is_chosen(page, tasks[2])
    press(page, "k")
    # somebody else does the chosen one: the one that has come into its place is chosen
    office.complete(WorkItem.objects.get(pk=tasks[1]).case, STEP, now, "acceptance2")
    refreshed(page)
    expect(row(page, tasks[1])).to_have_count(0)
    is_chosen(page, tasks[2])
    officer.leave()


def refreshed(page: Page) -> None:
    """Half a minute goes by."""
    with page.expect_response("**/workbench/rows*"):
        page.clock.fast_forward(31_000)


def test_the_workbench_on_a_telephone(browser, site, tasks):
    officer = Person(browser, site, "acceptance1", PHONE)
    officer.go("/workbench")
    officer.fits()
    with officer.page.expect_navigation():
        row(officer.page, tasks[0]).get_by_role("button", name="领取").click()
    assert WorkItem.objects.get(pk=tasks[0]).assigned_to.username == "acceptance1"
    for path in (f"/tasks/{tasks[0]}", f"/cases/{WorkItem.objects.get(pk=tasks[0]).case.number}"):
        officer.go(path)
        officer.fits()
    officer.leave()


# --- one task ------------------------------------------------------------------------------------------------------------


def decision(page: Page, value: str) -> Locator:
    return page.locator(f'#complete [name="decision"][type=radio][value="{value}"]')


def test_a_and_r_decide_and_control_enter_goes_on(browser, site, tasks):
    officer = Person(browser, site, "acceptance1")
    page = officer.page
    officer.go(f"/tasks/{tasks[0]}")
    values = [one.get_attribute("value") for one in page.locator('#complete [name="decision"][type=radio]').all()]
    assert "refuse" in values
    press(page, "r")
    expect(decision(page, "refuse")).to_be_checked()
    press(page, "a")
    expect(decision(page, values[0])).to_be_checked()
    for box in page.locator("#complete input[type=checkbox]").all():
        box.check()
    press(page, "Control+Enter")
    page.wait_for_url(f"**/tasks/{tasks[1]}")
    expect(page.get_by_text("已办结").first).to_be_visible()
    done = WorkItem.objects.get(pk=tasks[0])
    assert (done.status, done.decision, done.done_by.username) == ("done", values[0], "acceptance1")
    officer.leave()


def test_n_goes_on_without_completing(browser, site, tasks):
    officer = Person(browser, site, "acceptance1")
    officer.go(f"/tasks/{tasks[0]}")
    press(officer.page, "n")
    officer.page.wait_for_url(f"**/tasks/{tasks[1]}")
    assert WorkItem.objects.get(pk=tasks[0]).status == "open"
    officer.leave()


def test_letters_typed_into_the_form_decide_nothing(browser, site, tasks):
    officer = Person(browser, site, "acceptance1")
    page = officer.page
    officer.go(f"/tasks/{tasks[0]}")
    press(page, "r")  # a refusal asks for its reasons
    field = page.locator("#complete textarea:visible").first
    field.focus()
    page.keyboard.type("a ran")
    expect(field).to_have_value("a ran")
    expect(decision(page, "refuse")).to_be_checked()
    expect(page).to_have_url(f"{site}/tasks/{tasks[0]}")
    officer.leave()


# --- two officers --------------------------------------------------------------------------------------------------------


def test_of_two_officers_who_take_one_task_the_second_is_told_whose_it_is(browser, site, tasks):
    first, second = Person(browser, site, "acceptance1"), Person(browser, site, "acceptance2")
    for officer in (first, second):
        officer.go("/workbench")
        press(officer.page, "j")
    with first.page.expect_navigation():
        press(first.page, "c")
    with second.page.expect_navigation():
        press(second.page, "c")
    held = WorkItem.objects.select_related("assigned_to__party").get(pk=tasks[0])
    assert held.assigned_to.username == "acceptance1"
    expect(second.page.locator("[role=alert]")).to_contain_text(held.assigned_to.party.name)
    expect(second.page.locator("#complete")).to_have_count(0)
    second.go("/workbench")
    expect(row(second.page, tasks[0])).to_contain_text(held.assigned_to.party.name)
    expect(row(second.page, tasks[0]).get_by_role("button")).to_have_count(0)
    first.go(f"/tasks/{tasks[0]}")
    first.page.get_by_role("button", name="退回岗位").click()
    expect(first.page.get_by_text("已退回岗位")).to_be_visible()
    second.go(f"/tasks/{tasks[0]}")
    second.page.get_by_role("button", name="领取").click()
    expect(second.page.get_by_text("已领取")).to_be_visible()
    assert WorkItem.objects.get(pk=tasks[0]).assigned_to.username == "acceptance2"
    first.leave()
