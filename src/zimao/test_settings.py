"""The settings of a test run: a throw-away home, so that no run touches the installation's data or another run.

Pytest reads settings before any conftest, so the home has to be chosen here.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path


def _home() -> Path:
    """One folder a run; below it one for each process of pytest-xdist, because each makes its own keys and database."""
    if "ZIMAO_TEST_HOME" not in os.environ:
        os.environ["ZIMAO_TEST_HOME"] = tempfile.mkdtemp(prefix="zimao-test-")
        atexit.register(shutil.rmtree, os.environ["ZIMAO_TEST_HOME"], ignore_errors=True)
    home = Path(os.environ["ZIMAO_TEST_HOME"], os.environ.get("PYTEST_XDIST_WORKER", "main"))
    (home / "static").mkdir(parents=True, exist_ok=True)
    return home


os.environ["ZIMAO_HOME"] = str(_home())
os.environ.setdefault("ZIMAO_SECRET_KEY", "only-for-tests-" + "x" * 40)

from zimao.settings import *  # noqa: E402, F403 - after the home is chosen

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
"""Hashing that takes no time; what the real hasher does is Django's to test."""
