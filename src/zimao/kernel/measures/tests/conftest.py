"""A zone with an administrator, the small service of the tests as the only one, a request that is signed in."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.cache import cache

from zimao.kernel.calendars.models import CalendarYear
from zimao.kernel.cases.models import Case
from zimao.kernel.measures import registry, running
from zimao.kernel.measures.tests.acting import ActingMiddleware
from zimao.kernel.measures.tests.office import CALENDAR, SERVICE, measures, spec
from zimao.kernel.operations import Act, Actor
from zimao.kernel.parties.models import Party, User, Zone

NOW = datetime(2024, 5, 6, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def permit(monkeypatch):
    """The one service that declares measures."""
    monkeypatch.setattr(registry, "_DECLARED", {})
    registry.register_measures(SERVICE, measures, spec())
    running._MINE.held = None
    cache.clear()
    yield
    running._MINE.held = None


@pytest.fixture
def zone(db):
    days = {day.isoformat(): worked for day, worked in CALENDAR.years[2024].items()}

    CalendarYear.objects.update_or_create(
        year=2024, defaults={"sha256": "0" * 64, "exceptions": json.dumps(days), "source": "test", "released_at": NOW}
    )
    return Zone.objects.create(code="FZ", name_zh="福州片区", name_en="Fuzhou area")


@pytest.fixture
def admin(zone):
    party = Party.objects.create(kind="person", name="管理员")
    return User.objects.create(username="admin", party=party)


@pytest.fixture
def actor(admin):
    def make(*roles, zone="FZ"):
        return Actor(admin.pk, admin.party_id, zone, frozenset(roles or ("zone.admin",)), "admin")

    return make


@pytest.fixture
def act(actor):
    def make(*roles, key="", at=NOW):
        return Act(actor(*roles), at, key)

    return make


@pytest.fixture
def case(admin):
    def make(number, closed_at, *, zone="FZ", service=SERVICE, status="completed", process_key="permit_old"):
        return Case.objects.create(
            number=number,
            zone_id=zone,
            service=service,
            process_key=process_key,
            process_version=1,
            process_sha256="0" * 64,
            state_text="{}",
            engine_format="1",
            status=status,
            title_zh="件",
            title_en="case",
            applicant=admin.party,
            filed_by=admin,
            submitted_at=NOW,
            closed_at=closed_at,
        )

    return make


@pytest.fixture
def acting(settings):
    """Signs requests in as the given actor; pages are drawn in a bare frame."""
    settings.ROOT_URLCONF = "zimao.kernel.measures.tests.acting"
    settings.MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "zimao.kernel.measures.tests.acting.ActingMiddleware",
    ]
    engine = {**settings.TEMPLATES[0], "DIRS": [Path(__file__).parent / "templates"]}
    engine["OPTIONS"] = {**engine["OPTIONS"], "context_processors": ["django.template.context_processors.request"]}
    settings.TEMPLATES = [engine]

    def sign_in(actor):
        ActingMiddleware.actor = actor

    yield sign_in
    ActingMiddleware.actor = None
