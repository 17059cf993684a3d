"""Real browsers at a running server: the fixtures and the person at the screen that the journeys share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, sync_playwright

from zimao.kernel.calendars.operations import load_statutory_years
from zimao.kernel.parties.demo import load_demo
from zimao.kernel.parties.passwords import DEMO_PASSWORD
from zimao.services.ship_registry.demo import open_offices

__all__ = ["DESK", "PHONE", "Person", "browser", "site"]

PHONE, DESK = {"width": 375, "height": 800}, {"width": 1280, "height": 900}
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking", "--disable-quic"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread; the ORM is used between its calls only
    path = os.environ.get("ZIMAO_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as running:
        found = running.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def site(live_server, settings) -> str:
    settings.DEMO, settings.OFFICERS_NEED_TOTP = True, False
    settings.PUBLIC_URL = live_server.url
    now = timezone.now()
    load_statutory_years(now)
    load_demo(now)
    open_offices(now)
    return live_server.url


class Person:
    """Somebody at a screen. Every complaint of the browser's console is kept."""

    def __init__(self, browser: Browser, site: str, username: str, size: dict[str, int] = DESK) -> None:
        self.site = site
        self.page: Page = browser.new_context(viewport=size, locale="zh-CN", accept_downloads=True).new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        if username:
            self.go("/sign-in")
            self.page.fill("[name=username]", username)
            self.page.fill("[name=password]", DEMO_PASSWORD)
            self.page.click("main button[type=submit]")
            self.page.wait_for_url(f"{site}/")

    def go(self, path: str) -> None:
        self.page.goto(self.site + path)

    def fits(self) -> None:
        """Nothing makes the page wider than the screen."""
        assert self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    def leave(self) -> None:
        assert self.complaints == []
        self.page.context.close()
