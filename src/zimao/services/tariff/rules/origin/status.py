"""The status of each material under an agreement: who counts, as what, and in which test.

Arts 3.4 cumulation, 3.5 deductions, 3.8 packing, 3.9 accessories, 3.10 indirect materials, 3.11 fungible materials, 3.12 roll-up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from zimao.kernel.text import Text, t
from zimao.services.tariff.rules.origin.models import Agreement, Bom, Convert, Material, Product, Question, TraceStep, Verdict
from zimao.services.tariff.rules.origin.spans import ZERO, Span, span_of

__all__ = ["Line", "Lines", "Scene", "codes_of", "lines_of"]


_UNKNOWN = t("{id}：原产地不明，按非原产计。", "{id}: unknown origin counts as non-originating.")
_FOREIGN = t("{id}：非原产材料。", "{id}: a non-originating material.")
_OUTSIDE = t("{id}：{party} 不在本协定累积区域内，按非原产计。", "{id}: {party} is outside the area of cumulation, so non-originating.")
_UNPROVEN = t("{id}：声称原产但没有证明，按非原产计。", "{id}: claimed as originating without proof, so non-originating.")
_CUMULATED = t("{id}：{party} 原产材料，可累积。", "{id}: an originating material of {party}, cumulated.")
_UNDOCUMENTED = t("{id}：扣减项 {kind} 缺少单证，未扣减。", "{id}: the deduction {kind} has no document and was not taken.")


@dataclass(frozen=True, slots=True)
class Line:
    """A material as the tests see it. ``codes``: what it may be in the rules' edition; ``freed``: documented deductions from its value."""

    material: Material
    originating: bool
    codes: tuple[str, ...]
    value: Span
    weight: Span
    in_change: bool = True
    in_content: bool = True
    freed: int = 0

    @property
    def id(self) -> str:
        """The material's id."""
        return self.material.id


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a good, what was said about them, and ``outside``: value that is neither VNM nor VOM (other cost)."""

    lines: tuple[Line, ...]
    trace: tuple[TraceStep, ...] = ()
    questions: tuple[Question, ...] = ()
    outside: int = 0

    def __add__(self, other: Lines) -> Lines:
        return Lines(self.lines + other.lines, self.trace + other.trace, self.questions + other.questions, self.outside + other.outside)


@dataclass(frozen=True, slots=True)
class Scene:
    """What a judgment runs under. ``hopeful``: an in-house part whose own verdict is open counts as originating."""

    agreement: Agreement
    convert: Convert
    bom: Bom
    part_verdict: Callable[[Product, bool], Verdict]
    hopeful: bool = False


def codes_of(hs: str | None, edition: int, scene: Scene) -> tuple[str, ...]:
    """The codes in the rules' edition, cut to six digits; empty when not known."""
    if not hs:
        return ()
    code = hs.replace(".", "")[:6]
    return (code,) if edition == scene.agreement.edition else tuple(sorted(set(scene.convert(code, edition, scene.agreement.edition))))


def lines_of(product: Product, scene: Scene) -> Lines:
    """Every material of the good as the tests see it."""
    found = [_line_of(material, scene) for material in product.materials]
    return Lines(
        tuple(line for one in found for line in one.lines),
        tuple(step for one in found for step in one.trace),
        tuple(question for one in found for question in one.questions),
        sum(one.outside for one in found),
    )


def _line_of(material: Material, scene: Scene) -> Lines:
    if material.role == "transport_packing":
        note = t("运输用包装不计入原产地判定。", "Transport packing is left out of the origin test.")
        return Lines((), (_note("packing", material, scene, note),), outside=material.value or 0)
    if material.role == "indirect":
        note = t("间接材料视为原产材料。", "An indirect material counts as originating.")
        line = Line(material, True, (), span_of(material.value), ZERO, in_change=False)
        return Lines((line,), (_note("indirect", material, scene, note),))
    if material.part:
        return _made_in_house(material, scene)
    if material.fungible is not None:
        return _fungible(material, scene)
    return _plain(material, scene)


def _plain(material: Material, scene: Scene) -> Lines:
    originating, wording = _status(material, scene)
    in_change, trace = _role(material, scene)
    freed, questions = (0, ()) if originating else _deductions(material)
    value = span_of(None if material.value is None else max(0, material.value - freed))
    codes = codes_of(material.hs, material.edition, scene)
    line = Line(material, originating, codes, value, span_of(material.weight), in_change, True, freed)
    outcome = "met" if originating else "failed"
    step = TraceStep("cumulation", scene.agreement.article("cumulation"), outcome, wording, material.id, material.party, True)
    return Lines((line,), (step, *trace), questions)


def _status(material: Material, scene: Scene) -> tuple[bool, Text]:
    """Art 3.4: only what is already originating in the area and proven counts; unknown origin is non-originating (Art 3.5)."""
    if material.status != "originating":
        return False, _UNKNOWN if material.status == "unknown" else _FOREIGN
    if material.party not in scene.agreement.parties:
        return False, _OUTSIDE
    return (True, _CUMULATED) if material.evidence else (False, _UNPROVEN)


