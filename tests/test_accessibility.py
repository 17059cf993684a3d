"""The pages under axe-core (WCAG 2.2 A and AA, and its best practices), as each kind of person meets them, wide and on a telephone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.db import connections
from django.utils import timezone

from tests.world import load_world
from zimao.kernel.cases.models import WorkItem
from zimao.kernel.documents.models import Document
from zimao.kernel.parties.passwords import DEMO_PASSWORD
from zimao.services.ship_registry.models import Application

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async (rules) => (await axe.run(document, {runOnly: rules})).violations
    .map((one) => `${one.id} (${one.impact}): ${one.nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`)"""


def elsewhere(work: Callable[[], None]) -> None:
    """Do it in a thread of its own: signing runs an event loop, and this thread already has Playwright's."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()


def pages() -> dict[str, list[str]]:
    """Addresses by the account that opens them; the empty name is nobody."""
    case = Application.objects.exclude(case=None).filter(zone_id="FZ").order_by("pk")[1].number
    drafted = Application.objects.filter(case=None).first().number
    examined = WorkItem.objects.filter(status="open", role="ship_registry.registration").first().pk
    code = Document.objects.first().code
    answers = "ship_type=oil_tanker&gross_tonnage=2998&area=coastal&oil=persistent&radio=true"
    public = ["/", "/sign-in", "/register", f"/ships/start?{answers}", "/verify", f"/verify/{code}", "/evidence", "/about", "/effects"]
    laws = ["/tables", "/tables/ship_periods", "/decisions", "/decisions/ship.certificates", "/calendar", "/calendar/due"]
    draft = [f"/ships/{drafted}/{step}" for step in ("edit/ship", "edit/owners", "edit/insurance", "materials", "review")]
    return {
        "": [*public, *laws, "/processes/ship_initial_registration", "/nothing-here"],
        "owner": ["/", "/cases", f"/cases/{case}", *draft, "/notices", "/documents", "/account", "/mandates", "/account/totp"],
        "registration1": ["/", "/workbench", f"/tasks/{examined}", f"/cases/{case}"],
        "certificate_room1": ["/ships/certificate-room"],
        "supervisor1": ["/cases", "/ships/desks", "/ships/register", "/lab/ship_registry"],
        "admin": ["/members"],
        "editor": ["/tables/ship_periods/draft"],
    }


@pytest.mark.parametrize("width", [1280, 375])
def test_no_page_breaks_a_rule(browser, live_server, settings, width):
    settings.DEMO, settings.OFFICERS_NEED_TOTP = True, False
    elsewhere(load_world)
    script = Path(str(finders.find("vendor/axe-core/axe.min.js"))).read_text(encoding="utf-8")
    found: dict[str, Any] = {}
    began = timezone.now()
    for username, addresses in pages().items():
        context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)  # axe is put in from outside
        page = context.new_page()
        if username:
            page.goto(f"{live_server.url}/sign-in")
            page.fill("[name=username]", username)
            page.fill("[name=password]", DEMO_PASSWORD)
            page.click("main button[type=submit]")
            page.wait_for_url(f"{live_server.url}/")
        for address in addresses:
            answer = page.goto(live_server.url + address)
            assert answer.status == (404 if address == "/nothing-here" else 200), f"{username} {address}"
            page.wait_for_load_state("networkidle")
            page.evaluate(script)
            if broken := page.evaluate(RUN, RULES):
                found[f"{username} {address}"] = broken
        context.close()
    assert found == {}
    assert timezone.now() - began < timedelta(minutes=10)  # a page that hangs is no page
