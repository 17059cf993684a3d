"""The main job as people do it: one application filed on a telephone, the desks at their workbenches, seven certificates that verify."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browsing import PHONE, Person
from zimao.kernel.cases.models import Case, WorkItem
from zimao.kernel.documents.models import Document
from zimao.kernel.text import t
from zimao.services.ship_registry.examples import example
from zimao.services.ship_registry.forms.codes import CERTIFICATES
from zimao.services.ship_registry.office import Office, material_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SECTIONS = ("ship", "particulars", "owners", "contract", "manager", "radio", "insurance", "delivery", "daily_cost")


def fill(page: Page, name: str, value: Any) -> None:
    """Fill in a value, a section or rows, as whatever control the page shows for it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            fill(page, f"{name}.{key}", inner)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for index, row in enumerate(value):
            if not page.locator(f'[name^="{name}.{index}."]').count():
                page.get_by_role("button", name="增加一项").click()
            fill(page, f"{name}.{index}", row)
    else:
        fill_control(page, name, value)


def fill_control(page: Page, name: str, value: Any) -> None:
    """One value into its control."""
    control = page.locator(f'[name="{name}"]:not([type=hidden])').first
    kind = control.evaluate("node => node.type || node.tagName.toLowerCase()")
    if kind in ("radio", "checkbox") and not isinstance(value, bool):
        for one in value if isinstance(value, list) else [value]:
            page.locator(f'[name="{name}"][value="{one}"]').check()
    elif kind == "checkbox":
        control.set_checked(value)
    elif kind == "select-one":
        control.select_option(str(value))
    else:
        control.fill("\n".join(value) if isinstance(value, list) else str(value))


def file_application(owner: Person, pdf: str) -> str:
    """The five questions, nine sections, the materials, the submission; the number of the case."""
    page = owner.page
    owner.go("/ships/start")
    for name in ("ship_type", "gross_tonnage", "area", "oil", "radio"):
        fill(page, name, example()["particulars"][name])
    page.get_by_role("button", name="查看所需证书和材料").click()
    expect(page.get_by_role("heading", name="需要 7 本证书")).to_be_visible()
    owner.fits()
    page.get_by_role("button", name="开始申请").click()
    for section in SECTIONS:
        page.wait_for_url(f"**/edit/{section}")
        fill(page, section, example()[section])
        owner.fits()
        page.get_by_role("button", name="保存并继续").click()
    page.wait_for_url("**/materials")
    while page.get_by_text("待提交").count():
        waiting = page.locator("li.list-group-item", has_text="待提交").first
        waiting.locator("input[type=file]").set_input_files(pdf)
        waiting.get_by_role("button", name="上传").click()
        expect(page.get_by_text("材料已收到。")).to_be_visible()
    owner.fits()
    page.get_by_role("link", name="核对并提交").last.click()
    expect(page.get_by_text("全部填写齐全，可以提交。")).to_be_visible()
    page.get_by_role("button", name="提交申请").click()
    page.wait_for_url("**/cases/SR-*")
    expect(page.get_by_text("七证一并受理")).to_be_visible()
    owner.fits()
    return page.url.rpartition("/")[2]


def empty_the_desk(officer: Person) -> None:
    """Do whatever lies on the officer's workbench with the keys: first decision, tick what must be ticked, complete."""
    page = officer.page
    for _ in range(20):
        officer.go("/workbench")
        link = page.locator('main a[href^="/tasks/"]').first
        if not link.count():
            return
        link.click()
        page.wait_for_url("**/tasks/*")
        if page.locator('[name="decision"]:not([type=hidden])').count():
            page.locator("body").press("a")
            expect(page.locator('[name="decision"]:not([type=hidden])').first).to_be_checked()
        for box in page.locator("#complete input[type=checkbox]").all():
            box.check()
        page.get_by_role("button", name="办结", exact=True).click()
        page.wait_for_url("**/cases/*")
    raise AssertionError("the desk never gets empty")


def make_and_dispatch(room: Person) -> None:
    """Make and seal all seven at once, then deliver them electronically."""
    room.go("/ships/certificate-room")
    expect(room.page.locator("[name=item]")).to_have_count(7)
    room.page.get_by_role("button", name="核对无误，制证用章").click()
    expect(room.page.get_by_text("已制证用章")).to_have_count(7)
    room.page.locator('main a[href^="/tasks/"]').first.click()
    room.page.locator('[name="kind"][value="electronic"]').check()
    room.page.get_by_role("button", name="办结", exact=True).click()
    room.page.wait_for_url("**/cases/*")


