"""FEEL text to tokens. Names may hold spaces and operators, so the names that are in scope decide where one ends (DMN 1.3, 10.3.1.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from zimao.kernel.decisions.feel.syntax import FeelError
from zimao.kernel.text import t

__all__ = ["BUILT_IN_WORDS", "Token", "normal_name", "tokens"]

KEYWORDS = frozenset({"true", "false", "null", "and", "or", "if", "then", "else", "between", "in"})
BUILT_IN_WORDS = frozenset(
    {"date and time", "years and months duration", "string length", "upper case", "lower case", "starts with", "ends with", "round half up"}
)
_REST = re.compile(
    r"(?P<number>\d+(?:\.(?!\.)\d+)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)"
    r'|(?P<at>@)?"(?P<string>(?:[^"\\\n]|\\.)*)"'
    r"|(?P<name>[^\W\d]\w*)"
    r"|(?P<op>\*\*|\.\.|!=|<=|>=|[-+*/=<>()\[\],.?:])"
)
_SPACE = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{6}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True, slots=True)
class Token:
    """``kind``: number, string, at, name, keyword, op or end; ``value`` is a Decimal for a number, else text."""

    kind: str
    value: str | Decimal
    start: int


def normal_name(name: str) -> str:
    """A name with its inner white space made single spaces."""
    return " ".join(name.split())


@lru_cache(maxsize=512)
def _known(names: frozenset[str]) -> re.Pattern[str]:
    """Longest first; a built-in of several words counts only before its bracket."""
    spelled = {name: _spell(name) + r"(?!\w)" for name in names}
    spelled |= {name: _spell(name) + r"(?=\s*\()" for name in BUILT_IN_WORDS - names}
    return re.compile("|".join(spelled[name] for name in sorted(spelled, key=len, reverse=True)))


def _spell(name: str) -> str:
    return r"\s+".join(re.escape(word) for word in name.split())


def tokens(text: str, names: frozenset[str]) -> Iterator[Token]:
    """The tokens of ``text``, the last of kind ``end``. FeelError at a character that belongs to nothing."""
    known, at = _known(names), 0
    while True:
        if (space := _SPACE.match(text, at)) is not None:
            at = space.end()
        if at >= len(text):
            yield Token("end", "", at)
            return
        token, at = _one(text, at, known)
        yield token


def _one(text: str, at: int, known: re.Pattern[str]) -> tuple[Token, int]:
    if (found := known.match(text, at)) is not None and found.end() > at:
        return Token("name", normal_name(found.group()), at), found.end()
    found = _REST.match(text, at)
    if found is None:
        raise FeelError(t("第{at}个字符“{what}”无法识别", "character {at}, “{what}”, is not understood").fill(at=at + 1, what=text[at]))
    if found["number"]:
        return Token("number", Decimal(found["number"]), at), found.end()
    if found["name"]:
        word = found["name"]
        return Token("keyword" if word in KEYWORDS else "name", word, at), found.end()
    if found["op"]:
        return Token("op", found["op"], at), found.end()
    return Token("at" if found["at"] else "string", _ESCAPE.sub(_unescaped, found["string"]), at), found.end()


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else _ESCAPES.get(code, code)
