"""Fixtures of the cross-cutting tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction

from tests.browsing import browser, site
from tests.world import load_world

__all__ = ["browser", "site"]


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[None]:
    """The demonstration, loaded once for a file inside a transaction that is taken back at its end."""
    with django_db_blocker.unblock():
        whole = transaction.atomic()
        whole.__enter__()
        load_world()
    yield
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        whole.__exit__(None, None, None)


@pytest.fixture
def demo(settings, world, db) -> None:
    """The demonstration; what the test changes is taken back. Officers need no second factor, as in ``make run``."""
    settings.DEMO, settings.OFFICERS_NEED_TOTP = True, False
