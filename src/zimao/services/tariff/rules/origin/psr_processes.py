"""Process rules in words: «weaving accompanied by dyeing or coating», «A, B or C is undergone».

«accompanied by», «combined with» and «preceded by» mean that both are done; «or» is an alternative. Where the words leave open what «or»
binds, nothing is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from zimao.services.tariff.rules.origin.psr import Expression, Plain, Process, all_of, any_of
from zimao.services.tariff.rules.origin.psr_words import STARTS, process_of

__all__ = ["process_expression"]

_JOIN = re.compile(r",? (?:accompanied by|combined with|preceded by)(?: with)? ")
_EACH = re.compile(r",? in each case (?:accompanied by|combined with) ")
_CONDITION = re.compile(r",? (?:provided that|where) (?=the value of)")
_CHOICE = re.compile(r", or (?:by |with )?|,? or (?:by |with )?|, (?:with )?| and / or ")
_FIXED = (
    "beading or moulding",
    "at least two preparatory or finishing operations",
    "natural or man-made staple",
    "natural and / or man-made staple",
    "one or more specific",
    "carding or combing of silk",
    "electrolytic, thermal or chemical",
    "7106, heading 7108 or heading 7110",
    "other or with base",
)


def process_expression(text: str, condition: Callable[[str], Expression | None]) -> Expression | None:
    """The expression of a process text with at most one value condition at its end; None when a word is not understood."""
    body, *limits = _CONDITION.split(text.strip().rstrip("."))
    body = re.sub(r" is undergone$", "", body)
    chain = _chain(body)
    if chain is None or not limits:
        return chain
    limit = condition(limits[0].strip()) if len(limits) == 1 else None
    return None if limit is None else all_of([chain, limit])


def _chain(body: str) -> Expression | None:
    each = _EACH.split(body)
    if len(each) == 2:
        return _joined([_choice(part) for part in each])
    parts = _JOIN.split(body)
    if len(parts) == 1:
        return _choice(body)
    choices = [_codes(part) for part in parts]
    if any(choice is None for choice in choices):
        return None
    return _bound([choice for choice in choices if choice is not None])


def _bound(choices: list[list[str]]) -> Expression | None:
    """«A with B or C»: C belongs to B unless it begins a chain of its own; «A or B with C» is open unless A is spinning and C too."""
    first, last = choices[0], choices[-1]
    if any(len(choice) > 1 for choice in choices[1:-1]):
        return None
    fresh = [code for code in last[1:] if code in STARTS]
    if fresh and last[1:] != fresh:
        return None
    if len(first) > 1:
        spun = len(choices) == 2 and len(first) == 2 and first[0].startswith("spinning-") and first[1] == "extrusion-fibres"
        if not spun or last != ["spinning"]:
            return None
        return any_of([_atom(first[0]), all_of([_atom(first[1]), _atom("spinning")])])
    kept = last[:1] if fresh else last
    chain = all_of(any_of(_atom(code) for code in choice) for choice in [*choices[:-1], kept])
    return any_of([chain, *(_atom(code) for code in fresh)])


def _joined(parts: list[Expression | None]) -> Expression | None:
    found = [part for part in parts if part is not None]
    return all_of(found) if len(found) == len(parts) else None


def _choice(text: str) -> Expression | None:
    codes = _codes(text)
    return None if codes is None else any_of(_atom(code) for code in codes)


def _codes(text: str) -> list[str] | None:
    whole = process_of(text)
    if whole is not None:
        return [whole]
    guarded = re.sub(r"\([^()]*\)", lambda found: found.group().replace(",", "\0").replace(" or ", "\1"), text)
    for number, phrase in enumerate(_FIXED):
        guarded = re.sub(phrase, f"\x02{number}", guarded, flags=re.IGNORECASE)
    found = [process_of(_restored(piece)) for piece in _CHOICE.split(guarded) if piece.strip()]
    codes = [code for code in found if code is not None]
    return codes if codes and len(codes) == len(found) else None


def _restored(piece: str) -> str:
    text = piece.replace("\0", ",").replace("\1", " or ")
    return re.sub("\x02(\\d)", lambda found: _FIXED[int(found[1])], text)


def _atom(code: str) -> Expression:
    return Plain("CR") if code == "CR" else Process(code)
