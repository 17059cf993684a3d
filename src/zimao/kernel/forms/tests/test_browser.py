"""The scripts in a real browser, under the content security policy: conditions, rows, the check of one field; and life without scripts."""

from __future__ import annotations

import mimetypes
import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.http import QueryDict
from django.template import Context, Template
from django.test import RequestFactory
from playwright.sync_api import expect, sync_playwright

from zimao.kernel.forms import bind, field_answer, problems_of, read
from zimao.kernel.forms.tests.sample import GOOD, Application

pytestmark = pytest.mark.browser

HOME = "http://forms.test/"
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'"
PAGE = """{% load forms static %}<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>表单</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="htmx-config" content='{"includeIndicatorCSS": false}'>
<link rel="stylesheet" href="{% static "vendor/bootstrap/bootstrap.min.css" %}">
<script src="{% static "vendor/htmx/htmx.min.js" %}" defer></script></head>
<body><main class="container"><form method="post" novalidate>{% form_problems bound %}{% form_fields bound check="/check" %}
<button class="btn btn-primary" id="send">提交</button></form></main>{% form_assets %}</body></html>"""


class Site:
    """Answers the browser: the form at ``/``, shown again after a POST with what is wrong; the check at ``/check``."""

    def __init__(self, page, values):
        self.page, self.values, self.problems, self.sent, self.complaints = page, values, (), None, []
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.route("**/*", self.answer)
        page.goto(HOME)

    def answer(self, route):
        address = urlsplit(route.request.url)
        if address.path.startswith("/static/"):
            path = Path(finders.find(address.path.removeprefix("/static/")))
            route.fulfill(body=path.read_bytes(), content_type=mimetypes.guess_type(path.name)[0])
        elif address.path == "/check":
            asked = RequestFactory().generic(
                "POST", f"{address.path}?{address.query}", route.request.post_data_buffer, route.request.headers["content-type"]
            )
            route.fulfill(body=field_answer(asked, Application).content, content_type="text/html; charset=utf-8")
        elif address.path == "/":
            if route.request.method == "POST":
                self.sent = QueryDict(route.request.post_data)
                self.values = read(Application, self.sent)
                self.problems = () if "_more" in self.sent else problems_of(Application, self.values)
            body = Template(PAGE).render(Context({"bound": bind(Application, self.values, self.problems)}))
            route.fulfill(body=body, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY})
        else:
            route.fulfill(status=404)


@pytest.fixture(scope="module")
def chromium():
    path = os.environ.get("ZIMAO_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium):
    contexts, sites = [], []

    def open_page(values=GOOD, **options):
        contexts.append(chromium.new_context(**options))
        sites.append(Site(contexts[-1].new_page(), values))
        return sites[-1]

    yield open_page
    assert [complaint for site in sites for complaint in site.complaints] == []
    for context in contexts:
        context.close()


def test_a_field_is_shown_when_the_answer_before_it_asks_for_it(visit):
    page = visit().page
    address = page.get_by_label("地址")
    expect(address).to_be_visible()
    page.get_by_label("电子").check()
    expect(address).to_be_hidden()
    page.get_by_label("邮寄").check()
    expect(address).to_be_visible()
    expect(address).to_have_value("福州市台江区")


def test_rows_are_added_and_removed_in_place(visit):
    site = visit()
    page, rows = site.page, site.page.locator("#id_owners [data-row]")
    add = page.get_by_role("button", name="增加一项")
    expect(rows).to_have_count(2)
    add.click()
    expect(rows).to_have_count(3)
    assert page.evaluate("document.activeElement.name") == "owners.2.kind"
    new = rows.nth(2)
    new.get_by_label("企业").check()
    expect(new.get_by_label("中方资本")).to_be_visible()
    new.get_by_label("个人").check()
    expect(new.get_by_label("中方资本")).to_be_hidden()
    new.get_by_label("名称").fill("李四")
    new.get_by_label("份额").fill("１")
    add.click()
    expect(add).to_be_disabled()
    assert page.evaluate(
        "[...document.querySelectorAll('[id]')].length === new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size"
    )
    rows.nth(0).get_by_role("button", name="删除此项").click()
    expect(rows).to_have_count(3)
    expect(add).to_be_enabled()
    expect(rows.nth(1).get_by_role("button", name="所有人 2")).to_be_visible()
    assert rows.locator("legend [data-row-number]").all_text_contents() == ["1", "2", "3"]
    page.locator("#send").click()
    page.wait_for_load_state()
    assert [(row["name"], row["share"]) for row in site.values["owners"]] == [("张三", "40"), ("李四", "1")]


def test_one_field_is_checked_when_it_is_left_and_the_focus_moves_on(visit):
    page = visit().page
    tonnage, built = page.get_by_label("总吨"), page.get_by_label("建成日期")
    tonnage.fill("0")
    tonnage.press("Tab")
    expect(page.locator("#id_ship-tonnage--error")).to_have_text("必须大于 0")
    expect(tonnage).to_have_attribute("aria-invalid", "true")
    expect(built).to_be_focused()
    expect(built).not_to_have_attribute("aria-invalid", "true")
    tonnage.fill("２９９８")
    tonnage.press("Tab")
    expect(page.locator("#id_ship-tonnage--error")).to_have_text("")
    expect(tonnage).not_to_have_attribute("aria-invalid", "true")
    expect(built).to_be_focused()


def test_a_new_row_is_checked_like_the_others(visit):
    page = visit().page
    page.get_by_role("button", name="增加一项").click()
    row = page.locator("#id_owners-2")
    row.get_by_label("名称").fill("李四")
    row.get_by_label("份额").fill("101")
    row.get_by_label("份额").press("Tab")
    expect(page.locator("#id_owners-2-share--error")).to_have_text("不得大于 100")


def test_a_refused_form_puts_the_focus_on_the_summary_and_its_links_on_the_fields(visit):
    site = visit()
    page = site.page
    page.get_by_label("总吨").fill("0")
    page.locator("#send").click()
    summary = page.locator("#problems")
    expect(summary).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("总吨")).to_be_focused()
    expect(page.get_by_label("总吨")).to_have_value("0")


def test_without_scripts_every_question_can_be_answered_and_rows_added(visit):
    site = visit(GOOD | {"delivery": {"kind": "electronic"}}, java_script_enabled=False)
    page = site.page
    expect(page.get_by_label("地址")).to_be_visible()  # hidden by the server, shown by the style sheet where no script can
    rows = page.locator("#id_owners [data-row]")
    expect(rows).to_have_count(3)
    rows.nth(2).get_by_label("名称").fill("李四")
    page.get_by_role("button", name="增加一项").click()
    expect(rows).to_have_count(4)
    expect(rows.nth(2).get_by_label("名称")).to_have_value("李四")
    page.get_by_label("邮寄").check()
    page.locator("#send").click()
    expect(page.get_by_label("地址")).to_be_visible()
    expect(page.locator("#problems")).to_contain_text("领取 · 地址：请填写此项")


def test_a_telephone_never_scrolls_sideways(visit):
    page = visit({}, viewport={"width": 375, "height": 700}).page
    page.locator("#send").click()
    expect(page.locator("#problems")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    cargoes = page.locator("[data-field='ship.cargoes'] input[type=checkbox]").all()
    assert len({round(box.bounding_box()["x"]) for box in cargoes}) == 1  # one below the other, none drawn beside the legend
