"""Full-sentence rule texts: a sentence is taken apart by shapes that must match it from the first to the last character.

The heads are changes of classification, «manufacture from materials of any heading…», value and weight limits, wholly obtained materials
and named processes;
a head may carry conditions («provided that…», «in which: - …, - …»), each of which must be understood too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from zimao.services.tariff.rules.origin.psr import Change, Expression, From, Obtained, Share, all_of, any_of
from zimao.services.tariff.rules.origin.psr_conditions import PERCENT, PRICE, condition, points_of
from zimao.services.tariff.rules.origin.psr_processes import process_expression
from zimao.services.tariff.rules.origin.psr_words import codes_in, kind_of

__all__ = ["Sentence", "sentence_of", "split_notes"]

_NOTE = re.compile(
    r"\s*(?:See (?:also )?introductory notes? [\d.]+(?: (?:and|to) [\d.]+)?\.?"
    r"|For (?:the )?special conditions relating to [^.]*?(?:, )?see introductory notes? [\d.]+(?: (?:and|to) [\d.]+)?\.?)",
    re.IGNORECASE,
)
_LEVEL = {"chapter": "CC", "heading": "CTH", "subheading": "CTSH"}


@dataclass(frozen=True, slots=True)
class Sentence:
    """An expression and, where the rule covers only some goods, their description."""

    expression: Expression
    scope: str = ""


def split_notes(text: str) -> tuple[str, tuple[str, ...]]:
    """The text without emphasis and without references to introductory notes; the references."""
    plain = re.sub(r"\s+", " ", text.replace("*", "")).replace("- up (", "-up (").replace("shrink- ", "shrink-").strip()
    notes = tuple(found.group().strip() for found in _NOTE.finditer(plain))
    return _NOTE.sub("", plain).strip(), notes


def sentence_of(text: str) -> Sentence | None:
    """The reading of one sentence or of several alternatives joined by «or» before a capital; None when any part is not understood."""
    body = text.strip().rstrip(".").strip()
    whole = _one(body)
    if whole is not None:
        return whole
    parts = re.split(r",? or:? (?=[A-Z])", body)
    found = [_one(part.strip().rstrip(".")) for part in parts] if len(parts) > 1 else []
    read = [part for part in found if part is not None]
    if not read or len(read) < len(parts) or any(part.scope for part in read):
        return None
    return Sentence(any_of(part.expression for part in read))


def _one(body: str) -> Sentence | None:
    for shape, build in _HEADS:
        match = shape.fullmatch(body)
        if match is not None:
            found = build(match)
            if found is not None:
                return found
    value = condition(body)
    if value is None:
        value = process_expression(body, condition)
    return None if value is None else Sentence(value)


def _with_rest(head: Expression, rest: str | None, scope: str = "") -> Sentence | None:
    """The head and what follows it: exceptions, a tolerance, conditions."""
    tail = (rest or "").strip().rstrip(".").strip()
    if not tail:
        return Sentence(head, scope)
    for shape, build in _TAILS:
        match = shape.match(tail)
        if match is not None:
            found = build(head, match)
            return None if found is None else _with_rest(found, tail[match.end() :], scope)
    joined = re.match(r"^,? ?(?:and )?(?:provided(?: that)?|in which|where)[:,]? (.+)$|^,? ?and (?:in which |where )?(.+)$", tail)
    conditions = _conditions(joined[1] or joined[2]) if joined else None
    return None if conditions is None else Sentence(all_of([head, conditions]), scope)


def _excepted(head: Expression, match: re.Match[str]) -> Expression | None:
    items = codes_in(match[1])
    if items is None or not isinstance(head, Change) or head.exceptions:
        return None
    return Change(head.level, items, head.tolerance)


def _tolerated(head: Expression, match: re.Match[str]) -> Expression | None:
    words = {"CTH": ("heading",), "CTSH": ("subheading",)}
    if not isinstance(head, Change) or match[1].lower() not in words.get(head.level, ()):
        return None
    return Change(head.level, head.exceptions, points_of(match[2]))


_STOP = r"(?=, provided|, in which| provided that|\. However|$)"
_TAILS: list[tuple[re.Pattern[str], Callable[[Expression, re.Match[str]], Expression | None]]] = [
    (re.compile(rf"^,? ?(?:except|excluding)(?: for)?(?: from| non-originating materials from| materials of)? (.+?){_STOP}"), _excepted),
    (
        re.compile(
            r"^\.? ?However,? materials (?:of|classified (?:within|in)) the same (heading|subheading)(?: as the product)? may be used,?"
            rf" provided (?:that )?their(?: total)? value does not exceed {PERCENT}{PRICE}"
        ),
        _tolerated,
    ),
]


def _conditions(text: str) -> Expression | None:
    """Conditions in a row: «- A, - B, and - C», or one."""
    if re.match(r"^(?:in which: ?)?- [a-z]\) ", text):
        return None
    whole = condition(text.strip())
    if whole is not None:
        return whole
    either = re.split(r",? or - ", re.sub(r"^: ?- ", "", text.strip()))
    if len(either) > 1:
        return _all_read([condition(piece.strip(" ,.")) for piece in either], any_of)
    pieces = re.split(
        r"(?:^|,? (?:and )?)- |, and in which |, and (?=the value of|all the|the weight)",
        re.sub(r"^(?:in which|where)?: ?", "", text.strip()),
    )
    return _all_read([_piece(piece) for piece in pieces if piece.strip(" ,.")], all_of)


def _all_read(found: list[Expression | None], join: Callable[[list[Expression]], Expression]) -> Expression | None:
    read = [piece for piece in found if piece is not None]
    return join(read) if read and len(read) == len(found) else None


def _piece(text: str) -> Expression | None:
    clean = re.sub(r",? and$", "", text.strip(" ,.")).strip(" ,.")
    found = condition(clean)
    if found is not None:
        return found
    for shape, build in _HEADS:
        match = shape.fullmatch(f"Manufacture {clean}")
        head = build(match) if match is not None else None
        if head is not None and not head.scope:
            return head.expression
    return None


def _undergone(match: re.Match[str]) -> Sentence | None:
    level = _LEVEL[match[3]]
    same = match[1] == level and {"CC": "2", "CTH": "4", "CTSH": "6"}[level] == match[2]
    return _with_rest(Change(level), match[4]) if same else None


def _changed(match: re.Match[str]) -> Sentence | None:
    subject = re.sub(r",$", "", (match[1] or "").strip())
    if match[2] and codes_in(match[2]) is None:
        return None
    scope = "" if subject in ("", "a good") else subject
    return _with_rest(Change(_LEVEL[match[3]]), match[4], scope)


def _unchanged(match: re.Match[str]) -> Sentence | None:
    if match[2] and codes_in(match[2]) is None:
        return None
    value = condition(match[3].strip())
    return None if value is None else Sentence(value, "" if match[1] in (None, "a good") else match[1])


def _within(match: re.Match[str]) -> Sentence | None:
    word = match[1]
    return Sentence(Change(_LEVEL[word], (), points_of(match[3]))) if word == match[2] else None


def _other_heading(match: re.Match[str]) -> Sentence | None:
    first, again = codes_in(match[1]), codes_in(match[2])
    if not first or first != again or any(item.named or len(item.low) != 4 for item in first):
        return None
    return Sentence(all_of([Change("CTH"), Share("MAXNOM", points_of(match[3]), first)]))


def _any_heading(match: re.Match[str]) -> Sentence | None:
    level = _LEVEL[match[1]]
    if not match[2]:
        return _with_rest(Change("ANY"), match[4])
    items = codes_in(re.sub(r"^(?:and |of |those of |that of )+", "", match[3].strip(" ,"))) if match[3] else ()
    if items is None:
        return None
    own = match[2].startswith("that of the product")
    return _with_rest(Change(level if own else "ANY", items), match[4])


def _classified(match: re.Match[str]) -> Sentence | None:
    return _with_rest(Change(_LEVEL[match[1]]), match[2])


def _produced_from(match: re.Match[str]) -> Sentence | None:
    listed = match[1].strip()
    whole = kind_of(listed)
    kinds = [whole] if whole is not None else [kind_of(piece) for piece in _named_list(listed)]
    read = tuple(kind for kind in kinds if kind is not None)
    tail = match[2] or ""
    if read and len(read) == len(kinds):
        return _with_rest(From("KIND", read), tail)
    items = codes_in(listed) if listed.startswith("materials of") else None
    if not items or len({len(item.low) for item in items}) > 1:
        return None
    return _with_rest(From({2: "CC", 4: "CTH", 6: "CTSH"}[len(items[0].low)], items), tail)


def _named_list(text: str) -> list[str]:
    """Alternatives of named materials, with dashes or without."""
    guarded = text.replace("carded or combed or otherwise", "carded/combed/otherwise").replace("spinning, - ", "spinning - ")
    pieces = re.split(r",? or(?: -)? |,? - |, (?=(?:natural|man-made|chemical|jute|sisal|paper))", guarded.removeprefix(":").strip(" -"))
    return [piece.replace("carded/combed/otherwise", "carded or combed or otherwise") for piece in pieces if piece.strip(" -")]


_DONE = r"(?:have undergone|has undergone)"
_HEADS: list[tuple[re.Pattern[str], Callable[[re.Match[str]], Sentence | None]]] = [
    (
        re.compile(
            r"(CC|CTH|CTSH): All non-originating materials used in the production of the good "
            rf"{_DONE} a change in tariff classification at the (\d)-digit level \((?:tariff )?(chapter|heading|subheading)\)(.*)"
        ),
        _undergone,
    ),
    (
        re.compile(
            r"A change(?: to (.+?)(?: of ((?:sub)?heading [^a-z]+(?:(?:to|through|or|and) (?:(?:sub)?heading )?[^a-z]+)*))?)?,? from"
            r" any other (chapter|heading|subheading)(.*)"
        ),
        _changed,
    ),
    (
        re.compile(
            r"No change in tariff classification required(?: for (.+?)(?: of ((?:sub)?heading [^a-z]+(?:(?:to|through)"
            r" (?:(?:sub)?heading )?[^a-z]+)?))?)?, provided (?:that )?(.+)"
        ),
        _unchanged,
    ),
    (
        re.compile(r"A change from within (?:this|the same|any one of these) (?:sub)?headings? or any other (?:sub)?heading()(.*)"),
        lambda m: _with_rest(Change("ANY"), m[2]),
    ),
    (
        re.compile(
            r"A change from within (?:this|any one of these) (heading|subheading)s?, whether or not there is also a change from any"
            r" other \1,"
            r" provided that the value of non-originating materials (?:of this|classified in the same) (heading|subheading)(?: as"
            r" the final product)?"
            rf" does not exceed {PERCENT}{PRICE}"
        ),
        _within,
    ),
    (
        re.compile(
            r"A change from (heading \d+), whether or not there is also a change from any other heading,"
            rf" provided that the value of non-originating materials (?:of|classified in) (heading \d+) does not exceed {PERCENT}{PRICE}"
        ),
        _other_heading,
    ),
    (
        re.compile(
            r"(?:Manufacture|Production)(?: in which)?:?(?: -)? ?from (?:non-originating )?materials of any (heading|subheading)"
            r"(?:,? except (?:for )?(that of the product|those of|materials of|headings?)((?:,? and (?:of )?| )(?:that of |those of"
            r" )?(?:sub)?(?:heading|chapter)s? .+?| \d[\d.]*)?)?"
            r"((?:, (?:and )?(?:in which|provided)| in which|\. However|, (?:and )?- ).*)?"
        ),
        _any_heading,
    ),
    (
        re.compile(
            r"(?:Manufacture|Other operations) (?:in which:? ?)?(?:- )?(?:in which )?all the materials used are classified within a"
            r" (heading|subheading|chapter)"
            r" other than that of the product(.*)"
        ),
        _classified,
    ),
    (re.compile(r"(?:Manufacture|Production) from ?:?(?: -)? ?(.+?)((?:,)? provided (?:that )?.+)?"), _produced_from),
    (
        re.compile(r"(?:Manufacture|Production):? (?:in which|where):?(.+)()"),
        lambda m: None if (c := _conditions(m[1])) is None else Sentence(c),
    ),
    (re.compile(r"(?:Manufacture|Production): ?(-.+)()"), lambda m: None if (c := _conditions(m[1])) is None else Sentence(c)),
    (
        re.compile(r"All (?:the )?[a-z]+ of (chapter \d+) (?:are|is|shall be|must be) wholly obtained()"),
        lambda m: None if (i := codes_in(m[1])) is None else Sentence(Obtained(i)),
    ),
]
