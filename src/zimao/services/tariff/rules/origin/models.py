"""The values that the origin rules take and give: agreement parameters, a good with its bill of materials, rule sets, and the judgment.

Money is whole minor units (cents, fen) of one currency for one unit of the good; weights are whole numbers of one unit, usually
milligrams; percentages are
hundredths of a percent. HS codes are 2, 4 or 6 digits without dots; longer national codes are cut to six. Article numbers are those of
RCEP chapter 3;
every other agreement brings its own in its parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal

from zimao.kernel.text import Text, t
from zimao.services.tariff.rules.origin.psr import Expression

__all__ = [
    "ADVICE",
    "Agreement",
    "Bom",
    "Claim",
    "Convert",
    "Costs",
    "DeMinimis",
    "Deduction",
    "Exact",
    "Figures",
    "Fungible",
    "Judgment",
    "Material",
    "MinimalOperation",
    "Product",
    "Psr",
    "Question",
    "Route",
    "RuleSet",
    "Step",
    "TraceStep",
    "Verdict",
]

Verdict = Literal["Q", "N", "U"]
"""Q qualifies, N does not, U needs facts."""
Status = Literal["originating", "non_originating", "unknown"]
Role = Literal["material", "retail_packing", "transport_packing", "accessory", "indirect"]
Convert = Callable[[str, int, int], tuple[str, ...]]
"""(code, from edition, to edition) -> every code it may be; more than one is ambiguous, none is unknown."""


class Exact:
    """Base of values that documents may carry: a reader refuses a field that the class does not have."""

    __slots__ = ()
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class DeMinimis:
    """What may fail a change of classification: a share of the FOB value, or for some chapters of the weight (Art 3.7)."""

    value_points: int
    weight_points: int | None = None
    weight_chapters: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class MinimalOperation:
    """An operation that does not confer origin. ``simple``: only if it needs neither special skill nor special equipment (Art 3.6)."""

    letter: str
    simple: bool
    name: Text


@dataclass(frozen=True, slots=True)
class Agreement:
    """The dated parameters of one agreement. ``edition``: HS edition of its rules. ``parties``:

    the area whose originating materials cumulate.
    """

    code: str
    name: Text
    parties: frozenset[str]
    edition: int
    de_minimis: DeMinimis | None
    formulas: tuple[str, ...]
    standard_content: int | None
    articles: Mapping[str, Text]
    minimal: Mapping[str, MinimalOperation]
    obtained: Mapping[str, Text]
    reactions: frozenset[str]
    not_reactions: frozenset[str]
    logistics: frozenset[str]

    def article(self, clause: str) -> Text:
        """The article that holds a clause; the agreement's name where its parameters do not say."""
        return self.articles.get(clause, self.name)


@dataclass(frozen=True, slots=True)
class Deduction(Exact):
    """A cost inside the stated value that may be taken out of VNM when documented: inland_freight, duties, waste (Art 3.5)."""

    kind: str
    amount: int
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Fungible(Exact):
    """Interchangeable stock: ``segregated`` or an ``inventory`` method kept for the fiscal year; units of each (Art 3.11)."""

    method: str
    originating_units: int
    total_units: int
    whole_year: bool = False


@dataclass(frozen=True, slots=True)
class Material(Exact):
    """One material, packing, accessory or indirect material used for one unit of the good.

    ``value`` is CIF, or the first price paid for a domestic purchase; None means not known. ``part``: id of a product of the BOM made in-
    house.
    ``quantity``: units of that part in one unit of the good. ``wholly_obtained``: None means not stated.
    """

    id: str
    hs: str | None
    value: int | None
    edition: int = 2022
    status: Status = "unknown"
    party: str = ""
    evidence: str = ""
    weight: int | None = None
    role: Role = "material"
    part: str = ""
    quantity: int = 1
    kind: str = ""
    supplier: str = ""
    wholly_obtained: bool | None = None
    deductions: tuple[Deduction, ...] = ()
    fungible: Fungible | None = None
    invoiced_apart: bool = False
    customary: bool = True


@dataclass(frozen=True, slots=True)
class Costs(Exact):
    """The producer's own costs and profit for one unit of the good (build-up formula)."""

    labour: int
    overhead: int
    profit: int
    other: int

    @property
    def total(self) -> int:
        """Their sum."""
        return self.labour + self.overhead + self.profit + self.other


