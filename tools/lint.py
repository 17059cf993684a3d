"""``make lint``: every check, all of them even when one fails, and a list of those that did."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CHECKS: dict[str, list[str]] = {
    "format": ["ruff", "format", "--check", "--quiet", "."],
    "style": ["ruff", "check", "--quiet", "."],
    "types": ["mypy"],
    "imports": ["lint-imports", "--no-cache"],
    "migrations": ["python", "-m", "django", "makemigrations", "--check", "--dry-run"],
    "system": ["python", "-m", "django", "check", "--fail-level", "WARNING"],
    "templates": ["djlint", "--lint", "--quiet", "src"],
    "sentences": ["python", "tools/translations.py"],
    "house rules": ["python", "tools/checks.py"],
}


def main() -> int:
    """0 when every check is clean. Names after the command choose some of them."""
    wanted = sys.argv[1:] or list(CHECKS)
    failed = [name for name in wanted if not _clean(name)]
    print(f"\nlint: {len(wanted) - len(failed)} of {len(wanted)} clean" + (f"; not clean: {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


def _clean(name: str) -> bool:
    program, *arguments = CHECKS[name]
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "zimao.settings",
            "PYTHONPATH": "src",
            "ZIMAO_HOME": home,
            "ZIMAO_SECRET_KEY": "only-for-lint-" + "x" * 40,
        }
        started = time.monotonic()
        done = subprocess.run([BIN / program, *arguments], cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    print(f"{'ok    ' if done.returncode == 0 else 'FAILED'} {name} ({time.monotonic() - started:.1f} s)", flush=True)
    if done.returncode:
        print(done.stdout + done.stderr, flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
