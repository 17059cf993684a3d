"""The expression that a product-specific rule (PSR) comes to, its canonical text and the reader of that text.

    rule  := all ('|' all)*          either alternative is enough
    all   := atom ('&' atom)*        every part is needed
    atom  := WO | PE | CR | BALANCE | change | content | share | WOMAT(item,…) | PROC(code) | FROM(level,item,…) | '(' rule ')'
    change  := (ANY | CC | CTH | CTSH) [EXCEPT(item,…)] [TOL(n)]
    content := RVC(n | STD [,BU | BD | NC | FV,item…] [,EXW]) | DVC(n)
    share   := MAXNOM(n [,FOB] [,item…]) | MAXWT(n [,item…])
    item  := code | code-code | name      codes of 2, 4 or 6 digits, ranges inclusive, names such as unprinted-fabric

Percentages are kept in hundredths of a percent (40 % = 4000), so nothing is compared in floating point. ``printed`` gives the canonical
text and
``parsed`` reads it back to the same value. Source: RCEP Annex 3A headnotes; ANY, MAXNOM, MAXWT, WOMAT and TOL are the shapes of other
agreements.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from zimao.kernel.errors import Refused
from zimao.kernel.text import t

__all__ = [
    "DIGITS",
    "AllOf",
    "AnyOf",
    "Change",
    "Content",
    "Expression",
    "From",
    "Item",
    "Obtained",
    "Plain",
    "Process",
    "Share",
    "all_of",
    "any_of",
    "change_item",
    "parsed",
    "percent_text",
    "printed",
]

DIGITS = {"ANY": 0, "CC": 2, "CTH": 4, "CTSH": 6}
_PLAIN = ("WO", "PE", "CR", "BALANCE")
_METHODS = ("BU", "BD", "NC", "FV")
_FROM_LEVELS = ("CC", "CTH", "CTSH", "KIND")
_TOKEN = re.compile(r"\s*([|&(),]|[A-Za-z0-9][A-Za-z0-9_.\-]*)")
_CODE = re.compile(r"(?:\d{2}|\d{4}|\d{6})\Z")
_NAME = re.compile(r"[a-z][a-z0-9-]*\Z")
_PERCENT = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?\Z")


@dataclass(frozen=True, slots=True)
class Item:
    """A code, an inclusive range of codes of equal length, or a named kind of material (``low`` and ``high`` equal)."""

    low: str
    high: str

    def __post_init__(self) -> None:
        codes = _CODE.match(self.low) and _CODE.match(self.high) and len(self.low) == len(self.high) and self.low <= self.high
        if not codes and not (self.low == self.high and _NAME.match(self.low)):
            raise ValueError(f"not a code, a range or a name: {self.low!r} to {self.high!r}")

    @property
    def named(self) -> bool:
        """Is this a kind of material in words, not a code?"""
        return not self.low[0].isdigit()

    def __str__(self) -> str:
        return self.low if self.low == self.high else f"{self.low}-{self.high}"


@dataclass(frozen=True, slots=True)
class Plain:
    """WO wholly obtained, PE from originating materials only, CR chemical reaction.

    BALANCE: the value of the non-originating materials is not above that of the originating ones.
    """

    code: str


@dataclass(frozen=True, slots=True)
class Change:
    """Change of classification: every non-originating material is of another chapter, heading or subheading than the good.

    ``level`` ANY asks no change, only the exceptions. ``tolerance``: share of the price up to which materials of the good's own code may
    be used.
    """

    level: str
    exceptions: tuple[Item, ...] = ()
    tolerance: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """Value content of at least ``points``; None is the agreement's standard figure. ``method`` is empty where any formula will do.

    ``base``: the price it is a share of, EXW where the text says so, else the agreement's (FOB).
    """

    name: str
    points: int | None
    method: str = ""
    items: tuple[Item, ...] = ()
    base: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """Non-originating materials (of ``items``, or all) are at most ``points`` of the price (MAXNOM;

    ex works unless ``base`` is FOB) or weight (MAXWT).
    """

    name: str
    points: int
    items: tuple[Item, ...] = ()
    base: str = ""


@dataclass(frozen=True, slots=True)
class Obtained:
    """Every material of ``items`` that is used is wholly obtained."""

    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Process:
    """A named process is carried out in a Party."""

    code: str


@dataclass(frozen=True, slots=True)
class From:
    """Production from the named materials."""

    level: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part is needed. Built by ``all_of``."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One part is enough; the order of the treaty is kept. Built by ``any_of``."""

    parts: tuple[Expression, ...]


Expression = Plain | Change | Content | Share | Obtained | Process | From | AllOf | AnyOf


def any_of(parts: Iterable[Expression]) -> Expression:
    """The alternatives, flat and without repeats."""
    flat = _flat(parts, AnyOf)
    return flat[0] if len(flat) == 1 else AnyOf(flat)


def all_of(parts: Iterable[Expression]) -> Expression:
    """The joint conditions, flat and without repeats."""
    flat = _flat(parts, AllOf)
    return flat[0] if len(flat) == 1 else AllOf(flat)


def _flat(parts: Iterable[Expression], kind: type[AllOf] | type[AnyOf]) -> tuple[Expression, ...]:
    found: dict[Expression, None] = {}
    for part in parts:
        for inner in part.parts if isinstance(part, kind) else (part,):
            found.setdefault(inner)
    if not found:
        raise ValueError("an expression needs at least one part")
    return tuple(found)


def change_item(text: str) -> Item:
    """An item from ``0301``, ``03.01`` or ``0301-0305``."""
    low, _, high = text.replace(".", "").partition("-") if text[:1].isdigit() else (text, "", "")
    return Item(low, high or low)


