from __future__ import annotations

from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage

from zimao.kernel.documents.tests.acting import ActingMiddleware
from zimao.kernel.documents.tests.builders import Office, open_office


@pytest.fixture(autouse=True)
def _own_home(settings, tmp_path: Path) -> None:
    """Keys and files of each test lie in its own folder."""
    settings.HOME = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "files")}},
    }
    assert str(default_storage.path("x")).startswith(str(tmp_path))


@pytest.fixture
def office(db) -> Office:
    return open_office()


@pytest.fixture
def acting(settings):
    """Signs requests in as the given actor; pages are drawn in the portal's frame."""
    settings.ROOT_URLCONF = "zimao.kernel.documents.tests.acting"
    settings.MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "zimao.kernel.documents.tests.acting.ActingMiddleware",
    ]
    cache.clear()

    def sign_in(actor) -> None:
        ActingMiddleware.actor = actor

    yield sign_in
    ActingMiddleware.actor = None
