"""Two zones, an administrator of one of them, acts and signed-in requests of his."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from zimao.kernel.calendars.tests.acting import ActingMiddleware
from zimao.kernel.operations import Act, Actor
from zimao.kernel.parties.models import Party, User, Zone

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def admin(db):
    Zone.objects.create(code="FZ", name_zh="福州片区", name_en="Fuzhou area")
    Zone.objects.create(code="XM", name_zh="厦门片区", name_en="Xiamen area")
    return User.objects.create(username="admin", party=Party.objects.create(kind="person", name="管理员"))


@pytest.fixture
def act(admin):
    """Makes acts of the administrator, of somebody with other roles, or in another zone."""

    def make(*roles, zone="FZ", key=""):
        return Act(Actor(admin.pk, admin.party_id, zone, frozenset(roles or ("zone.admin",)), "x"), NOW, key)

    return make


@pytest.fixture
def acting(settings):
    """Signs requests in as the given user with those roles; nobody when it is None. Pages are drawn in a bare frame."""
    settings.ROOT_URLCONF = "zimao.kernel.calendars.tests.acting"
    settings.MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "zimao.kernel.calendars.tests.acting.ActingMiddleware",
    ]
    engine = {**settings.TEMPLATES[0], "DIRS": [Path(__file__).parent / "templates"]}
    engine["OPTIONS"] = {**engine["OPTIONS"], "context_processors": ["django.template.context_processors.request"]}
    settings.TEMPLATES = [engine]

    def sign_in(user=None, *roles, zone="FZ"):
        ActingMiddleware.actor = user and Actor(user.pk, user.party_id, zone, frozenset(roles) | {"user"}, "x")

    yield sign_in
    ActingMiddleware.actor = None
