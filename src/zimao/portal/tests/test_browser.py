"""The portal in a real browser, at a desk's and at a phone's width, under its security policy."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

import zimao
from zimao.portal.tests.conftest import PASSWORD

pytestmark = pytest.mark.browser

DIAGRAM = Path(zimao.__file__).parent / "services" / "ship_registry" / "processes" / "ship_initial_registration-v1.bpmn"
WIDTHS = {"desk": 1280, "phone": 375}
PUBLIC = ("/", "/about", "/sign-in", "/register", "/verify", "/evidence")
SIGNED_IN = {"citizen": ("/", "/cases", "/account", "/notices", "/documents", "/mandates"), "admin": ("/", "/members", "/events")}
CHROMIUM = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"]
WATCH = """() => {
  window.broken = [];
  document.addEventListener("securitypolicyviolation", (event) => broken.push(event.violatedDirective));
}"""
THREE_PRESSES = """async () => {
  for (let press = 0; press < 3; press += 1) {
    document.querySelector("main form button[type=submit]").click();
    await new Promise((then) => setTimeout(then, 150));
  }
}"""


@pytest.fixture
def people(transactional_db, person):
    """Made before the browser starts: its event loop and the database do not mix."""
    person("citizen")
    person("admin", "zone.admin")


class Window:
    """One window on the running site: where it is, and what it complained about."""

    def __init__(self, page: Page, home: str) -> None:
        self.page, self.home, self.complaints = page, home, []
        page.on("console", lambda message: self.complaints.append(message.text) if message.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def go(self, path: str) -> Page:
        self.page.goto(f"{self.home}{path}")
        return self.page

    def sign_in(self, username: str) -> None:
        self.go("/sign-in")
        self.page.fill("#id_username", username)
        self.page.fill("#id_password", PASSWORD)
        self.page.click("main form button[type=submit]")
        self.page.wait_for_url(f"{self.home}/")

    def width_beyond(self) -> int:
        return self.page.evaluate("document.documentElement.scrollWidth - innerWidth")


@pytest.fixture
def window(people, live_server):
    path = os.environ.get("ZIMAO_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=path, args=CHROMIUM)
        yield lambda width: Window(browser.new_page(viewport={"width": width, "height": 800}, locale="zh-CN"), live_server.url)
        browser.close()


def check(seen: Window, path: str) -> None:
    page = seen.go(path)
    expect(page.locator("h1")).to_have_count(1)
    assert seen.width_beyond() <= 0, path
    assert seen.complaints == [], path


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_pages_fit_have_one_heading_and_no_complaint(window, width):
    seen = window(width)
    for path in PUBLIC:
        check(seen, path)
    for username, paths in SIGNED_IN.items():
        seen = window(width)
        seen.sign_in(username)
        for path in paths:
            check(seen, path)


def test_the_first_tab_leads_to_the_content(window):
    page = window(1280).go("/about")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("跳到正文")
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


def test_the_menu_opens_on_a_phone(window):
    page = window(375).go("/")
    link = page.locator("#menu a[href='/about']")
    expect(link).to_be_hidden()
    page.click(".navbar-toggler")
    expect(link).to_be_visible()
    link.click()
    expect(page.locator("h1")).to_have_text("关于平台")


def test_the_language_switch_keeps_the_page(window):
    page = window(375).go("/about")
    page.click("form[action='/language'] button")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("h1")).to_have_text("About the platform")


def test_the_keyboard_shows_help_and_finds_the_search(window):
    page = window(1280).go("/verify")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("#code")).to_be_focused()


def test_a_refused_fragment_is_told_in_a_toast_and_swaps_nothing(window):
    seen = window(1280)
    seen.sign_in("citizen")
    page = seen.page
    button = "<button class='btn' id='probe' type='button' hx-post='/account/zone' hx-vals='{\"zone\": \"XX\"}'>probe</button>"
    page.evaluate("(html) => { const main = document.querySelector('main'); main.innerHTML = html; htmx.process(main); }", button)
    page.click("#probe")
    expect(page.locator(".notice-toast p")).to_have_text("您在该片区没有权限")
    expect(page.locator("#probe")).to_have_text("probe")
    expect(page.locator("#probe")).not_to_have_class("btn is-busy")


def test_what_cannot_be_undone_is_asked_first(window):
    seen = window(1280)
    seen.sign_in("citizen")
    page = seen.page
    page.locator("form[action='/sign-out'] button").evaluate("(button) => { button.dataset.confirm = '确定退出？'; button.click(); }")
    expect(page.locator("#ask-words")).to_have_text("确定退出？")
    page.click("#ask button[value=no]")
    expect(page.locator("#ask")).to_be_hidden()
    assert page.url == f"{seen.home}/"
    page.locator("form[action='/sign-out'] button").evaluate("(button) => button.click()")
    page.click("#ask button[value=yes]")
    page.wait_for_url("**/sign-in")


def test_a_second_press_sends_nothing(window):
    seen = window(1280)
    page = seen.go("/sign-in")
    sent = []
    page.route("**/sign-in", lambda route: sent.append(route) if route.request.method == "POST" else route.continue_())
    page.fill("#id_username", "citizen")
    page.fill("#id_password", PASSWORD)
    page.evaluate(THREE_PRESSES)
    assert len(sent) == 1
    sent[0].abort()


def test_diagram_and_chart_obey_the_policy_and_the_mark_stays(window):
    page = window(1280).go("/about")
    page.evaluate(WATCH)
    for style in ("bpmn-js/diagram-js.css", "bpmn-js/bpmn-js.css"):
        page.add_style_tag(url=f"/static/vendor/{style}")
    for script in ("bpmn-js/bpmn-navigated-viewer.production.min.js", "echarts/echarts.min.js"):
        page.add_script_tag(url=f"/static/vendor/{script}")
    page.evaluate(
        """async (xml) => {
          const diagram = Object.assign(document.createElement("div"), { className: "diagram" });
          const chart = Object.assign(document.createElement("div"), { className: "chart" });
          document.querySelector("main").prepend(diagram, chart);
          const viewer = new BpmnJS({ container: diagram });
          await viewer.importXML(xml);
          const { draw } = await import("/static/portal/charts.js");
          const drawn = draw(chart, {
            tooltip: { trigger: "axis" }, legend: {}, animation: false,
            xAxis: { type: "category", data: ["旧", "新"] }, yAxis: {}, series: [{ type: "bar", name: "工作日", data: [41, 20] }],
          });
          drawn.dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: 1 });
        }""",
        DIAGRAM.read_text(encoding="utf-8"),
    )
    expect(page.locator(".bjs-powered-by")).to_be_visible()
    expect(page.locator(".diagram .djs-element").first).to_be_visible()
    expect(page.locator(".chart svg")).to_contain_text("工作日")
    page.wait_for_timeout(300)
    assert page.evaluate("broken") == []
