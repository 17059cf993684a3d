"""Every sentence in both languages: templates say things only through ``{% t %}``, scripts say nothing, ``t()`` has two real halves."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from checks import ROOT, tracked

CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
WORD = re.compile(r"[A-Za-z]{3,}")
TAG = re.compile(r"\{%-?\s*t\s+(?P<body>.*?)\s*-?%\}", re.DOTALL)
LITERAL = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'")
DROPPED = re.compile(r"\{#.*?#\}|\{%\s*comment.*?endcomment\s*%\}|\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
NAMED_TAG = re.compile(r"(</?)\{\{[^}]*\}\}")
SPOKEN = frozenset({"alt", "aria-description", "aria-label", "label", "placeholder", "title"})
NOT_SENTENCES = frozenset(
    {"zimao", "PDF", "QR", "HTMX", "JSON", "CSV", "XLSX", "API", "BPMN", "DMN", "TOTP", "width", "device", "initial", "scale"}
)
NAMES_ONLY = ("English", "Excel", "MMSI", "SHA", "Webhook", "XXXX")
"""A language's name is written in that language; the others are written so in both."""
BOTH_AT_ONCE = frozenset({"500.html"})
"""Shown when nothing works any more, so it knows no language and says everything twice."""


def main() -> int:
    """0 when every sentence is complete."""
    found = [line for path in tracked() for line in _of(path)]
    print("\n".join(found) if found else "sentences: all in both languages")
    return 1 if found else 0


def _of(path: Path) -> Iterator[str]:
    if not path.is_relative_to(ROOT / "src") or not path.exists() or {"tests", "vendor", "migrations"}.intersection(path.parts):
        return
    name = path.relative_to(ROOT)
    if path.suffix == ".html" and path.name not in BOTH_AT_ONCE:
        yield from (f"{name}:{what}" for what in template(path.read_text(encoding="utf-8")))
    elif path.suffix in {".js", ".mjs", ".css"} and CJK.search(_uncommented(path.read_text(encoding="utf-8"))):
        yield f"{name}:1: a script holds Chinese text; sentences come from the page (data-…)"
    elif path.suffix == ".py":
        yield from (f"{name}:{what}" for what in python(path.read_text(encoding="utf-8")))


def _uncommented(text: str) -> str:
    return re.sub(r"/\*.*?\*/|(?<![:\"'])//[^\n]*", "", text, flags=re.DOTALL)


def template(text: str) -> Iterator[str]:
    """``line: what`` for each sentence of a template that is not in both languages."""
    for match in TAG.finditer(text):
        halves = [one or two for one, two in LITERAL.findall(match["body"])][:2]
        if not halves:
            continue  # both are variables: the two halves of a Text
        line = text.count("\n", 0, match.start()) + 1
        if len(halves) < 2 or not all(half.strip() for half in halves):
            yield f"{line}: {{% t %}} needs a Chinese and an English literal"
        else:
            yield from (f"{line}: {what}" for what in _halves(*halves))
    reader = _Reader()
    text = NAMED_TAG.sub(r"\1p", text)  # an element whose name is a variable is an element all the same
    reader.feed(DROPPED.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text))
    yield from reader.found


def python(text: str) -> Iterator[str]:
    """``line: what`` for each ``t(…)`` of two literals whose halves are wrong."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"t", "Text"} and len(node.args) == 2:
            halves = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if len(halves) == 2:
                yield from (f"{node.lineno}: {what}" for what in _halves(*halves))


def _halves(zh: str, en: str) -> Iterator[str]:
    quoted = re.sub(r"[（(“\"《][^）)”\"》]*[）)”\"》]|自贸", "", en)
    if CJK.search(quoted):
        yield f"the English half has Chinese text: {en[:40]}"
    words = [word for word in WORD.findall(re.sub(r"\{[^}]*\}", "", zh)) if word not in NOT_SENTENCES]
    if zh != en and not CJK.search(zh) and len(words) > 1 and WORD.search(en):
        yield f"the Chinese half has no Chinese: {zh[:40]}"


class _Reader(HTMLParser):
    """Finds text and spoken attributes that stand in a template as they are."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.quiet = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.quiet += tag in {"script", "style", "code", "kbd"}
        for name, value in attrs:
            if name in SPOKEN and value:
                self._say(value)

    def handle_endtag(self, tag: str) -> None:
        self.quiet = max(0, self.quiet - (tag in {"script", "style", "code", "kbd"}))

    def handle_data(self, data: str) -> None:
        if not self.quiet:
            self._say(data)

    def _say(self, text: str) -> None:
        words = [word for word in WORD.findall(text) if word not in NOT_SENTENCES and word not in NAMES_ONLY]
        if CJK.search(re.sub("自贸|中文|^\\s*中\\s*$", "", text)) or words:
            self.found.append(f"{self.getpos()[0]}: a sentence outside {{% t %}}: {' '.join(text.split())[:60]}")


if __name__ == "__main__":
    sys.exit(main())
