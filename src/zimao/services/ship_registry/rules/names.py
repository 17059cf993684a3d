"""Ship's names that sound alike are one name on a radio; names that look alike are one name on a bow (船舶登记办法)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pypinyin import Style, lazy_pinyin

__all__ = ["Clash", "latin_of", "look_of", "name_clash", "sound_of"]

_NUMERALS = "零一二三四五六七八九"
_DIGITS = str.maketrans("0123456789", _NUMERALS)
_AS_DIGITS = str.maketrans(_NUMERALS + "〇", "01234567890")


@dataclass(frozen=True, slots=True)
class Clash:
    """Why a name may not be used: it is that of ``other``, sounds like it, or looks like it."""

    kind: Literal["taken", "homophone", "lookalike"]
    other: str


def sound_of(name: str) -> str:
    """How a Chinese ship's name sounds, tones left out: two names with one result are homophones (船舶登记办法: 同音)."""
    return " ".join(lazy_pinyin(name.translate(_DIGITS), style=Style.NORMAL, v_to_u=True))


def look_of(name: str, lookalikes: Mapping[str, str]) -> str:
    """How a name looks: full-width forms as plain ones, Chinese numerals as digits, characters as those they are taken for.

    ``lookalikes`` is the table ``ship_lookalikes``: character -> the one that it looks like.
    """
    plain = unicodedata.normalize("NFKC", name).translate(_AS_DIGITS)
    return plain.translate({ord(character): other for character, other in lookalikes.items()})


def name_clash(name: str, registered: Mapping[str, str], lookalikes: Mapping[str, str]) -> Clash | None:
    """The first clash of ``name`` with the names ``registered`` (sound -> name); None when it may be used."""
    if name in registered.values():
        return Clash("taken", name)
    sound = sound_of(name)
    if sound in registered:
        return Clash("homophone", registered[sound])
    look = look_of(name, lookalikes)
    other = next((one for one in registered.values() if look_of(one, lookalikes) == look), None)
    return Clash("lookalike", other) if other else None


def latin_of(name: str) -> str:
    """The name in Latin letters as it is painted below the Chinese one: pinyin in capitals, digits as they are."""
    return " ".join(lazy_pinyin(name, style=Style.NORMAL, v_to_u=False)).upper().replace("Ü", "V")
