"""A zone, people who hold roles or none, and a browser that sees this part's pages without the portal around them."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client

from zimao.kernel.operations import Act
from zimao.kernel.parties.actors import actor_for, platform_actor
from zimao.kernel.parties.models import Membership, Party, User, Zone

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
DAY = date(2026, 3, 2)
PASSWORD = "blue-harbour-26"
RESIDENT = "350102199108040311"
CREDIT = "91110000600037341L"
PEOPLE = ("350102198504041020", "350102199001011019")

BASE = "{% block title %}{% endblock %}|{% block content %}{% endblock %}{% block scripts %}{% endblock %}"


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def zone(db):
    return Zone.objects.create(code="FZ", name_zh="福州片区", name_en="Fuzhou area")


@pytest.fixture
def other_zone(db):
    return Zone.objects.create(code="XM", name_zh="厦门片区", name_en="Xiamen area")


def make_user(username, *, kind="person", name="张三丰", scheme="", identifier="", **party):
    found = Party.objects.create(kind=kind, name=name, scheme=scheme, identifier=identifier, **party)
    user = User(username=username, party=found)
    user.set_password(PASSWORD)
    user.save()
    return user


def give_role(user, role, zone="FZ", valid_from=date(2026, 1, 1), valid_to=None):
    return Membership.objects.create(user=user, zone_id=zone, role=role, valid_from=valid_from, valid_to=valid_to)


@pytest.fixture
def citizen(zone):
    return make_user("citizen", scheme="resident_id", identifier=RESIDENT, phone="13800000001", email="zhang@example.com")


@pytest.fixture
def firm(zone):
    return make_user("firm", kind="enterprise", name="海运公司", scheme="uscc", identifier=CREDIT)


@pytest.fixture
def admin(zone):
    user = make_user("boss", name="王管理")
    give_role(user, "zone.admin")
    return user


@pytest.fixture
def auditor(zone):
    user = make_user("audit", name="审计员")
    give_role(user, "auditor")
    return user


def act_of(user, zone="FZ", at=NOW, key=""):
    return Act(actor_for(user, zone, at.date()), at, key)


def platform_act(zone="FZ", at=NOW):
    return Act(platform_actor(zone), at)


@pytest.fixture
def pages(settings, zone):
    """Settings under which this part's pages stand alone, and a client factory."""
    settings.ROOT_URLCONF = "zimao.kernel.parties.tests.addresses"
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "zimao.portal" not in one] + [
        "zimao.kernel.parties.tests.addresses.ActingMiddleware"
    ]
    options = {
        **settings.TEMPLATES[0]["OPTIONS"],
        "context_processors": ["django.template.context_processors.request", "django.contrib.messages.context_processors.messages"],
        "loaders": [
            ("django.template.loaders.locmem.Loader", {"portal/base.html": BASE}),
            "django.template.loaders.app_directories.Loader",
        ],
    }
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "APP_DIRS": False, "OPTIONS": options}]
    return Client


@pytest.fixture
def client(pages):
    return pages()


def sign_in(client, username, password=PASSWORD, **more):
    return client.post("/sign-in", {"username": username, "password": password, **more})
