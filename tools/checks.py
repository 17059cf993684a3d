"""House rules that no other tool knows: sizes, registry hosts in files, inline script and style in templates."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES, TEST_LINES, FUNCTION_LINES = 400, 600, 40
_HOSTS = (r"pypi\.org", r"pypi\.python", r"pythonhosted\.org", r"npmjs\.(org|com)", r"npmmirror", r"registry\.yarnpkg", r"/simple/?\"")
_MIRRORS = (r"mirrors?\.[a-z0-9.-]+\.(com|cn|org|net)", r"unpkg\.com", r"jsdelivr", r"cdnjs")
HOSTS = re.compile("|".join((*_HOSTS, *_MIRRORS)), re.IGNORECASE)
INLINE = re.compile(
    r"\s(style|on[a-z]{4,20})\s*=\s*[\"'{]|<script(?![^>]*\b(src|type=\"application/(json|ld\+json)\"))[^>]*>|javascript:", re.I
)


def main() -> int:
    """0 when nothing is found; each finding is one line ``path:line: what``."""
    found = list(findings())
    print("\n".join(found) if found else "house rules: nothing found")
    return 1 if found else 0


def findings() -> Iterator[str]:
    """Everything that is against the rules."""
    for path in tracked():
        name = path.relative_to(ROOT)
        try:
            text = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
        if name != Path("tools/checks.py"):
            yield from (f"{name}:{line}: names a package registry or a mirror" for line in _lines(HOSTS, text))
        if path.suffix == ".py" and "migrations" not in path.parts:
            yield from _sizes(name, text)
        if path.suffix == ".html" and "templates" in path.parts:
            yield from (f"{name}:{line}: inline style or script (the content security policy forbids it)" for line in _lines(INLINE, text))


def tracked() -> list[Path]:
    """The files of the repository, also those that are not committed yet."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def _lines(pattern: re.Pattern[str], text: str) -> list[int]:
    return [number for number, line in enumerate(text.splitlines(), start=1) if pattern.search(line)]


def _sizes(name: Path, text: str) -> Iterator[str]:
    is_test = "tests" in name.parts
    most = TEST_LINES if is_test else FILE_LINES
    count = len(text.splitlines())
    if count > most:
        yield f"{name}:1: {count} lines, {most} at most"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield f"{name}:{node.lineno}: {node.name} has {length} lines, {FUNCTION_LINES} at most"


if __name__ == "__main__":
    sys.exit(main())
