"""The two demonstration zones with their people and seals, at an instant of May 2024, and an office to work in."""

from datetime import UTC, datetime

import pytest

from zimao.kernel.calendars import load_statutory_years
from zimao.kernel.parties.demo import load_demo
from zimao.services.ship_registry.demo import open_offices
from zimao.services.ship_registry.office import Office

MONDAY = datetime(2024, 5, 6, 2, 0, tzinfo=UTC)  # 10:00 in Fuzhou


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def office(db):
    load_statutory_years(MONDAY)
    load_demo(MONDAY)
    open_offices(MONDAY)
    return Office("FZ")


@pytest.fixture
def clock(monkeypatch):
    """Sets what time it is for pages, API and sessions; Wednesday 2024-05-08, 10:00 in Fuzhou, until it is called."""

    def stand_at(instant):
        monkeypatch.setattr("django.utils.timezone.now", lambda: instant)

    stand_at(datetime(2024, 5, 8, 2, 0, tzinfo=UTC))
    return stand_at