def _role(material: Material, scene: Scene) -> tuple[bool, tuple[TraceStep, ...]]:
    """Is it tested for the change of classification? Arts 3.8 and 3.9 leave retail packing and accessories out."""
    if material.role == "retail_packing":
        note = t(
            "{id}：零售包装不看税则改变，计入区域价值。", "{id}: retail packing is not tested for a change; it counts in the value content."
        )
        return False, (_note("packing", material, scene, note.fill(id=material.id)),)
    if material.role == "accessory":
        with_good = material.customary and not material.invoiced_apart
        note = (
            t("{id}：附件不看税则改变，计入区域价值。", "{id}: an accessory is not tested for a change; it counts in the value content.")
            if with_good
            else t("{id}：单独开票或者不合惯例，按材料计。", "{id}: invoiced apart or not customary, so it counts as a material.")
        )
        return not with_good, (_note("accessories", material, scene, note.fill(id=material.id)),)
    return True, ()


def _deductions(material: Material) -> tuple[int, tuple[Question, ...]]:
    """Art 3.5: inland freight, unrefunded duties and waste leave VNM only with documents."""
    if not material.deductions:
        return 0, ()
    freed = sum(deduction.amount for deduction in material.deductions if deduction.evidence)
    asked = tuple(
        Question("deduction_unproven", material.id, _UNDOCUMENTED.fill(id=material.id, kind=deduction.kind))
        for deduction in material.deductions
        if not deduction.evidence
    )
    return freed, asked


def _fungible(material: Material, scene: Scene) -> Lines:
    """Art 3.11: physical segregation, or an inventory method kept for the whole fiscal year; otherwise all is non-originating."""
    stock = material.fungible
    bare = replace(material, fungible=None)
    if stock is None or stock.method == "segregated":
        return _plain(bare, scene)
    if stock.method != "inventory" or not stock.whole_year or material.value is None:
        note = t(
            "{id}：混存且无全年库存管理方法，按非原产计。",
            "{id}: mixed stock without an inventory method for the year, so non-originating.",
        )
        step = _note("fungible", material, scene, note.fill(id=material.id))
        return _plain(replace(bare, status="non_originating"), scene) + Lines((), (step,))
    value, weight = _part_of(material.value, stock.originating_units, stock.total_units), material.weight
    heavy = None if weight is None else _part_of(weight, stock.originating_units, stock.total_units)
    own = replace(bare, value=value, weight=heavy)
    rest = replace(bare, status="non_originating", value=material.value - value, weight=None if weight is None else weight - (heavy or 0))
    note = t("{id}：按库存管理方法分摊原产与非原产。", "{id}: divided into originating and not by the inventory method.")
    return _plain(own, scene) + _plain(rest, scene) + Lines((), (_note("fungible", material, scene, note.fill(id=material.id)),))


def _part_of(amount: int, units: int, total: int) -> int:
    """The originating part, rounded down so that the non-originating part is never too small."""
    return amount * units // total


def _made_in_house(material: Material, scene: Scene) -> Lines:
    """Art 3.12: a part that is itself originating counts whole; one that is not gives way to its own materials."""
    part = scene.bom.parts[material.part]
    verdict = scene.part_verdict(part, scene.hopeful)
    if verdict == "Q" or (verdict == "U" and scene.hopeful):
        note = t("{id}：自产中间件本身原产，整体计为原产。", "{id}: the part made in-house is originating and counts whole.").fill(
            id=material.id
        )
        line = Line(material, True, codes_of(part.hs, part.edition, scene), span_of(material.value), span_of(material.weight))
        return Lines((line,), (TraceStep("materials", scene.agreement.article("materials"), "met", note, material.id),))
    note = t("{id}：自产中间件不原产，改看其材料。", "{id}: the part made in-house is not originating; its materials are tested instead.")
    step = TraceStep("materials", scene.agreement.article("materials"), "failed", note.fill(id=material.id), material.id)
    inner = lines_of(replace(part, materials=tuple(_times(one, material) for one in part.materials)), scene)
    known = sum(line.value.low + line.freed for line in inner.lines)
    return Lines((), (step,), outside=max(0, (material.value or 0) - known - inner.outside)) + inner


def _times(inner: Material, outer: Material) -> Material:
    """A material of a part, for the quantity of the part in the good."""
    count = outer.quantity
    return replace(
        inner,
        id=f"{outer.id}/{inner.id}",
        value=None if inner.value is None else inner.value * count,
        weight=None if inner.weight is None else inner.weight * count,
        quantity=inner.quantity * count,
        deductions=tuple(replace(one, amount=one.amount * count) for one in inner.deductions),
    )


def _note(clause: str, material: Material, scene: Scene, sentence: Text) -> TraceStep:
    return TraceStep(clause, scene.agreement.article(clause), "note", sentence, material.id)
