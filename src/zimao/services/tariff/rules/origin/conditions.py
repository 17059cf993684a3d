"""What can undo a good that meets its rule: minimal operations (Art 3.6) and a journey that breaks direct consignment (Art 3.15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zimao.kernel.text import Text, t
from zimao.services.tariff.rules.origin.clauses import Facts
from zimao.services.tariff.rules.origin.models import MinimalOperation, Question, Step, TraceStep, Verdict
from zimao.services.tariff.rules.origin.spans import all_hold

__all__ = ["Gate", "consignment", "minimal_operations"]


@dataclass(frozen=True, slots=True)
class Gate:
    """Q: passes. ``conditions``: what still has to hold because nothing was said about it."""

    verdict: Verdict
    trace: tuple[TraceStep, ...] = ()
    questions: tuple[Question, ...] = ()
    conditions: tuple[Text, ...] = ()


def minimal_operations(facts: Facts) -> Gate:
    """If every step on non-originating materials is minimal the good does not qualify, even where its rule is met."""
    if all(line.originating for line in facts.lines):
        return Gate("Q")
    steps = [step for step in facts.product.steps if step.on_non_originating]
    if not steps:
        held = t("加工须超出微小加工和处理（未填工序）。", "The processing must be more than minimal operations (no step was given).")
        return Gate("Q", conditions=(held,))
    minimal = all_hold(_minimal(step, facts.agreement.minimal) for step in steps)
    article = facts.agreement.article("minimal")
    if minimal == "Q":
        sentence = t("对非原产材料只进行了微小加工：{names}。", "Only minimal operations were done on non-originating materials: {names}.")
        names = ", ".join(step.operation for step in steps)
        return Gate("N", (TraceStep("minimal", article, "failed", sentence.fill(names=names), facts.product.id),))
    if minimal == "U":
        sentence = t("这些工序是否需要专门技能或者专用设备？", "Do these steps need special skill or special equipment?")
        asked = Question("simple_operation", facts.product.id, sentence)
        return Gate("U", (TraceStep("minimal", article, "open", sentence, facts.product.id),), (asked,))
    sentence = t("加工超出微小加工和处理。", "The processing is more than minimal operations.")
    return Gate("Q", (TraceStep("minimal", article, "met", sentence, facts.product.id),))


def _minimal(step: Step, table: Mapping[str, MinimalOperation]) -> Verdict:
    known = table.get(step.operation)
    if known is None:
        return "N"
    if not known.simple:
        return "Q"
    if step.special_skill or step.special_equipment:
        return "N"
    return "U" if None in (step.special_skill, step.special_equipment) else "Q"


def consignment(facts: Facts) -> Gate:
    """Direct, or through other places under customs control with logistics operations only and documents to show it."""
    route, article = facts.product.route, facts.agreement.article("consignment")
    if route is None:
        held = t("须符合直接运输规则（未填路线）。", "Direct consignment must hold (no route was given).")
        return Gate("Q", conditions=(held,))
    if not route.via:
        return Gate("Q", (TraceStep("consignment", article, "met", t("直接运输。", "Consigned directly."), facts.product.id),))
    beyond = [operation for operation in route.operations if operation not in facts.agreement.logistics]
    if route.customs_control is False or beyond:
        sentence = t(
            "在 {via} 脱离海关监管或者进行了物流以外的操作。", "At {via} customs control was broken or more than logistics was done."
        )
        return Gate("N", (TraceStep("consignment", article, "failed", sentence.fill(via=", ".join(route.via)), facts.product.id),))
    if route.customs_control is None or route.documents is not True:
        held = t("经 {via} 转运须有海关或者等效单证。", "Transit through {via} needs customs or equivalent documents.").fill(
            via=", ".join(route.via)
        )
        return Gate("Q", (TraceStep("consignment", article, "note", held, facts.product.id),), conditions=(held,))
    sentence = t("经 {via} 转运，始终在海关监管下。", "Through {via}, under customs control throughout.").fill(via=", ".join(route.via))
    return Gate("Q", (TraceStep("consignment", article, "met", sentence, facts.product.id),))