@dataclass(frozen=True, slots=True)
class Step(Exact):
    """A processing step. ``operation``: a letter of the minimal operations, or any other code. The two answers decide «simple»."""

    operation: str
    on_non_originating: bool = True
    special_skill: bool | None = None
    special_equipment: bool | None = None


@dataclass(frozen=True, slots=True)
class Claim(Exact):
    """A process of the rule that the producer asserts, with evidence. ``detail``: the type of reaction for code CR."""

    code: str
    detail: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Route(Exact):
    """How the good travels. ``via``: places of transit or transhipment; None answers are open (Art 3.15)."""

    via: tuple[str, ...] = ()
    customs_control: bool | None = None
    operations: tuple[str, ...] = ()
    documents: bool | None = None


@dataclass(frozen=True, slots=True)
class Product(Exact):
    """The good, or a part made in-house. ``obtained``: letter of the wholly obtained list that is claimed. ``processes`` None:

    not asked yet.
    """

    id: str
    hs: str
    fob: int
    party: str
    materials: tuple[Material, ...] = ()
    edition: int = 2022
    exw: int | None = None
    weight: int | None = None
    costs: Costs | None = None
    steps: tuple[Step, ...] = ()
    processes: tuple[Claim, ...] | None = None
    obtained: str = ""
    route: Route | None = None
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bom(Exact):
    """A good and the parts made in-house that its materials name."""

    product: Product
    parts: Mapping[str, Product] = field(default_factory=dict)

    def with_materials(self, materials: tuple[Material, ...]) -> Bom:
        """The same BOM with other materials in the good."""
        return Bom(replace(self.product, materials=materials), self.parts)


@dataclass(frozen=True, slots=True)
class Psr:
    """One row of a rule set. ``expression`` None: the text is kept and asked about."""

    code: str
    expression: Expression | None
    text: str
    scope: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The product-specific rules of one agreement; the longest matching code wins."""

    agreement: str
    rows: Mapping[str, tuple[Psr, ...]]

    @classmethod
    def of(cls, agreement: str, rows: tuple[Psr, ...]) -> RuleSet:
        """A rule set from its rows."""
        found: dict[str, tuple[Psr, ...]] = {}
        for row in rows:
            found[row.code] = (*found.get(row.code, ()), row)
        return cls(agreement, found)

    def find(self, code: str) -> tuple[Psr, ...]:
        """The rows of the longest code that the good's six digits begin with."""
        for digits in (6, 4, 2):
            if len(code) >= digits and code[:digits] in self.rows:
                return self.rows[code[:digits]]
        return ()


@dataclass(frozen=True, slots=True)
class Question:
    """A fact that is missing and would decide."""

    code: str
    subject: str
    sentence: Text


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One step of the reasoning: the clause, its article, what came out (met, failed, open, note) and the sentence.

    ``wording`` has places ``{id}`` and ``{party}`` that ``sentence`` fills when it is read: most steps of a bulk judgment never are.
    """

    clause: str
    article: Text
    outcome: str
    wording: Text
    subject: str = ""
    party: str = ""
    open_places: bool = False

    @property
    def sentence(self) -> Text:
        """The sentence of the step."""
        return self.wording.fill(id=self.subject, party=self.party or "?") if self.open_places else self.wording


@dataclass(frozen=True, slots=True)
class Figures:
    """The amounts behind a judgment. Percentages are text with two decimals; ``vnm_high`` None: a value is not known."""

    fob: int
    vnm: int
    vnm_high: int | None
    vom: int
    build_down: str
    build_up: str
    failing: tuple[str, ...] = ()
    failing_value: int = 0
    failing_share: str = ""


@dataclass(frozen=True, slots=True)
class Judgment:
    """The verdict, the criterion for the proof (WO, PE, CTC, RVC, CR…;

    marks ACU, DMI), the trace, what is still asked and what must hold on shipping.
    """

    verdict: Verdict
    criterion: str
    marks: tuple[str, ...]
    rule: str
    alternatives: tuple[tuple[str, Verdict], ...]
    trace: tuple[TraceStep, ...]
    questions: tuple[Question, ...]
    conditions: tuple[Text, ...]
    figures: Figures


ADVICE = t(
    "本结果为预判建议，不是海关裁定；原产地由申报人主张、海关确定。",
    "This is advice, not a ruling: the declarant claims origin and customs decides.",
)
"""What every page and document that shows a judgment says."""
