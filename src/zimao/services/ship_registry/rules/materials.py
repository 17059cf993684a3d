"""R5: one set of materials for all applicable certificates, less what the platform issues itself or already holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from zimao.kernel.text import Text

__all__ = ["MaterialNeed", "MaterialPlan", "merged_materials"]


@dataclass(frozen=True, slots=True)
class MaterialNeed:
    """One material, the certificates that use it, and where it comes from: ``applicant``, ``platform`` or ``held``."""

    material: str
    label: Text
    used_by: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class MaterialPlan:
    """The merged list and what it saves: ``before`` pieces of paper (the sum of the seven lists), ``now`` pieces to hand in."""

    needs: tuple[MaterialNeed, ...]

    @property
    def before(self) -> int:
        return sum(len(need.used_by) for need in self.needs)

    @property
    def now(self) -> int:
        return sum(need.source == "applicant" for need in self.needs)

    @property
    def saved(self) -> int:
        return self.before - self.now

    @property
    def asked(self) -> tuple[str, ...]:
        """The materials that the applicant has to hand in."""
        return tuple(need.material for need in self.needs if need.source == "applicant")


def merged_materials(
    matrix: Iterable[Mapping[str, Any]], certificates: Collection[str], *, agent: bool, shares: bool, held: Collection[str] = ()
) -> MaterialPlan:
    """The union of the lists of ``certificates``.

    ``matrix`` is the table ``ship_materials``: a cross for each certificate that uses a material, ``given_by`` applicant or
    platform, ``needed_when`` always, ``agent`` (filed by an agent) or ``shares`` (more than one owner). ``held`` are the
    materials that the platform still has from earlier.
    """
    present = {"always": True, "agent": agent, "shares": shares}
    needs = []
    for row in matrix:
        used_by = tuple(one for one in certificates if row[one] == "x")
        if used_by and present[row["needed_when"]]:
            source = "held" if row["material"] in held and row["given_by"] == "applicant" else row["given_by"]
            needs.append(MaterialNeed(row["material"], Text(row["label_zh"], row["label_en"]), used_by, source))
    return MaterialPlan(tuple(needs))
