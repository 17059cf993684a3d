"""``make docs``: every link inside the documentation leads somewhere, every setting is described, and the API description is written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
MENTION = re.compile(r"\bdocs/[\w./-]+\.(?:md|toml)\b")
SETTING = re.compile(r"\"(ZIMAO_[A-Z_]+)\"")


def main() -> int:
    """0 when nothing is missing; the description is written to ``dist/openapi.json`` either way."""
    found = [*broken_links(), *undescribed()]
    print("\n".join(found) if found else "documentation: every link leads somewhere, every setting is described")
    return 1 if found or _write_description() else 0


def documents() -> list[Path]:
    """The Markdown files of the repository, those of installed libraries left out."""
    return [path for path in sorted(ROOT.rglob("*.md")) if not {".venv", "node_modules", "vendor", "var"}.intersection(path.parts)]


def broken_links() -> Iterator[str]:
    """Links and mentions of files that are not there."""
    for path in documents():
        text = path.read_text(encoding="utf-8")
        for target in LINK.findall(text):
            if "://" not in target and not target.startswith("mailto:") and not (path.parent / target).exists():
                yield f"{path.relative_to(ROOT)}: leads nowhere: {target}"
        for target in MENTION.findall(text):
            if not (ROOT / target).exists():
                yield f"{path.relative_to(ROOT)}: names {target}, which is not there"


def undescribed() -> Iterator[str]:
    """Settings that the operators' page does not mention; ``ZIMAO_X_A``, ``_B`` in one cell names both."""
    page = (ROOT / "docs" / "guide" / "operators.md").read_text(encoding="utf-8")
    described = set(re.findall(r"ZIMAO_[A-Z_]+", page))
    for line in page.splitlines():
        first, *rest = re.findall(r"`((?:ZIMAO)?_[A-Z_]+)`", line.partition("|")[2].partition("|")[0]) or [""]
        described.update(f"{head}{one}" for one in rest if not one.startswith("ZIMAO") for head in _heads(first))
    used = set(SETTING.findall((ROOT / "src" / "zimao" / "settings.py").read_text(encoding="utf-8")))
    yield from (f"docs/guide/operators.md: does not describe {name}" for name in sorted(used - described))


def _heads(name: str) -> Iterator[str]:
    """``ZIMAO_A_B`` → ``ZIMAO_A``, ``ZIMAO``: what a short ``_C`` beside it may stand behind."""
    while "_" in name:
        name = name.rpartition("_")[0]
        yield name


def _write_description() -> int:
    (ROOT / "dist").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "zimao.cli", "openapi", "--out", "dist/openapi.json"]
        environment = {**os.environ, "ZIMAO_HOME": home, "PYTHONPATH": "src"}
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