def percent_text(points: int) -> str:
    """4750 -> 47.5; 4000 -> 40."""
    whole, rest = divmod(points, 100)
    return f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)


def printed(expression: Expression) -> str:
    """The canonical text."""
    if isinstance(expression, AnyOf):
        return " | ".join(printed(part) for part in expression.parts)
    if isinstance(expression, AllOf):
        return " & ".join(f"({printed(part)})" if isinstance(part, AnyOf) else printed(part) for part in expression.parts)
    return _atom_text(expression)


def _atom_text(atom: Expression) -> str:
    match atom:
        case Plain(code):
            text = code
        case Change(level, exceptions, tolerance):
            refused = f" EXCEPT({_listed(exceptions)})" if exceptions else ""
            text = level + refused + (f" TOL({percent_text(tolerance)})" if tolerance is not None else "")
        case Content(name, points, method, items, base):
            figure = "STD" if points is None else percent_text(points)
            text = f"{name}({','.join(filter(None, [figure, method, base, *map(str, items)]))})"
        case Share(name, points, items, base):
            text = f"{name}({','.join(filter(None, [percent_text(points), base, *map(str, items)]))})"
        case Obtained(items):
            text = f"WOMAT({_listed(items)})"
        case Process(code):
            text = f"PROC({code})"
        case From(level, items):
            text = f"FROM({level},{_listed(items)})"
        case _:
            raise TypeError(f"not an atom: {atom!r}")
    return text


def _listed(items: tuple[Item, ...]) -> str:
    return ",".join(map(str, items))


class _Reader:
    """One pass over the tokens of a canonical text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[str] = []
        at = 0
        while text[at:].strip():
            found = _TOKEN.match(text, at)
            if found is None:
                raise self.refusal()
            self.tokens.append(found.group(1))
            at = found.end()
        self.at = 0

    def refusal(self) -> Refused:
        sentence = t("规则表达式无法识别：{text}", "The rule expression cannot be read: {text}").fill(text=self.text)
        return Refused("psr_expression", sentence, "rule")

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        token = self.peek()
        if not token or (wanted and token != wanted):
            raise self.refusal()
        self.at += 1
        return token

    def joined(self, sign: str, part: Callable[[], Expression]) -> list[Expression]:
        found = [part()]
        while self.peek() == sign:
            self.take()
            found.append(part())
        return found

    def rule(self) -> Expression:
        return any_of(self.joined("|", lambda: all_of(self.joined("&", self.atom))))

    def atom(self) -> Expression:
        token = self.take()
        if token == "(":  # noqa: S105 - a bracket of the grammar, not a secret
            inner = self.rule()
            self.take(")")
            return inner
        if token in _PLAIN:
            return Plain(token)
        if token in DIGITS:
            return self.change(token)
        if token not in _SHAPES:
            raise self.refusal()
        return _SHAPES[token](self, token, self.arguments())

    def arguments(self) -> list[str]:
        self.take("(")
        found = [self.take()]
        while self.peek() == ",":
            self.take()
            found.append(self.take())
        self.take(")")
        return found

    def change(self, level: str) -> Change:
        exceptions: tuple[Item, ...] = ()
        tolerance = None
        if self.peek() == "EXCEPT":
            self.take()
            exceptions = self.items(self.arguments())
        if self.peek() == "TOL":
            self.take()
            tolerance = self.points(self.arguments()[0])
        return Change(level, exceptions, tolerance)

    def items(self, texts: list[str]) -> tuple[Item, ...]:
        try:
            return tuple(change_item(text) for text in texts)
        except ValueError as error:
            raise self.refusal() from error

    def points(self, text: str) -> int:
        found = _PERCENT.match(text)
        if found is None:
            raise self.refusal()
        return int(found.group(1)) * 100 + int((found.group(2) or "").ljust(2, "0"))


def _content(reader: _Reader, name: str, arguments: list[str]) -> Expression:
    points = None if arguments[0] == "STD" else reader.points(arguments[0])
    rest = arguments[1:]
    method = rest.pop(0) if rest and rest[0] in _METHODS else ""
    base = rest.pop(0) if rest and rest[0] == "EXW" else ""
    return Content(name, points, method, reader.items(rest), base)


def _share(reader: _Reader, name: str, arguments: list[str]) -> Expression:
    rest = arguments[1:]
    base = rest.pop(0) if rest and rest[0] == "FOB" else ""
    return Share(name, reader.points(arguments[0]), reader.items(rest), base)


def _obtained(reader: _Reader, name: str, arguments: list[str]) -> Expression:
    return Obtained(reader.items(arguments))


def _process(reader: _Reader, name: str, arguments: list[str]) -> Expression:
    if len(arguments) != 1:
        raise reader.refusal()
    return Process(arguments[0])


def _from(reader: _Reader, name: str, arguments: list[str]) -> Expression:
    if arguments[0] not in _FROM_LEVELS or len(arguments) < 2:
        raise reader.refusal()
    return From(arguments[0], reader.items(arguments[1:]))


_SHAPES: dict[str, Callable[[_Reader, str, list[str]], Expression]] = {
    "RVC": _content,
    "DVC": _content,
    "MAXNOM": _share,
    "MAXWT": _share,
    "WOMAT": _obtained,
    "PROC": _process,
    "FROM": _from,
}


def parsed(text: str) -> Expression:
    """The expression of a canonical text; refuses (``psr_expression``) what is not in the grammar."""
    reader = _Reader(text)
    found = reader.rule()
    if reader.peek():
        raise reader.refusal()
    return found
