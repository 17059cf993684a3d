"""Sentences in the two languages of the platform, kept side by side.

A sentence that exists in one language only cannot be built, so a page, an error or a label is complete by construction
(docs/decisions/0003-two-languages-side-by-side.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["LANGUAGES", "Language", "Text", "t"]

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence, label or name in Chinese and in English."""

    zh: str
    en: str

    def __post_init__(self) -> None:
        if not self.zh.strip() or not self.en.strip():
            raise ValueError(f"a text needs both languages: zh={self.zh!r} en={self.en!r}")

    def into(self, language: str) -> str:
        """The sentence in ``language``; anything that is not English reads Chinese."""
        return self.en if language.startswith("en") else self.zh

    def fill(self, **values: object) -> Text:
        """Both sentences with ``{name}`` places filled; a value that is itself a Text fills each language with its own."""
        return Text(self.zh.format(**_pick(values, "zh")), self.en.format(**_pick(values, "en")))

    def __str__(self) -> str:
        return self.zh


def _pick(values: dict[str, object], language: Language) -> dict[str, object]:
    return {name: value.into(language) if isinstance(value, Text) else value for name, value in values.items()}


def t(zh: str, en: str) -> Text:
    """Shorthand for ``Text(zh, en)``."""
    return Text(zh, en)
