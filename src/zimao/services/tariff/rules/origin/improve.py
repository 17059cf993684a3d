"""The cheapest set of changes that makes a good qualify: the programme proposes, the judge decides.

Plans come in a total order: cost, number of changes, VNM (the smaller leaves more margin), ids of the offers. Every plan is judged before
it is shown; one that
the judge does not call Q is cut off and never appears. «cheapest» is said only with gap 0 and every alternative of the rule modelled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import gcd

from zimao.kernel.text import Text, t
from zimao.services.tariff.rules.origin.judge import Court, judge
from zimao.services.tariff.rules.origin.models import Agreement, Bom, Convert, Judgment, RuleSet
from zimao.services.tariff.rules.origin.offers import Lift, Option, Request, changed, check_request
from zimao.services.tariff.rules.origin.program import Choice, Programme
from zimao.services.tariff.rules.origin.psr import Change, Content, Expression, percent_text
from zimao.services.tariff.rules.origin.status import codes_of

__all__ = ["Improvement", "Lift", "Obstacle", "Option", "Plan", "Request", "improve"]

_TIES = 32
"""How many plans of equal cost, number and VNM are gathered before they are put in the order of their ids."""
_TIE_NODES = 20
"""Nodes of the search for the smaller VNM among plans of equal cost and number of changes."""
_REJECTED = 25
"""How many proposals the judge may turn down before the answer is only «best found»."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Changes that make the good qualify. ``cost``: minor units over the volume, switching included. ``judgment`` is always Q."""

    options: tuple[Option, ...]
    lifts: tuple[tuple[Lift, int], ...]
    cost: int
    bom: Bom
    judgment: Judgment

    @property
    def order(self) -> tuple[int, int, int, tuple[str, ...]]:
        """The total order of plans."""
        ids = tuple(sorted(option.id for option in self.options))
        return self.cost, len(self.options) + len(self.lifts), self.judgment.figures.vnm, ids


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why no offer is enough: the material that binds, and by how much VNM (at the same FOB value) would have to fall. ``cut`` None:

    no value content.
    """

    material: str
    sentence: Text
    cut: int | None


@dataclass(frozen=True, slots=True)
class Improvement:
    """``status``: qualifies (nothing to do), open (facts first), cheapest, best_found, infeasible."""

    status: str
    before: Judgment
    plans: tuple[Plan, ...] = ()
    gap: float = 0.0
    obstacle: Obstacle | None = None


def improve(bom: Bom, rules: RuleSet, agreement: Agreement, convert: Convert, request: Request) -> Improvement:
    """Up to ``request.limit`` plans, cheapest first. Refuses what ``check_bom`` and ``check_request`` refuse."""
    before = judge(bom, rules, agreement, convert)
    check_request(bom, request)
    if before.verdict == "Q":
        return Improvement("qualifies", before)
    court = Court(bom, rules, agreement, convert)
    scene = court.scene()
    codes = codes_of(bom.product.hs, bom.product.edition, scene)
    rule = court.rule_of(bom.product, codes[0]) if len(codes) == 1 else None
    if not isinstance(rule, Expression):
        return Improvement("open", before)
    programme = Programme(bom, rule, codes[0], scene, request)
    search = _Search(court, programme)
    search.run()
    if not search.plans:
        status = "best_found" if search.gap or search.rejected >= _REJECTED else "infeasible"
        return Improvement(status, before, (), search.gap, _obstacle(programme))
    exact = programme.complete and search.gap == 0 and search.rejected < _REJECTED
    plans = tuple(sorted(search.plans, key=lambda plan: plan.order))[: request.limit]
    return Improvement("cheapest" if exact else "best_found", before, plans, search.gap)


class _Search:
    """Solves, judges, cuts off and solves again."""

    def __init__(self, court: Court, programme: Programme) -> None:
        self.court, self.programme, self.request = court, programme, programme.request
        self.model = programme.model.copy()
        self.plans: list[Plan] = []
        self.gap = 0.0
        self.rejected = 0

    def run(self) -> None:
        while not self._enough():
            values = self._next()
            if values is None:
                return
            plan = self._plan(values)
            if plan.judgment.verdict == "Q":
                self.plans.append(plan)
            else:
                self.rejected += 1
            self._cut_off(values)

    def _enough(self) -> bool:
        """Enough plans, and the last one is no tie of the one that would be dropped."""
        if self.rejected >= _REJECTED or len(self.plans) >= self.request.limit + _TIES:
            return True
        over = self.plans[self.request.limit - 1 :]
        return len(over) > 1 and over[-1].order[:3] != over[0].order[:3]

    def _next(self) -> tuple[float, ...] | None:
        """Least cost, then fewest changes; then the least VNM that a short search finds among these."""
        ranked = self._ranked()
        first = self.model.minimum(ranked, self.request.seconds, apart=1e-6 if self.programme.lifts else 0.99)
        self.gap = max(self.gap, first.gap)
        if first.status != "optimal" or self.programme.lifts:
            return first.values or None
        least = sum(amount * round(first.values[column]) for column, amount in ranked.items())
        second = self.model.copy()
        second.at_most(ranked, least + 0.5)
        found = second.minimum(self._vnm(), self.request.seconds, apart=0.99, nodes=_TIE_NODES)
        return found.values or first.values

    def _ranked(self) -> dict[int, float]:
        """Cost and number of changes as one whole number: a change never outweighs the smallest difference of cost."""
        costs = self._costs()
        columns = [column for column, _ in self._changing()]
        shared = 1 if self.programme.lifts else gcd(*(int(amount) for amount in costs.values())) or 1
        return {column: amount / shared * (len(columns) + 1) + (column in columns) for column, amount in costs.items()}

    def _changing(self) -> list[tuple[int, Option]]:
        chosen = [(choice.column, choice.option) for choice in self.programme.choices if choice.option is not None]
        return chosen + [(column, option) for option, column in self.programme.processes]

    def _costs(self) -> dict[int, float]:
        volume = self.request.volume
        found = {column: _price(option, volume) for column, option in self._changing()}
        return found | {column: lift.cost_points * volume / 10_000 for lift, column in self.programme.lifts}

    def _vnm(self) -> dict[int, float]:
        return {choice.column: float(_vnm(choice)) for choice in self.programme.choices}

    def _plan(self, values: tuple[float, ...]) -> Plan:
        options = [choice.option for choice in self.programme.choices if choice.option is not None and values[choice.column] > 0.5]
        options += [option for option, column in self.programme.processes if values[column] > 0.5]
        chosen = tuple(sorted(options, key=lambda option: option.id))
        lifts = {lift: round(values[column]) for lift, column in self.programme.lifts if values[column] > 0.5}
        after = changed(self.court.bom, chosen, lifts)
        volume = self.request.volume
        extra = sum(-(-lift.cost_points * amount * volume // 10_000) for lift, amount in lifts.items())
        cost = int(sum(_price(option, volume) for option in chosen)) + extra
        judgment = judge(after, self.court.rules, self.court.agreement, self.court.convert)
        return Plan(chosen, tuple(lifts.items()), cost, after, judgment)

    def _cut_off(self, values: tuple[float, ...]) -> None:
        """The same set of offers is not proposed again."""
        columns = [choice.column for choice in self.programme.choices] + [column for _, column in self.programme.processes]
        taken = {column: 1.0 for column in columns if values[column] > 0.5}
        left = {column: -1.0 for _, column in self.programme.processes if values[column] <= 0.5}
        self.model.at_most(taken | left, len(taken) - 1.0)


def _price(option: Option, volume: int) -> float:
    return float(option.extra_cost * volume + option.switching_cost)


def _vnm(choice: Choice) -> int:
    return choice.amount(lambda line: not line.originating) or 0


def _obstacle(programme: Programme) -> Obstacle | None:
    """The least cut of VNM over the value contents of the rule; without one, the dearest material that no offer changes."""
    least: dict[str, Choice] = {}
    for choice in programme.choices:
        held = least.get(choice.material.id)
        if held is None or _vnm(choice) < _vnm(held):
            least[choice.material.id] = choice
    if not least:
        return None
    binding = max(least.values(), key=lambda choice: (_vnm(choice), choice.material.id))
    codes = "/".join(dict.fromkeys(code for line in binding.lines for code in line.codes)) or (binding.material.hs or "?")
    limits = _limits(programme)
    if limits:
        limit = max(limits)
        cut = sum(_vnm(choice) for choice in least.values()) - limit
        sentence = t("{hs} 没有任何来源能使非原产材料不超过 {limit}。", "No offered source of {hs} keeps VNM <= {limit}.")
        return Obstacle(binding.material.id, sentence.fill(hs=codes, limit=limit), max(0, cut))
    sentence = t("{hs} 没有任何来源能满足 {rule}。", "No offered source of {hs} meets {rule}.")
    rules = [atom for atoms, _ in programme.alternatives for atom in atoms if isinstance(atom, Change)]
    limits_text = percent_text(programme.agreement.de_minimis.value_points) if programme.agreement.de_minimis else "0"
    wording = f"{rules[0].level} ({limits_text} %)" if rules else "PE"
    return Obstacle(binding.material.id, sentence.fill(hs=codes, rule=wording), None)


def _limits(programme: Programme) -> list[int]:
    """The largest VNM that each value content allows at today's FOB value and the highest lifts."""
    fob = programme.bom.product.fob + sum(lift.cap * lift.pass_points // 10_000 for lift, _ in programme.lifts)
    atoms: Mapping[Content, None] = {atom: None for parts, _ in programme.alternatives for atom in parts if isinstance(atom, Content)}
    points = [programme.agreement.standard_content if atom.points is None else atom.points for atom in atoms if not atom.items]
    return [(10_000 - one) * fob // 10_000 for one in points if one is not None]
