"""The improvement as a mixed-integer programme: one choice for each material, one met alternative of the rule, least cost.

With z = 1 for an alternative its conditions bind: value content (VNM at most a share of FOB), change of classification (what fails stays
within de minimis by
value, or by weight in the chapters that allow it), shares, and processes that are carried out or offered. The largest left side gives the
tightest M.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product as combinations

from zimao.services.tariff.rules.origin.clauses import Facts, counted, evaluate, passes_change
from zimao.services.tariff.rules.origin.milp import Model
from zimao.services.tariff.rules.origin.models import Agreement, Bom, Material
from zimao.services.tariff.rules.origin.offers import Option, Request
from zimao.services.tariff.rules.origin.psr import AllOf, AnyOf, Change, Content, Expression, From, Obtained, Plain, Process, Share
from zimao.services.tariff.rules.origin.spans import Span
from zimao.services.tariff.rules.origin.status import Line, Scene, lines_of

__all__ = ["Choice", "Programme", "alternatives_of"]

_MOST_ALTERNATIVES = 64


@dataclass(frozen=True, slots=True)
class Choice:
    """A material as it is (``option`` None) or as offered, its lines, and the column of the programme."""

    material: Material
    option: Option | None
    lines: tuple[Line, ...]
    column: int

    def amount(self, wanted: Callable[[Line], bool], weighed: bool = False) -> int | None:
        """The most its wanted lines can come to; None when that is not known."""
        spans = [line.weight if weighed else line.value for line in self.lines if wanted(line)]
        return _high(spans)


def _high(spans: Iterable[Span]) -> int | None:
    total = 0
    for span in spans:
        if span.high is None:
            return None
        total += span.high
    return total


def alternatives_of(expression: Expression) -> list[tuple[Expression, ...]]:
    """The rule as alternatives of atoms that must all hold (disjunctive normal form)."""
    if isinstance(expression, AnyOf):
        return [atoms for part in expression.parts for atoms in alternatives_of(part)]
    if isinstance(expression, AllOf):
        mixed = combinations(*(alternatives_of(part) for part in expression.parts))
        return [tuple(atom for atoms in joint for atom in atoms) for joint in mixed]
    return [(expression,)]


@dataclass(frozen=True, slots=True)
class Switch:
    """A row binds while every column of ``on`` is 1 and every column of ``off`` is 0."""

    on: tuple[int, ...]
    off: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Bound:
    """``points`` hundredths of a percent of ``base``; ``lifted``: the base is the FOB value, which lifts raise."""

    points: int
    base: int
    weighed: bool
    lifted: bool


class Programme:
    """The model of one good, rule and request.

    ``complete`` is False when an alternative could not be modelled, so least cost cannot be claimed.
    """

    def __init__(self, bom: Bom, rule: Expression, code: str, scene: Scene, request: Request) -> None:
        self.bom, self.code, self.scene, self.request = bom, code, scene, request
        self.agreement: Agreement = scene.agreement
        self.model = Model()
        self.complete = True
        self.choices = self._choices()
        self.processes = [(option, self.model.column()) for option in request.options if option.claim is not None]
        self.lifts = [(lift, self.model.column(lift.cap)) for lift in request.lifts]
        self.alternatives: list[tuple[tuple[Expression, ...], int]] = []
        for atoms in [*alternatives_of(rule)[:_MOST_ALTERNATIVES], (Plain("PE"),)]:
            self._alternative(atoms)
        self.complete = self.complete and len(alternatives_of(rule)) <= _MOST_ALTERNATIVES
        self.model.rows.append(({column: 1.0 for _, column in self.alternatives}, 1.0, float(len(self.alternatives) or 1)))

    def _choices(self) -> list[Choice]:
        found: list[Choice] = []
        for material in self.bom.product.materials:
            offers = [option for option in self.request.options if option.material == material.id and option.result is not None]
            group: dict[int, float] = {}
            for option in (None, *sorted(offers, key=lambda one: one.id)):
                used = material if option is None or option.result is None else option.result
                alone = self.bom.with_materials((used,)).product
                choice = Choice(material, option, lines_of(alone, self.scene).lines, self.model.column())
                found.append(choice)
                group[choice.column] = 1.0
            self.model.equal(group, 1.0)
        return found

    def _alternative(self, atoms: tuple[Expression, ...]) -> None:
        column = self.model.column()
        if all(self._bind(atom, column) for atom in atoms):
            self.alternatives.append((atoms, column))
        else:
            self.model.at_most({column: 1.0}, 0.0)

    def _bind(self, atom: Expression, z: int) -> bool:
        """Adds the rows of one atom; False when the alternative cannot be used."""
        if isinstance(atom, Content):
            return self._content(atom, z)
        if isinstance(atom, Share):
            return self._share(atom, z)
        if isinstance(atom, Change):
            return self._change(atom, z)
        return self._claimed(atom, z)

    def _claimed(self, atom: Expression, z: int) -> bool:
        match atom:
            case Plain("CR") | Process():
                return self._process(atom, z)
            case Plain("PE"):
                return self._forbid(z, lambda choice: any(not line.originating and line.in_change for line in choice.lines))
            case From() | Obtained():
                return self._forbid(z, lambda choice: evaluate(atom, self._facts(choice)).verdict != "Q")
            case _:
                return self._fixed(atom)

    def _fixed(self, atom: Expression) -> bool:
        """An atom the programme has no rows for: usable only if a change cannot alter it, so least cost is not claimed."""
        self.complete = self.complete and atom == Plain("WO")
        return False

    def _facts(self, *choices: Choice) -> Facts:
        return Facts(self.agreement, self.bom.product, self.code, tuple(line for choice in choices for line in choice.lines))

    def _forbid(self, z: int, refused: Callable[[Choice], bool]) -> bool:
        for choice in self.choices:
            if refused(choice):
                self.model.at_most({choice.column: 1.0, z: 1.0}, 1.0)
        return True

    def _process(self, atom: Expression, z: int) -> bool:
        code = atom.code if isinstance(atom, Process) else "CR"
        if evaluate(atom, self._facts()).verdict == "Q":
            return True
        able = {column: -1.0 for option, column in self.processes if option.claim is not None and option.claim.code == code}
        self.model.at_most(able | {z: 1.0}, 0.0)
        return bool(able)

    def _content(self, content: Content, z: int) -> bool:
        points = self.agreement.standard_content if content.points is None else content.points
        allowed = self.agreement.formulas if not content.method else (content.method,)
        usable = "BD" in allowed or content.method == "FV" or ("BU" in allowed and self.bom.product.costs is not None)
        if points is None or content.base == "EXW" or content.name == "DVC" or not usable:
            self.complete = False
            return False
        limited = Share("MAXNOM", 10_000 - points, content.items, "FOB")
        return self._share(limited, z)

    def _share(self, share: Share, z: int) -> bool:
        product, weighed = self.bom.product, share.name == "MAXWT"
        base = product.weight if weighed else product.fob if share.base == "FOB" else product.exw
        if base is None:
            self.complete = False
            return False

        def wanted(line: Line) -> bool:
            return not line.originating and counted(line, share.items, self.code)

        self._limit(Switch((z,)), wanted, Bound(share.points, base, weighed, not weighed and share.base == "FOB"))
        return True

    def _change(self, change: Change, z: int) -> bool:
        if change.tolerance is not None:
            self.complete = False

        def failing(line: Line) -> bool:
            return not line.originating and line.in_change and passes_change(line, change, self.code) is not True

        limits = self.agreement.de_minimis
        if limits is None:
            return self._forbid(z, lambda choice: any(failing(line) for line in choice.lines))
        first, last = limits.weight_chapters
        weight = self.bom.product.weight
        by_value = Bound(limits.value_points, self.bom.product.fob, False, True)
        if limits.weight_points is None or not weight or not first <= int(self.code[:2]) <= last:
            self._limit(Switch((z,)), failing, by_value)
            return True
        by_weight = self.model.column()
        self._limit(Switch((z,), (by_weight,)), failing, by_value)
        self._limit(Switch((z, by_weight)), failing, Bound(limits.weight_points, weight, True, False))
        return True

    def _limit(self, switch: Switch, wanted: Callable[[Line], bool], bound: Bound) -> None:
        """Wanted amounts are at most the bound while the switch is on.

        Whole amounts get half a unit of slack, which keeps the solver's tolerance harmless; with lifts the bound is not whole and gets
        none.
        """
        amounts = {choice.column: choice.amount(wanted, bound.weighed) for choice in self.choices}
        lifted = {column: -bound.points * lift.pass_points / 1e8 for lift, column in self.lifts if bound.lifted and lift.pass_points}
        right = bound.points * bound.base / 10_000 if lifted else bound.points * bound.base // 10_000 + 0.5
        most: dict[str, int] = {}
        for choice in self.choices:
            most[choice.material.id] = max(most.get(choice.material.id, 0), amounts[choice.column] or 0)
        big = max(0.0, sum(most.values()) - right)
        terms = {column: float(amount) for column, amount in amounts.items() if amount} | lifted
        terms |= dict.fromkeys(switch.on, big) | dict.fromkeys(switch.off, -big)
        self.model.at_most(terms, right + big * len(switch.on))
        signs = dict.fromkeys(switch.on, 1.0) | dict.fromkeys(switch.off, -1.0)
        for column, amount in amounts.items():
            if amount is None:
                self.model.at_most({column: 1.0} | signs, float(len(switch.on)))
