"""A Chromium for the browser tests: the one that is given, the system's, or one that is installed now."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

__all__ = ["ensure", "find"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """The path of a browser on this machine: ``ZIMAO_CHROMIUM``, one on the path, or Playwright's own."""
    given = os.environ.get("ZIMAO_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    return given or _playwrights()


def ensure() -> str | None:
    """As ``find``; where there is none, it is installed by apt (as root on Debian) or by Playwright. None when neither works."""
    found = find()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "-q", "update"], check=False, env=quiet)
        subprocess.run(["apt-get", "-q", "install", "-y", "--no-install-recommends", "chromium"], check=False, env=quiet)
        found = find()
    if found is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
        found = find()
    return found


def _playwrights() -> str | None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where no other browser is

    with sync_playwright() as running:
        path = running.chromium.executable_path
    return path if os.path.exists(path) else None


if __name__ == "__main__":
    path = ensure()
    print(path or "no browser")
    sys.exit(0 if path else 1)
