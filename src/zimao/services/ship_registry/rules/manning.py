"""R6: the least crew that may take the ship to sea, from the appendix tables; never a guess."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Manning", "minimum_manning"]

DEPARTMENTS = ("deck", "engine", "radio")


@dataclass(frozen=True, slots=True)
class Manning:
    """Number of people by rating, per department. ``unknown`` lists departments for which an examiner has to decide."""

    crew: Mapping[str, Mapping[str, int]]
    unknown: tuple[str, ...]

    @property
    def total(self) -> int:
        return sum(sum(ratings.values()) for ratings in self.crew.values())


def minimum_manning(rows: Iterable[Mapping[str, Any]], *, voyage: str, gt: int, kw: int, automation: str) -> Manning:
    """The manning of a ship: ``gt`` gross tonnage, ``kw`` main engine power, ``automation`` manual, semi or unattended.

    ``rows`` is the table ``ship_manning`` (船舶最低安全配员规则, appendix); ranges are closed below and open above. A radio row is
    needed only where the table has one for the waters.
    """
    waters = "inland" if voyage == "inland" else "seagoing"
    measure = {"gt": gt, "kw": kw}
    kept = [row for row in rows if row["voyage"] == waters]
    crew: dict[str, Mapping[str, int]] = {}
    for row in kept:
        fits = int(row["from"]) <= measure[row["measure"]] < int(row["below"])
        if fits and row["automation"] in ("any", automation):
            crew[row["department"]] = _ratings(row["ratings"])
    asked = [one for one in DEPARTMENTS if one != "radio"]
    return Manning(crew, tuple(one for one in asked if one not in crew))


def _ratings(text: str) -> dict[str, int]:
    pairs = (part.partition(":") for part in text.split(";"))
    return {rating: int(number) for rating, _, number in pairs}