@pytest.mark.journey
@pytest.mark.fact("10-F1")
@pytest.mark.fact("10-F3")
@pytest.mark.fact("10-F7")
def test_one_application_by_telephone_becomes_seven_certificates_that_verify(browser, site, tmp_path):
    pdf = tmp_path / "材料.pdf"
    pdf.write_bytes(material_page(t("材料", "Material"), ["journey"], timezone.now()))
    owner = Person(browser, site, "owner", PHONE)
    number = file_application(owner, str(pdf))

    desks = ["acceptance1", "registration1", "manning1", "safety1", "radio1", "insurance1"]
    people = {name: Person(browser, site, name) for name in [*desks, "approver1", "certificate_room1"]}
    for name in desks:
        empty_the_desk(people[name])
    empty_the_desk(people["approver1"])  # approving ownership brings nationality, and so on
    make_and_dispatch(people["certificate_room1"])

    assert Case.objects.get(number=number).status == Case.Status.COMPLETED
    owner.go(f"/cases/{number}")
    links = owner.page.get_by_role("link", name="查看、下载、核验")
    expect(links).to_have_count(7)
    for address in [one.get_attribute("href") for one in links.all()]:
        owner.go(address)
        expect(owner.page.get_by_role("heading", name="核验结果")).to_be_visible()
        expect(owner.page.locator("[role=status].alert-success")).to_be_visible()
    stranger = Person(browser, site, "")
    for document in Document.objects.filter(subject=number):
        owner.go(f"/documents/{document.pk}")
        address = owner.page.locator(f'a[href*="/documents/{document.pk}/file"]').first.get_attribute("href")
        given = {"name": "certificate.pdf", "mimeType": "application/pdf", "buffer": owner.page.context.request.get(site + address).body()}
        stranger.go("/verify")
        stranger.page.set_input_files("input[type=file]", given)
        stranger.page.locator("form:has(input[type=file]) button").click()
        expect(stranger.page.locator("[role=status].alert-success")).to_be_visible()
    assert Document.objects.filter(subject=number).count() == len(CERTIFICATES)
    for person in (owner, stranger, *people.values()):
        person.leave()


def test_two_officers_complete_one_task_and_the_second_is_told(browser, site):
    office, now = Office("FZ"), timezone.now()
    case = office.submit("owner", example(), now - timedelta(hours=1))
    task = office.ready(case)["accept_application"].pk
    first, second = Person(browser, site, "acceptance1"), Person(browser, site, "acceptance2")
    for officer in (first, second):
        officer.go(f"/tasks/{task}")
        officer.page.locator('[name="decision"]:not([type=hidden])').first.check()
    first.page.get_by_role("button", name="办结", exact=True).click()
    first.page.wait_for_url("**/cases/*")
    second.page.get_by_role("button", name="办结", exact=True).click()
    expect(second.page.get_by_text("已办结该任务")).to_be_visible()
    assert WorkItem.objects.filter(case=case, element="examine_ownership").count() == 1
    assert WorkItem.objects.get(pk=task).done_by.username == "acceptance1"


def test_a_stranger_learns_nothing_from_the_number_in_the_address(browser, site):
    case = Office("FZ").submit("owner", example(), timezone.now() - timedelta(hours=1))
    stranger = Person(browser, site, "citizen")
    for path in (f"/cases/{case.number}", f"/ships/{case.number}/review", f"/ships/{case.number}/materials", f"/ships/{case.number}"):
        answer = stranger.page.goto(site + path)
        assert answer.status == 404
        assert "闽海油" not in stranger.page.content()


def test_what_is_wrong_is_said_beside_the_field_and_in_the_review(browser, site):
    owner = Person(browser, site, "owner", PHONE)
    page = owner.page
    owner.go("/ships/start?ship_type=oil_tanker&gross_tonnage=2998&area=coastal&oil=persistent&radio=true")
    page.get_by_role("button", name="开始申请").click()
    page.wait_for_url("**/edit/ship")
    fill(page, "ship.name_zh", "MIN HAI")
    page.get_by_role("button", name="保存并继续").click()
    expect(page.locator('[name="ship.name_zh"][aria-invalid="true"]')).to_be_visible()
    assert page.locator('[name="ship.name_zh"]').input_value() == "MIN HAI"
    number = page.url.split("/")[-3]
    owner.go(f"/ships/{number}/review")
    expect(page.get_by_role("button", name="提交申请")).to_be_disabled()
    owner.go(f"/ships/{number}/materials")
    page.locator("input[type=file]").first.set_input_files(
        {"name": "照片.pdf", "mimeType": "application/pdf", "buffer": b"MZ" + b"0" * 300}
    )
    page.get_by_role("button", name="上传").first.click()
    expect(page.get_by_text("只接受PDF、JPEG或PNG文件").first).to_be_visible()
