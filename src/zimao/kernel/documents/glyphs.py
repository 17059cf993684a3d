"""Which characters the fonts can print. A name that would come out as an empty box is refused before it is on paper."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn as fonts
from fontTools.ttLib import TTFont

from zimao.kernel.errors import Problem, Refused
from zimao.kernel.text import t

__all__ = ["FONT_FOLDER", "check_glyphs", "missing_characters", "printable"]

FONT_FOLDER = Path(fonts.serif_path()).parent
_BREAKS = frozenset("\n\t")


@lru_cache(maxsize=1)
def printable() -> frozenset[int]:
    """The code points that at least one of the two fonts has a glyph for."""
    found: set[int] = set()
    for path in (fonts.serif_path(), fonts.sans_path()):
        with TTFont(path, lazy=True) as font:
            found.update(font.getBestCmap())
    return frozenset(found)


def missing_characters(text: str) -> list[str]:
    """The characters of ``text`` that cannot be printed, each once, in the order of the text.

    Invisible formatting (bidirectional overrides, zero-width characters) and control characters count as missing even where
    a font maps them: they would make the printed page say something else than the data.
    """
    known = printable()
    return [
        character
        for character in dict.fromkeys(text)
        if character not in _BREAKS and (ord(character) not in known or unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"})
    ]


def check_glyphs(data: Mapping[str, Any]) -> None:
    """Refuse ``data`` when a string in it, at any depth, holds a character without a glyph.

    Raises Refused with one problem for each field and character: dotted field path, the character and its code point.
    """
    problems = [_problem(field, character) for field, text in _strings(data, "") for character in missing_characters(text)]
    if problems:
        raise Refused.of(problems)


def _problem(field: str, character: str) -> Problem:
    shown = character if character.isprintable() else "�"
    sentence = t(
        "“{field}”中的字符“{shown}”({point})在证照字库中没有字形，无法打印。请核对该字；如确为人名、地名用字，请联系管理员补充字库",
        "The character “{shown}” ({point}) in “{field}” has no glyph in the document fonts and cannot be printed. "
        "Check it; if it is right, ask the administrator to extend the fonts",
    )
    return Problem("missing_glyph", field, sentence.fill(field=field, shown=shown, point=f"U+{ord(character):04X}"))


def _strings(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _strings(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, Sequence):
        for index, inner in enumerate(value):
            yield from _strings(inner, f"{path}.{index}")
