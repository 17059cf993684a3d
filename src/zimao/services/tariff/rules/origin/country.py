"""RCEP country of origin, for lines with a tariff differential (Art 2.6): which Party's rate the importing Party applies.

Rates are hundredths of a percent. A line of the Appendix asks the additional requirement, a domestic value of 20 % in which materials of
other Parties count as
foreign. What the differential does not settle goes to the Party with the highest value of originating materials.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zimao.kernel.text import Text, t
from zimao.services.tariff.rules.origin.clauses import share_text

__all__ = ["Basis", "CountryOfOrigin", "DifferentialGood", "rcep_country_of_origin"]


@dataclass(frozen=True, slots=True)
class DifferentialGood:
    """An originating good whose line has a differential.

    ``contributions``: value of originating materials by Party, the exporting Party's own included. ``foreign``: value of non-originating
    materials.
    ``criterion``: of its judgment (WO, PE, CTC, RVC…). ``beyond_minimal``: more than minimal operations in the exporting Party (asked for
    PE).
    """

    fob: int
    exporting: str
    contributions: Mapping[str, int]
    foreign: int
    criterion: str
    in_appendix: bool
    beyond_minimal: bool = False
    domestic_points: int = 2_000


@dataclass(frozen=True, slots=True)
class Basis:
    """A rate that may be claimed: ``origin`` (the country of origin), ``6a`` or ``6b`` (Art 2.6(6)), ``mfn``;

    what must be proven, empty for nothing.
    """

    name: str
    party: str
    rate: int
    proof: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CountryOfOrigin:
    """The Party, why, the domestic share as text, and every basis for a claim."""

    party: str
    reason: Text
    domestic_share: str
    bases: tuple[Basis, ...] = field(default=())

    def advised(self, proven: frozenset[str]) -> Basis:
        """The lowest rate whose proof is at hand; at the same rate the one with less to prove."""
        able = [basis for basis in self.bases if set(basis.proof) <= proven]
        return min(able, key=lambda basis: (basis.rate, len(basis.proof), basis.name, basis.party))


def rcep_country_of_origin(good: DifferentialGood, rates: Mapping[str, int], mfn: int) -> CountryOfOrigin:
    """The Party whose rate applies; ``rates``: the importing Party's rate for each Party."""
    abroad = sum(value for party, value in good.contributions.items() if party != good.exporting)
    domestic = good.fob - good.foreign - abroad
    share = share_text(domestic, good.fob)
    party, reason = _party(good, rates, domestic, share)
    contributing = sorted({good.exporting, *(one for one, value in good.contributions.items() if value > 0)} & set(rates))
    bases = [Basis("mfn", "", mfn)]
    if party in rates:
        bases.append(Basis("origin", party, rates[party], (party,)))
    if contributing:
        dearest = _dearest(contributing, rates)
        bases.append(Basis("6a", dearest, rates[dearest], tuple(contributing)))
    if rates:
        dearest = _dearest(sorted(rates), rates)
        bases.append(Basis("6b", dearest, rates[dearest]))
    return CountryOfOrigin(party, reason, share, tuple(bases))


def _dearest(parties: list[str], rates: Mapping[str, int]) -> str:
    return max(parties, key=lambda party: (rates[party], party))


def _party(good: DifferentialGood, rates: Mapping[str, int], domestic: int, share: str) -> tuple[str, Text]:
    if good.in_appendix:
        if domestic * 10_000 >= good.domestic_points * good.fob:
            held = t(
                "附录货物，出口方国内价值 {share}%，达到附加要求。",
                "A line of the Appendix: domestic value {share} % meets the requirement.",
            )
            return good.exporting, held.fill(share=share)
    elif good.criterion != "PE" or good.beyond_minimal:
        held = t("在出口方满足 {criterion}。", "{criterion} is met in the exporting Party.").fill(criterion=good.criterion)
        return good.exporting, held
    givers = {party: value for party, value in good.contributions.items() if value > 0}
    if not givers:
        return good.exporting, t("没有其他缔约方的原产材料。", "No originating material of another Party is used.")
    party = max(sorted(givers), key=lambda one: (givers[one], rates.get(one, 0)))
    sentence = t(
        "{party} 提供的原产材料价值最高（国内价值 {share}%）。",
        "{party} gave the highest value of originating materials (domestic {share} %).",
    )
    return party, sentence.fill(party=party, share=share)
