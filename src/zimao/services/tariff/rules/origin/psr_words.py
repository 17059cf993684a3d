"""The words of rule texts: named processes, named kinds of material, and lists of codes such as ``heading 03.01 to 03.05``.

A phrase that is not listed here is not read; the rule stays ``manual``. Sources of the phrases: RCEP Annex 3A headnotes and the public UK
corpus.
"""

from __future__ import annotations

import re

from zimao.services.tariff.rules.origin.psr import Item

__all__ = ["KINDS", "PROCESSES", "STARTS", "codes_in", "kind_of", "process_of"]

_PRECIOUS = "precious metals of heading 7106, heading 7108 or heading 7110"
PROCESSES = {
    "a change in particle size": "particle-size",
    "any mechanical operation": "mechanical-operation",
    "any non-woven techniques including needle punching": "non-woven",
    f"alloying of {_PRECIOUS} with each other or with base metals": "alloying-precious-metals",
    "beading or moulding": "beading-or-moulding",
    "biotechnological processing": "biotechnological",
    "blending": "blending",
    "carding or combing of silk waste": "carding-silk-waste",
    "coating": "coating",
    "crocheting": "crocheting",
    "crushing / grinding": "crushing-or-grinding",
    "cutting of glassware": "cutting-of-glassware",
    "dyeing": "dyeing",
    "dyeing of yarn of natural fibres": "yarn-dyeing-natural",
    f"electrolytic, thermal or chemical separation of {_PRECIOUS}": "separation-precious-metals",
    "embroidering": "embroidering",
    "extrusion": "extrusion",
    "extrusion of man-made fibres": "extrusion-fibres",
    "extrusion of man-made filament yarn": "extrusion-filament",
    "extrusion of man-made continuous filament": "extrusion-continuous-filament",
    "fabric formation": "fabric-formation",
    "flocking": "flocking",
    "isomer separation": "isomer-separation",
    "knitting": "knitting",
    "laminating": "laminating",
    "making-up": "making-up",
    "making-up including cutting": "making-up-with-cutting",
    "making-up including cutting of fabric": "making-up-with-cutting",
    "melt and pour": "melt-and-pour",
    "metalizing": "metalizing",
    "mixing and blending": "mixing-and-blending",
    "non-woven process": "non-woven",
    "non-woven techniques including needle punching": "non-woven",
    "operations of refining": "refining",
    "printing": "printing",
    "printing (as standalone operation)": "printing-standalone",
    "production of standard materials": "standard-materials",
    "purification": "purification",
    "refining": "refining",
    "retreading of used tyres": "retreading",
    "specific process(es)": "specific-process",
    "one or more specific process(es)": "specific-process",
    "spinning": "spinning",
    "spinning of natural and / or man-made staple fibres": "spinning-staple",
    "spinning of natural fibres": "spinning-natural",
    "spinning of natural or man-made staple fibres": "spinning-staple",
    "texturing": "texturing",
    "tufting": "tufting",
    "twisting": "twisting",
    "two preparatory or finishing operations": "two-finishing-operations",
    "weaving": "weaving",
    "yarn dyeing": "yarn-dyeing",
}
STARTS = frozenset({"extrusion-continuous-filament", "extrusion-fibres", "extrusion-filament", "spinning-natural", "spinning-staple"})
"""Processes that begin a chain; after «or» they open a new alternative."""

