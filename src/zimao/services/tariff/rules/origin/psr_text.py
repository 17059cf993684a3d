"""Reads the official text of a product-specific rule into an expression; what is not fully understood stays ``manual`` with its text.

Two styles are read: the short style of RCEP Annex 3A (``CTH except from heading 03.01 to 03.05 or RVC40``, Chinese terms too), and the
full sentences of ``psr_sentences``. The reading is all or nothing: one word that is not understood leaves the whole rule ``manual``.
Nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from zimao.services.tariff.rules.origin.psr import Change, Content, Expression, Plain, all_of, any_of, printed
from zimao.services.tariff.rules.origin.psr_sentences import sentence_of, split_notes
from zimao.services.tariff.rules.origin.psr_words import codes_in

__all__ = ["Reading", "Share", "read", "read_rows", "share_read"]

_CHINESE = (
    ("完全获得", "WO"),
    ("完全由原产材料生产", "PE"),
    ("章改变", "CC"),
    ("子目改变", "CTSH"),
    ("品目改变", "CTH"),
    ("化学反应", "CR"),
    ("但不包括从", " except from "),
    ("除外", ""),
    ("从", " except from "),
    ("子目", "subheading "),
    ("品目", "heading "),
    ("至", " to "),
    ("、", ", "),
    ("，", ", "),
)
_KEYWORD = r"(?:WO|PE|CC|CTH|CTSH|RVC ?\d+|CR|chemical reaction)"
_ALTERNATIVE = re.compile(rf",? or (?={_KEYWORD}\b)|或(?={_KEYWORD}\b)", re.IGNORECASE)
_CONJUNCT = re.compile(rf",? and (?={_KEYWORD}\b)", re.IGNORECASE)
_CTC = re.compile(r"(CC|CTH|CTSH)(?:,? except from (.+))?", re.IGNORECASE)
_RVC = re.compile(r"RVC ?\(?(\d{1,2})\)?(?: ?%)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read. ``scope``: the rule covers only goods so described. ``notes``: sentences that refer to a note of the agreement."""

    text: str
    expression: Expression | None
    scope: str = ""
    notes: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        """``read`` or ``manual``."""
        return "manual" if self.expression is None else "read"

    @property
    def canonical(self) -> str:
        """The canonical text; empty when manual."""
        return "" if self.expression is None else printed(self.expression)


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a corpus was read: rows, rows read, rows read with a scope in words, distinct manual texts with their rows."""

    rows: int
    read: int
    scoped: int
    noted: int
    manual: tuple[tuple[str, int], ...]


def read(text: str) -> Reading:
    """The reading of one rule text."""
    body, notes = split_notes(text)
    short = _short(body)
    if short is not None:
        return Reading(text, short, notes=notes)
    found = sentence_of(body)
    if found is None:
        return Reading(text, None, notes=notes)
    return Reading(text, found.expression, found.scope, notes)


def _short(body: str) -> Expression | None:
    text = body
    for chinese, english in _CHINESE:
        text = text.replace(chinese, english)
    text = re.sub(r"\s+", " ", re.sub(r"区域价值成分(?:不低于|不少于)?(\d+)%?", r"RVC\1", text)).replace(" ,", ",")
    alternatives = [_conjunction(part) for part in _ALTERNATIVE.split(text.strip().rstrip("."))]
    found = [part for part in alternatives if part is not None]
    return any_of(found) if len(found) == len(alternatives) else None


def _conjunction(text: str) -> Expression | None:
    atoms = [_atom(part.strip()) for part in _CONJUNCT.split(text)]
    found = [atom for atom in atoms if atom is not None]
    return all_of(found) if len(found) == len(atoms) else None


def _atom(text: str) -> Expression | None:
    if text.upper() in ("WO", "PE", "CR"):
        return Plain(text.upper())
    if text.lower() == "chemical reaction":
        return Plain("CR")
    if value := _RVC.fullmatch(text):
        return Content("RVC", int(value[1]) * 100)
    if change := _CTC.fullmatch(text):
        items = codes_in(change[2]) if change[2] else ()
        return None if items is None else Change(change[1].upper(), items)
    return None


_CONTINUED = re.compile(r"^- [b-z]\) ")
_FIRST = re.compile(r"- a\) ")


def read_rows(rows: Iterable[Mapping[str, str]]) -> list[tuple[Reading, int]]:
    """Readings of a corpus in its order, each with its number of rows.

    A row that begins «- b)» continues the list begun by the row before it, so the rows of one list are one rule and are read together.
    Columns used: scheme, heading, rule_text.
    """
    found: list[tuple[Reading, int]] = []
    for _, members in groupby(rows, key=lambda row: (row["scheme"], row["heading"])):
        pending: list[str] = []
        for row in members:
            text = row["rule_text"]
            if _CONTINUED.match(text) and pending and (_FIRST.search(pending[0]) or len(pending) > 1):
                pending.append(text)
                continue
            if pending:
                found.append((read(" ".join(pending)), len(pending)))
            pending = [text]
        found.append((read(" ".join(pending)), len(pending)))
    return found


def share_read(rows: Iterable[Mapping[str, str]]) -> Share:
    """The share of a corpus that is read, with every manual text."""
    readings = read_rows(rows)
    manual: dict[str, int] = {}
    for reading, count in readings:
        if reading.expression is None:
            manual[reading.text] = manual.get(reading.text, 0) + count
    return Share(
        rows=sum(count for _, count in readings),
        read=sum(count for reading, count in readings if reading.expression is not None),
        scoped=sum(count for reading, count in readings if reading.expression is not None and reading.scope),
        noted=sum(count for reading, count in readings if reading.expression is not None and reading.notes),
        manual=tuple(sorted(manual.items(), key=lambda pair: (-pair[1], pair[0]))),
    )
