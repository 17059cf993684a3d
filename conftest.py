"""What every test stands on: a throw-away home, so that a test run never touches the installation's data."""

from __future__ import annotations

import os
import tempfile

os.environ.setdefault("ZIMAO_HOME", tempfile.mkdtemp(prefix="zimao-test-"))
os.environ.setdefault("ZIMAO_SECRET_KEY", "only-for-tests-" + "x" * 40)