KINDS = {
    "boards not cut to size": "uncut-boards",
    "chemical materials": "chemical-materials",
    "coir yarn": "coir-yarn",
    "fish and crustaceans molluscs and other aquatic invertebrates": "fish",
    "fruit nuts or vegetables": "fruit-nuts-vegetables",
    "jute yarn": "jute-yarn",
    "man-made staple fibres not carded or combed or otherwise prepared for spinning": "unprepared-staple-fibres",
    "man-made staple fibres not carded or combed or otherwise processed for spinning": "unprepared-staple-fibres",
    "metals clad with precious metals unwrought": "unwrought-clad-metals",
    "natural fibres": "natural-fibres",
    "natural fibres not carded or combed or otherwise prepared for spinning": "unprepared-natural-fibres",
    "paper": "paper",
    "paper-making materials": "paper-making-materials",
    "raw silk": "raw-silk",
    "silk waste carded or combed or otherwise prepared for spinning": "prepared-silk-waste",
    "single yarn": "single-yarn",
    "sisal yarn": "sisal-yarn",
    "rubber thread or cord not textile covered": "bare-rubber-thread",
    "same heading as the product": "same-heading",
    "sugar": "sugar",
    "textile pulp": "textile-pulp",
    "unbleached single yarn": "unbleached-single-yarn",
    "uncoated fabric": "uncoated-fabric",
    "uncut glassware": "uncut-glassware",
    "unembroidered fabric": "unembroidered-fabric",
    "unprinted fabric": "unprinted-fabric",
    "unworked precious or semi-precious stones": "unworked-stones",
    "unwrought precious metals": "unwrought-precious-metals",
    "yarn": "yarn",
}
_FINISHING = re.compile(r"at least two preparatory or finishing operations(?: \(such as [^()]*\))?")
_LEVELS = r"(?:sub-?headings?|headings?|chapters?)"
_LEAD = re.compile(rf"^(?:non-originating )?(?:materials? (?:of|from|classified (?:with)?in) )?(?:any of )?(?={_LEVELS}|\d)")
_WORD = re.compile(rf"\s*(?:(?P<level>{_LEVELS})\b|(?P<code>\d+(?:\.\d+)*)|(?P<join>,|or\b|and\b|/)|(?P<range>to\b|through\b|-|–|至))\s*")


def process_of(phrase: str) -> str | None:
    """The code of a process phrase, or None."""
    text = _FINISHING.sub("two preparatory or finishing operations", phrase.strip().lower())
    text = re.sub(r"^with (?=\w)|^(?:a|an) (?=non-woven|chemical)", "", text).strip(" .,;:")
    text = (
        text.replace("making up", "making-up")
        .replace("up, incl", "up incl")
        .replace("nonwoven", "non-woven")
        .replace("(including cutting)", "including cutting")
    )
    return "CR" if text == "chemical reaction" else PROCESSES.get(re.sub(r"\s+", " ", text))


def kind_of(phrase: str) -> Item | None:
    """The item of a kind of material in words, or None."""
    text = re.sub(r"^(?:the |non-originating )+", "", phrase.strip().lower().replace(",", "").strip(" ."))
    code = KINDS.get(text)
    return Item(code, code) if code else None


def codes_in(text: str) -> tuple[Item, ...] | None:
    """The items of a list of codes; None when anything else stands in it."""
    rest = _LEAD.sub("", text.strip().rstrip(" .,;").lower())
    found: list[Item] = []
    low, digits, at, open_range = "", 0, 0, False
    while at < len(rest):
        word = _WORD.match(rest, at)
        if word is None:
            return None
        at = word.end()
        if word["level"]:
            digits = {"c": 2, "h": 4, "s": 6}[word["level"][0]]
        elif word["code"]:
            code = _padded(word["code"], digits)
            low = low if open_range else code
            if not code or (open_range and not _merge(found, low, code)):
                return None
            if not open_range:
                found.append(Item(code, code))
            open_range = False
        elif word["range"]:
            open_range = bool(found)
    return tuple(found) if found and not open_range else None


def _padded(text: str, digits: int) -> str:
    code = text.replace(".", "")
    if digits == 2 and len(code) == 1:
        code = f"0{code}"
    return code if len(code) in (2, 4, 6) and digits in (0, len(code)) else ""


def _merge(found: list[Item], low: str, high: str) -> bool:
    if len(low) != len(high) or low > high:
        return False
    found[-1] = Item(low, high)
    return True
