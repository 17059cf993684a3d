"""Every page against every kind of reader: no page fails, and what is not public leads to the sign-in page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter

from tests.world import people
from zimao.kernel.cases.models import Case, Material, WorkItem
from zimao.kernel.documents.models import Document
from zimao.kernel.parties.models import User

PUBLIC = {
    "/",
    "/about",
    "/healthz",
    "/verify",
    "/sign-in",
    "/register",
    "/register/person",
    "/register/enterprise",
    "/evidence",
    "/ships/start",
    "/ships/application.xlsx",
}
"""What anybody may read without signing in. A page that disappears from here, or asks for a sign-in, is a change to think about."""
NEVER = ("/api/", "/static/", "/sign-out", "/sign-in/openid")
PLACE = re.compile(r"<(?:\w+:)?(\w+)>")
ANSWERS = {200, 204, 301, 302, 303, 400, 403, 404, 405, 409, 422}


def _patterns(resolver: URLResolver, trail: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for one in resolver.url_patterns:
        here = trail + str(one.pattern).removeprefix("^").removesuffix("$")
        if isinstance(one, URLResolver):
            yield from _patterns(one, here)
        else:
            yield here, one


PAGES = {where: pattern for where, pattern in _patterns(get_resolver()) if not where.startswith(NEVER)}


def _values() -> dict[str, Any]:
    """A real value for each name that stands in an address."""
    case = Case.objects.filter(zone_id="FZ").order_by("pk")[0]
    document = Document.objects.order_by("pk").first()
    return {
        "number": case.number,
        "item_id": WorkItem.objects.filter(case__zone_id="FZ").order_by("pk")[0].pk,
        "material_id": Material.objects.order_by("pk")[0].pk,
        "code": document.code if document else "AAAA",
        "name": "ship_periods",
        "service": "ship_registry",
        "key": "ship_initial_registration",
        "year": 2026,
        "zone": "FZ",
    }


def _addresses() -> dict[str, str]:
    """Each page with an address in which every place is filled."""
    values = _values()
    found = {}
    for where, pattern in PAGES.items():
        # a path ("<int:pk>") or a regular expression ("(?P<pk>...)"); the latter are forms' targets with a path of their own
        kinds = {name: isinstance(one, IntConverter) for name, one in pattern.pattern.converters.items()}
        if "(?P<" not in where:
            found[where] = PLACE.sub(lambda place, kinds=kinds: str(values.get(place[1], 1 if kinds[place[1]] else "x")), where)
    return found


def test_there_are_pages():
    assert len(PAGES) > 50
    assert {"/sign-in", "/workbench", "/cases", "/verify"} <= set(PAGES)


def test_no_page_fails_for_anybody(demo):
    addresses = _addresses()
    wrong = []
    for role, username in {**people(), "": ""}.items():
        client = Client(raise_request_exception=False)
        if username:
            client.force_login(User.objects.get(username=username))
        for address in addresses.values():
            status = client.get(address).status_code
            if status not in ANSWERS:
                wrong.append(f"{role or 'nobody'} GET {address}: {status}")
    assert wrong == []


def test_what_is_not_public_asks_for_a_sign_in(demo):
    client = Client(raise_request_exception=False)
    shown = {}
    for pattern, address in _addresses().items():
        answer = client.get(address)
        leads = answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in")
        if answer.status_code == 200 and not leads:
            shown[address] = pattern
    assert set(shown) - PUBLIC - _by_address(shown) == set()
    assert {address for address in PUBLIC if client.get(address).status_code != 200} == set()


def _by_address(shown: dict[str, str]) -> set[str]:
    """What else is public: verification by code, reference tables, calendars, diagrams, effects; the bell is empty for nobody."""
    prefixes = ("/verify/", "/tables", "/calendar", "/effects", "/lab/", "/processes/", "/decisions", "/language", "/notices/bell")
    return {address for address in shown if address.startswith(prefixes)}


@pytest.mark.parametrize("role", ["applicant", "ship_registry.acceptance", "zone.admin", "auditor"])
def test_the_home_page_is_for_the_role(demo, role):
    client = Client()
    client.force_login(User.objects.get(username=people()[role]))
    assert client.get("/").status_code == 200
