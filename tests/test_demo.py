"""``zimao demo``: complete, the same when run again, and closed where the installation is no demonstration."""

from __future__ import annotations

from django.apps import apps
from django.db.models import Model
from django.test import Client

from zimao.demo import SHOWN, accounts, load
from zimao.kernel.parties.passwords import DEMO_PASSWORD

GROWS = {"sessions.Session", "evidence.Leaf", "kernel.OperationKey"}
"""What a second run may add to: the log says that it was run."""


def _counts() -> dict[str, int]:
    models: list[type[Model]] = [model for model in apps.get_models() if model._meta.label not in GROWS]
    return {model._meta.label: model._default_manager.count() for model in models}


def test_a_second_run_adds_nothing(demo):
    """The fixture was the first run; the command is the second and the third."""
    told: list[str] = []
    before = _counts()
    again = load(told.append)
    assert {name: (before[name], now) for name, now in _counts().items() if now != before[name]} == {}
    assert (again.years, len(again.accounts) > 30, len(again.services)) == (0, True, 1)
    assert told


def test_the_accounts_that_are_printed_can_sign_in(demo):
    assert {name for name, _ in accounts()} == set(SHOWN)
    for name, _ in accounts():
        client = Client()
        answer = client.post("/sign-in", {"username": name, "password": DEMO_PASSWORD})
        assert answer.status_code == 302, name
        assert client.get("/").status_code == 200


def test_the_published_password_opens_nothing_elsewhere(demo, settings):
    settings.DEMO = False
    client = Client()
    client.post("/sign-in", {"username": "owner", "password": DEMO_PASSWORD})
    assert "_auth_user_id" not in client.session


def test_both_zones_and_the_calendars_are_there(demo):
    from zimao.kernel.calendars.models import CalendarYear  # noqa: PLC0415 - with the apps loaded
    from zimao.kernel.parties.models import Zone  # noqa: PLC0415

    assert dict(Zone.objects.values_list("code", "name_zh")).items() >= {"FZ": "福州片区", "XM": "厦门片区"}.items()
    assert CalendarYear.objects.filter(year=2026).exists()
