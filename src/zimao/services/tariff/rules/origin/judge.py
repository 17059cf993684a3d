"""Does the good qualify? Wholly obtained, produced exclusively, the product-specific rule, then minimal operations and consignment, each
step with its article.

The verdict is Q, N or U. U names the fact that decides; nothing is assumed. Where a code of the BOM may be several codes of the rules'
edition, all are judged
and the answer is U unless they agree. A part made in-house is judged first under the same rules (Art 3.12).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from zimao.kernel.text import Text, t
from zimao.services.tariff.rules.origin.checks import check_bom
from zimao.services.tariff.rules.origin.clauses import Facts, Finding, evaluate, share_text
from zimao.services.tariff.rules.origin.conditions import consignment, minimal_operations
from zimao.services.tariff.rules.origin.models import (
    Agreement,
    Bom,
    Convert,
    Figures,
    Judgment,
    Product,
    Psr,
    Question,
    RuleSet,
    TraceStep,
    Verdict,
)
from zimao.services.tariff.rules.origin.psr import AnyOf, Expression, Plain, printed
from zimao.services.tariff.rules.origin.status import Lines, Scene, codes_of, lines_of

__all__ = ["Court", "judge"]

_BURDEN = {"WO": 0, "PE": 1, "CTC": 2, "PROC": 3, "CR": 3, "SHARE": 4, "RVC": 4, "DVC": 4}


def judge(bom: Bom, rules: RuleSet, agreement: Agreement, convert: Convert) -> Judgment:
    """The judgment of the good. Refuses (``check_bom``) what cannot be judged at all.

    ``convert`` gives every code that a code may be in another HS edition: ``convert("030359", 2022, 2012) == ("030389",)``.
    """
    check_bom(bom)
    return Court(bom, rules, agreement, convert).judgment()


@dataclass(frozen=True, slots=True)
class Court:
    """One judgment under way: the BOM, the rules and what converts codes."""

    bom: Bom
    rules: RuleSet
    agreement: Agreement
    convert: Convert

    def scene(self, hopeful: bool = False) -> Scene:
        """What the status of materials depends on. ``hopeful``: parts with an open verdict count as originating."""
        return Scene(self.agreement, self.convert, self.bom, self.verdict_of, hopeful)

    def verdict_of(self, part: Product, hopeful: bool) -> Verdict:
        """The verdict of a part made in-house."""
        return self._at(part, hopeful).verdict

    def judgment(self) -> Judgment:
        """Both readings of open parts; they must agree."""
        strict = self._at(self.bom.product, False)
        if strict.verdict == "Q" or not any(material.part for material in self.bom.product.materials):
            return strict
        hopeful = self._at(self.bom.product, True)
        if hopeful.verdict == strict.verdict:
            return strict
        sentence = t("自产中间件是否原产决定结果。", "Whether the part made in-house is originating decides.")
        return replace(
            strict, verdict="U", criterion="", questions=(*strict.questions, Question("part_open", self.bom.product.id, sentence))
        )

    def _at(self, product: Product, hopeful: bool) -> Judgment:
        scene = self.scene(hopeful)
        lines = lines_of(product, scene)
        codes = codes_of(product.hs, product.edition, scene)
        if not codes:
            sentence = t("{code} 在规则版本中没有对应编码，请提供。", "{code} has no code in the edition of the rules: which is it?")
            return self._open(product, lines, "code_missing", sentence.fill(code=product.hs))
        found = [self._under(product, code, lines) for code in codes]
        if len({one.verdict for one in found}) == 1:
            return found[0]
        sentence = t("货物可能是 {codes}，结果不同，请确认。", "The good may be {codes} with different results: which is it?")
        return self._open(product, lines, "code_ambiguous", sentence.fill(codes=" / ".join(codes)))

    def _open(self, product: Product, lines: Lines, code: str, sentence: Text) -> Judgment:
        step = TraceStep("rule", self.agreement.article("rule"), "open", sentence, product.id)
        asked = (Question(code, product.id, sentence), *lines.questions)
        figures = _figures(Facts(self.agreement, product, product.hs, lines.lines, lines.outside), ())
        return Judgment("U", "", (), "", (), (*lines.trace, step), asked, (), figures)

    def _under(self, product: Product, code: str, lines: Lines) -> Judgment:
        facts = Facts(self.agreement, product, code, lines.lines, lines.outside)
        first = [evaluate(Plain(name), facts) for name in ("WO", "PE") if name == "PE" or product.obtained]
        trace = (*lines.trace, *(step for one in first for step in one.trace))
        won = next((one for one in first if one.verdict == "Q"), None)
        if won is not None:
            return self._closed(facts, lines, _Ruling(won, "", ()), trace)
        psr = self.rule_of(product, code)
        if isinstance(psr, Question):
            step = TraceStep("rule", self.agreement.article("rule"), "open", psr.sentence, product.id)
            figures = _figures(facts, ())
            return Judgment("U", "", (), "", (), (*trace, step), (psr, *lines.questions), (), figures)
        ruling = _ruling(psr, facts)
        return self._closed(facts, lines, ruling, (*trace, *ruling.finding.trace))

    def rule_of(self, product: Product, code: str) -> Expression | Question:
        """The rule of the good under a code, or what must be asked first."""
        rows = self.rules.find(code)
        named = [row for row in rows if not row.scope or row.scope in product.scopes]
        if not rows:
            sentence = t("{code} 没有已载入的产品特定规则。", "No product-specific rule is loaded for {code}.").fill(code=code)
            return Question("no_rule", product.id, sentence)
        if len(named) != 1 or any(row.scope and row not in named for row in rows if not product.scopes):
            sentence = t("适用哪一条规则取决于货物描述：{texts}", "Which rule applies depends on what the good is: {texts}")
            return Question("rule_scope", product.id, sentence.fill(texts=" / ".join(row.scope or row.text for row in rows)))
        return named[0].expression or _manual(named[0], product)

    def _closed(self, facts: Facts, lines: Lines, ruling: _Ruling, trace: tuple[TraceStep, ...]) -> Judgment:
        finding, verdict = ruling.finding, ruling.finding.verdict
        questions = (*lines.questions, *finding.questions) if verdict == "U" else lines.questions
        conditions: tuple[Text, ...] = ()
        for gate in (minimal_operations(facts), consignment(facts)):
            trace = (*trace, *gate.trace)
            conditions = (*conditions, *gate.conditions)
            if verdict != "N" and gate.verdict != "Q":
                verdict = gate.verdict
                questions = (*questions, *gate.questions)
        marks = _marks(facts, finding) if verdict == "Q" else ()
        criterion = _criterion(finding) if verdict == "Q" else ""
        figures = _figures(facts, tuple(dict.fromkeys(line.id for line in finding.failing)))
        return Judgment(verdict, criterion, marks, ruling.rule, ruling.alternatives, trace, questions, conditions, figures)


@dataclass(frozen=True, slots=True)
class _Ruling:
    finding: Finding
    rule: str
    alternatives: tuple[tuple[str, Verdict], ...]


def _manual(row: Psr, product: Product) -> Question:
    sentence = t("规则须人工判读：{text}", "The rule must be read by a person: {text}").fill(text=row.text)
    return Question("rule_manual", product.id, sentence)


def _ruling(expression: Expression, facts: Facts) -> _Ruling:
    """All alternatives, left to right; among those met, the one that is cheapest to prove gives the criterion."""
    parts = expression.parts if isinstance(expression, AnyOf) else (expression,)
    found = [(printed(part), evaluate(part, facts)) for part in parts]
    order = {"Q": 0, "U": 1, "N": 2}
    ranked = sorted(range(len(found)), key=lambda at: (order[found[at][1].verdict], _burden(found[at][1]), at))
    best = found[ranked[0]][1]
    trace = tuple(step for _, one in found for step in one.trace)
    questions = tuple(question for _, one in found if one.verdict == "U" for question in one.questions)
    failing = best.failing or next((one.failing for _, one in found if one.failing), ())
    alternatives = tuple((found[at][0], found[at][1].verdict) for at in ranked)
    return _Ruling(replace(best, trace=trace, questions=questions, failing=failing), printed(expression), alternatives)


def _burden(finding: Finding) -> int:
    return max(_BURDEN[name] for name in finding.names)


def _criterion(finding: Finding) -> str:
    return "+".join(sorted(finding.names, key=lambda name: (_BURDEN[name], name)))


def _marks(facts: Facts, finding: Finding) -> tuple[str, ...]:
    """ACU: originating materials of another Party are used. DMI: de minimis was needed."""
    abroad = any(line.originating and line.material.party not in ("", facts.product.party) for line in facts.lines)
    return (*(("ACU",) if abroad else ()), *(("DMI",) if finding.tolerated else ()))


def _figures(facts: Facts, failing: tuple[str, ...]) -> Figures:
    fob, vnm, vom = facts.product.fob, facts.total(False), facts.total(True)
    costs = facts.product.costs
    freed = sum(line.freed for line in facts.lines) + facts.outside
    failed = sum(line.value.low for line in facts.lines if line.id in failing)
    return Figures(
        fob=fob,
        vnm=vnm.low,
        vnm_high=vnm.high,
        vom=vom.low,
        build_down=share_text(fob - vnm.low, fob),
        build_up="" if costs is None else share_text(vom.low + costs.total + freed, fob),
        failing=failing,
        failing_value=failed,
        failing_share=share_text(failed, fob) if failing else "",
    )
