"""A registered fee table, two officers, and acts of theirs."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from zimao.kernel.operations import Act, Actor
from zimao.kernel.parties.models import Party, User, Zone
from zimao.kernel.tables import operations, spec
from zimao.kernel.tables.tests.acting import ActingMiddleware
from zimao.kernel.tables.tests.samples import HEADER, fee_table

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def fees(tmp_path, monkeypatch):
    found = fee_table(tmp_path)
    monkeypatch.setattr(spec, "_TABLES", {found.name: found})
    return found


@pytest.fixture
def editor(db):
    Zone.objects.create(code="FZ", name_zh="福州片区", name_en="Fuzhou area")
    Zone.objects.create(code="XM", name_zh="厦门片区", name_en="Xiamen area")
    return User.objects.create(username="editor", party=Party.objects.create(kind="person", name="编辑"))


@pytest.fixture
def approver(editor):
    return User.objects.create(username="approver", party=Party.objects.create(kind="person", name="审核"))


@pytest.fixture
def act_as():
    """Makes acts of a user, or of the platform."""

    def make(user=None, roles=("table.editor", "table.approver"), zone="FZ", key=""):
        held = frozenset(roles) if user else frozenset({"system"})
        return Act(Actor(user and user.pk, user and user.party_id, zone, held, "x"), NOW, key)

    return make


@pytest.fixture
def draft(fees, editor, act_as):
    """Drafts the fee table with one row of that amount."""

    def make(amount=300, effective_from=date(2026, 1, 1), effective_to=None, zone="FZ", user=editor):
        data = f"{HEADER}\nownership,{amount},,,true,,\n".encode()
        return operations.draft_release(
            act_as(user, zone=zone),
            table="test_fees",
            effective_from=effective_from,
            effective_to=effective_to,
            source="闽价费〔2026〕3号",
            data=data,
            filename="fees.csv",
        )

    return make


@pytest.fixture
def release(draft, approver, act_as):
    """Drafts and releases it."""

    def make(*args, zone="FZ", **kwargs):
        return operations.approve_release(act_as(approver, zone=zone), release_id=draft(*args, zone=zone, **kwargs).pk)

    return make


@pytest.fixture
def acting(settings):
    """Signs requests in as the given user with those roles; nobody when it is None. Pages are drawn in a bare frame."""
    settings.ROOT_URLCONF = "zimao.kernel.tables.tests.acting"
    settings.MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "zimao.kernel.tables.tests.acting.ActingMiddleware",
    ]
    engine = {**settings.TEMPLATES[0], "DIRS": [Path(__file__).parent / "templates"]}
    engine["OPTIONS"] = {**engine["OPTIONS"], "context_processors": ["django.template.context_processors.request"]}
    settings.TEMPLATES = [engine]

    def sign_in(user=None, *roles, zone="FZ"):
        held = frozenset(f"table.{role}" for role in roles) | {"user"}
        ActingMiddleware.actor = user and Actor(user.pk, user.party_id, zone, held, "x")

    yield sign_in
    ActingMiddleware.actor = None
