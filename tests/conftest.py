"""Fixtures of the cross-cutting tests."""

from __future__ import annotations

import pytest

from tests.world import load_world


@pytest.fixture
def demo(settings, db) -> None:
    """A demonstration in a database that the test may change; officers need no second factor, as in ``make run``."""
    settings.DEMO, settings.OFFICERS_NEED_TOTP = True, False
    load_world()
