"""What every test stands on: a throw-away home, so that a test run never touches the installation's data."""

from __future__ import annotations

import os
import tempfile

import pytest


def _home() -> str:
    """One folder a run; below it one for each process of pytest-xdist, because each makes its own keys and database."""
    base = os.environ.setdefault("ZIMAO_TEST_HOME", tempfile.mkdtemp(prefix="zimao-test-"))
    return os.path.join(base, os.environ.get("PYTEST_XDIST_WORKER", "main"))


os.environ["ZIMAO_HOME"] = _home()
os.environ.setdefault("ZIMAO_SECRET_KEY", "only-for-tests-" + "x" * 40)
os.makedirs(os.path.join(os.environ["ZIMAO_HOME"], "static"), exist_ok=True)

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup", "django_db_reset_sequences", "live_server"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--only-database", action="store_true", help="leave out the tests that use no database (the second of two runs)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--only-database"):
        return
    kept = [item for item in items if _uses_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


def _uses_database(item: pytest.Item) -> bool:
    return item.get_closest_marker("django_db") is not None or bool(DATABASE_FIXTURES.intersection(getattr(item, "fixturenames", ())))


@pytest.fixture(autouse=True)
def quick_passwords(settings) -> None:
    """Hashing that takes no time; what the real hasher does is Django's to test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
