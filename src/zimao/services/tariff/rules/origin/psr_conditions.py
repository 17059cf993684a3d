"""Single conditions of rule texts: value and weight limits, value content by its methods, wholly obtained materials, processes named in a
sentence.

A condition is a shape that must match from the first to the last character, and a builder that may still say no (None).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from zimao.services.tariff.rules.origin.psr import Content, Expression, Item, Obtained, Plain, Process, Share, all_of, any_of
from zimao.services.tariff.rules.origin.psr_words import codes_in, kind_of

__all__ = ["PERCENT", "PRICE", "condition", "points_of"]

PRICE = (
    r" of (?:the |either the )?(?:transaction value or ex-works price|ex-works? price(?: \(EXW\))?)"
    r"(?: of the (?:final )?products?| of the good)?"
)
"""How the texts name the price that a share is taken of."""
PERCENT = r"(\d{1,2}(?:\.\d{1,2})?) ?%"
"""A percentage; one group."""


def points_of(text: str) -> int:
    """Hundredths of a percent of a figure in the text."""
    whole, _, rest = text.partition(".")
    return int(whole) * 100 + int(rest.ljust(2, "0") or 0)


def _materials(text: str) -> tuple[Item, ...] | None:
    kind = kind_of(text)
    if kind is not None:
        return (kind,)
    first, _, rest = text.partition(" and ")
    kind, codes = kind_of(first), codes_in(re.sub(r"^(?:of )?(?:the )?", "", rest)) if rest else None
    return (kind, *codes) if kind is not None and codes else codes_in(text)


def _limit(name: str) -> Callable[[re.Match[str]], Expression | None]:
    def build(match: re.Match[str]) -> Expression | None:
        if match[1] is None:
            return Share(name, points_of(match[2]))
        items = _materials(match[1])
        return None if items is None else Share(name, points_of(match[2]), items)

    return build


def _each_weight(match: re.Match[str]) -> Expression | None:
    items = _materials(match[1])
    return None if items is None else all_of(Share("MAXWT", points_of(match[2]), (item,)) for item in items)


def _obtained(match: re.Match[str]) -> Expression | None:
    items = _materials(match[1])
    return None if items is None else Obtained(items)


def _method(match: re.Match[str]) -> Expression | None:
    word = (match["method"] or "").lower()
    bases = _BASES[match["base"] or ""]
    method = {"build-up": "BU", "build-down": "BD", "net cost": "NC", "focused value": "FV", "": ""}[word]
    items = codes_in(match["items"]) if match["items"] else ()
    if items is None or (method == "FV") != bool(items):
        return None
    return any_of(Content("RVC", points_of(match[1]), method, items, base) for base in bases)


_BASES = {
    "": ("",),
    "ex-works price": ("EXW",),
    "free-on-board value": ("",),
    "free on board value": ("",),
    "free on-board value": ("",),
    "ex-works price or free-on-board value": ("EXW", ""),
}
_VALUE_BASE = r"(?: of (?:the |either the )?(?P<base>ex-works price or free-on-board value|ex-works price|free[- ]on[- ]board value))?"
_METHOD = re.compile(
    rf"{PERCENT}{_VALUE_BASE}(?: under the (?P<method>build-up|build-down|net cost|focused value) method"
    r"(?: taking into account only the non-originating materials of (?P<items>.+))?)?",
)


def _listed_content(match: re.Match[str]) -> Expression | None:
    """«not less than: - a) 30% under the build-up method. - b) 40% under …», or one figure."""
    pieces = [piece.strip(" .,;") for piece in re.split(r"(?:^|\s)- [a-z]\) ", match[1]) if piece.strip(" .,;:")]
    values = [(_METHOD.fullmatch(re.sub(r",? (?:or|and)$", "", piece))) for piece in pieces]
    found = [_method(value) for value in values if value is not None]
    read = [value for value in found if value is not None]
    return any_of(read) if read and len(read) == len(pieces) else None


def _regional(match: re.Match[str]) -> Expression | None:
    return Content("RVC", points_of(match[1]))


def _two_prices(match: re.Match[str]) -> Expression | None:
    kind = None if match[1] == "materials" else kind_of(match[1])
    if kind is None and match[1] != "materials":
        return None
    items = (kind,) if kind is not None else ()
    return any_of([Share("MAXNOM", points_of(match[2]), items), Share("MAXNOM", points_of(match[3]), items, "FOB")])


def _obtained_kind(match: re.Match[str]) -> Expression | None:
    kind = kind_of(match[1])
    return None if kind is None else Obtained((kind,))


def _same_twice(match: re.Match[str]) -> Expression | None:
    return Content("RVC", points_of(match[1])) if match[1] == match[2] else None


_VALUE = r"(?:within the above limit,? )?(?:in which |where )?,? ?(?:the |their )?(?:total )?value of "
_CONDITIONS: list[tuple[re.Pattern[str], Callable[[re.Match[str]], Expression | None]]] = [
    (
        re.compile(
            rf"{_VALUE}(?:all |any )?(?:of )?(?:the )?(?:non-originating )?materials used()? does not exceed:?(?: -)? {PERCENT}{PRICE}"
        ),
        lambda m: Share("MAXNOM", points_of(m[2])),
    ),
    (
        re.compile(
            rf"{_VALUE}(?:all |any )?(?:of )?(?:the )?(?:non-originating )?materials? (?:of|classified within) (.+?)(?: used)? does"
            rf" not exceed {PERCENT}{PRICE}"
        ),
        _limit("MAXNOM"),
    ),
    (re.compile(rf"{_VALUE}(?:the )?(?:non-originating )?([a-z -]+?)(?: used)? does not exceed {PERCENT}{PRICE}"), _limit("MAXNOM")),
    (
        re.compile(
            r"(?:the )?(?:total |net |combined )*weight of (?:the )?(?:non-originating )?(?:materials? of )?(.+?)(?: used)?(?: in"
            r" production)? does not exceed "
            rf"{PERCENT} of the (?:net )?weight of the (?:final )?product"
        ),
        _limit("MAXWT"),
    ),
    (
        re.compile(
            rf"the individual weight of (?:the )?(?:materials? of )?(.+?) used does not exceed {PERCENT} of the weight of the final product"
        ),
        _each_weight,
    ),
    (
        re.compile(
            r"(?:in which )?,? ?all (?:of )?the (?:non-originating )?materials? of (.+?)(?: used)? (?:are|is|must be) wholly obtained"
        ),
        _obtained,
    ),
    (
        re.compile(rf"A maximum of {PERCENT} of the ex-works price \(EXW\) is made up of non-originating parts \(MAXNOM\)"),
        lambda m: Share("MAXNOM", points_of(m[1])),
    ),
    (
        re.compile(
            rf"Your goods contain a Regional Value Content \(RVC\) of at least {PERCENT} of the Free on Board \(FOB\) cost of the goods"
        ),
        _regional,
    ),
    (
        re.compile(
            r"The good has a Regional Value Content \(RVC\) as calculated under Article [\d.]+ of the Origin Reference Document of"
            r" not less than (\d+)%,"
            r" whether using the build-up method or build-down method \(RVC(\d+)\)"
        ),
        _same_twice,
    ),
    (re.compile(r"(?:there is )?an? (?:regional value content|QVC) of not less than:? ?(.+)", re.IGNORECASE), _listed_content),
    (re.compile(r"Standard QVC"), lambda m: Content("RVC", None)),
    (re.compile(rf"QVC {PERCENT}"), _regional),
    (
        re.compile(
            r"(?:that )?the (?:good|product) is (?:both )?cut (?:or knit to shape, or both,|\(or knit to shape\)) and sewn or"
            r" otherwise assembled"
            r" in the territory of (?:one or more of the Parties|a Party)"
        ),
        lambda m: Process("cut-and-sewn"),
    ),
    (
        re.compile(
            rf"{_VALUE}(?:the )?(?:non-originating )?(materials|[a-z -]+?)(?: used)? does not exceed {PERCENT} of the ex-works price"
            rf" \(EXW\) or {PERCENT} of the Free on Board \(FOB\) cost of the product"
        ),
        _two_prices,
    ),
    (
        re.compile(
            r"(?:where |in which )?the value of all the non-originating materials used does not exceed the value of (?:all )?the"
            r" originating materials used"
        ),
        lambda m: Plain("BALANCE"),
    ),
    (
        re.compile(r"that the good is smoked from a good that is not smoked|the good is smoked from a good that is not smoked"),
        lambda m: Process("smoking"),
    ),
    (
        re.compile(r"(?:that )?the good is crushed or ground from a good that is not crushed or ground"),
        lambda m: Process("crushing-or-grinding"),
    ),
    (re.compile(r"All ((?:[a-z]+,? )+[a-z]+) are wholly obtained"), _obtained_kind),
    (re.compile(r"(?:in which )?all the ([a-z, ]+?) used (?:are|must be) wholly obtained"), _obtained_kind),
    (re.compile(r"A good must be wholly obtained|All goods must be wholly obtained|Wholly obtained"), lambda m: Plain("WO")),
]


def condition(text: str) -> Expression | None:
    """One condition by itself; None when it is not understood."""
    for shape, build in _CONDITIONS:
        match = shape.fullmatch(text)
        if match is not None:
            found = build(match)
            if found is not None:
                return found
    return None
