from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from zimao.kernel.documents.tests.builders import Office, open_office


@pytest.fixture(autouse=True)
def _own_home(settings, tmp_path: Path) -> Iterator[None]:
    """Keys and files of each test lie in its own folder."""
    settings.HOME = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "files")}},
    }
    assert str(default_storage.path("x")).startswith(str(tmp_path))
    yield


@pytest.fixture
def office(db) -> Office:
    return open_office()
