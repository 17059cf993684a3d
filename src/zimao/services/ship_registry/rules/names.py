"""Ship's names that sound alike are one name on a radio."""

from __future__ import annotations

from pypinyin import Style, lazy_pinyin

__all__ = ["sound_of"]

_DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")


def sound_of(name: str) -> str:
    """How a Chinese ship's name sounds, tones left out: two names with one result are homophones (船舶登记办法: 同音)."""
    return " ".join(lazy_pinyin(name.translate(_DIGITS), style=Style.NORMAL, v_to_u=True))
