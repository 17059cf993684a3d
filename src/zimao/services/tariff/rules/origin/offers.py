"""What can be changed about a good, and the good after a change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from zimao.kernel.errors import Problem, Refused
from zimao.kernel.text import Text, t
from zimao.services.tariff.rules.origin.models import Bom, Claim, Costs, Exact, Material, Product, Step

__all__ = ["Lift", "Option", "Request", "changed", "check_request"]


@dataclass(frozen=True, slots=True)
class Option(Exact):
    """One real offer. ``result`` takes the place of ``material``; or ``claim`` (and ``step``) is a process moved to the Party, with
    ``material`` empty.

    ``extra_cost``: minor units for one unit of the good; ``switching_cost``: once. ``demands``: the evidence that must be at hand before
    it counts.
    """

    id: str
    demands: Text
    extra_cost: int
    material: str = ""
    result: Material | None = None
    claim: Claim | None = None
    step: Step | None = None
    switching_cost: int = 0


@dataclass(frozen=True, slots=True)
class Lift(Exact):
    """Extra regional processing, or a price change, within a bound.

    ``cap``: most minor units for one unit of the good. ``cost_points``: what one costs, hundredths of a percent. ``pass_points``: how
    much of it the FOB
    value rises by.
    """

    id: str
    cap: int
    cost_points: int
    pass_points: int


@dataclass(frozen=True, slots=True)
class Request(Exact):
    """The offers, the yearly volume they apply to, how many plans are wanted and the seconds one solution may take."""

    options: tuple[Option, ...]
    lifts: tuple[Lift, ...] = ()
    volume: int = 1
    limit: int = 5
    seconds: float = 10.0


def check_request(bom: Bom, request: Request) -> None:
    """Refuses offers for a material that is not there, without evidence demanded, or that only rename an unchanged material."""
    materials = {material.id: material for material in bom.product.materials}
    problems: list[Problem] = []
    for row, option in enumerate(request.options, start=1):
        material = materials.get(option.material)
        if (option.result is None) == (option.claim is None) or (option.result is not None) != (material is not None):
            text = t("改进方案须替换一种已有材料，或者增加一道工序。", "An offer replaces a material of the good or adds a process.")
            problems.append(Problem("offer_shape", "options", text, row=row))
        elif material is not None and option.result is not None and _only_renamed(material, option.result):
            text = t("只改编码不改材料须有归类裁定。", "Only the code changes: reclassifying needs a ruling.")
            problems.append(Problem("reclassification_needs_ruling", "options", text, row=row))
    if len({option.id for option in request.options}) < len(request.options):
        problems.append(Problem("id_repeated", "options", t("方案编号重复。", "An offer's id is repeated.")))
    if request.volume < 1 or any(
        not (lift.cap >= 0 and lift.cost_points >= 0 and 0 <= lift.pass_points <= 10_000) for lift in request.lifts
    ):
        problems.append(
            Problem("request_bounds", "volume", t("数量、上限或者费率超出范围。", "The volume, a cap or a rate is out of bounds."))
        )
    if problems:
        raise Refused.of(problems)


def _only_renamed(before: Material, after: Material) -> bool:
    return replace(after, id=before.id, hs=before.hs, edition=before.edition, kind=before.kind) == before


def changed(bom: Bom, options: Iterable[Option], lifts: Mapping[Lift, int]) -> Bom:
    """The BOM after the changes. The producer's profit takes up what they cost, so complete costs still add up to the FOB value."""
    product = bom.product
    chosen = tuple(options)
    results = {option.material: option.result for option in chosen if option.result is not None}
    materials = tuple(replace(results[one.id], id=one.id) if one.id in results else one for one in product.materials)
    claims = tuple(option.claim for option in chosen if option.claim is not None)
    steps = tuple(option.step for option in chosen if option.step is not None)
    fob = product.fob + sum(lift.pass_points * amount for lift, amount in lifts.items()) // 10_000
    after = replace(product, materials=materials, steps=(*product.steps, *steps), fob=fob)
    if claims:
        after = replace(after, processes=(*(product.processes or ()), *claims))
    return Bom(replace(after, costs=_costs(product, after, sum(lifts.values()))), bom.parts)


def _costs(before: Product, after: Product, labour: int) -> Costs | None:
    costs = before.costs
    values = [material.value for material in after.materials]
    if costs is None or None in values or any(material.value is None for material in before.materials):
        return None
    moved = sum(value or 0 for value in values) - sum(material.value or 0 for material in before.materials)
    return replace(costs, labour=costs.labour + labour, profit=costs.profit - moved - labour + after.fob - before.fob)
