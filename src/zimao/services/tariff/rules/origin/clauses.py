"""Each atom of a rule tested on the lines of a good: change of classification with de minimis, value content, shares, processes.

Every test gives a finding of three values. An unknown code or value is carried as a span, so the answer is U only where it would decide.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from zimao.kernel.text import Text, t
from zimao.services.tariff.rules.origin.models import Agreement, Product, Question, TraceStep, Verdict
from zimao.services.tariff.rules.origin.psr import (
    DIGITS,
    AllOf,
    AnyOf,
    Change,
    Content,
    Expression,
    From,
    Item,
    Obtained,
    Plain,
    Process,
    Share,
    percent_text,
    printed,
)
from zimao.services.tariff.rules.origin.spans import Span, all_hold, any_holds, at_least, at_most
from zimao.services.tariff.rules.origin.status import Line

__all__ = ["Facts", "Finding", "belongs", "counted", "evaluate", "passes_change", "share_text"]


@dataclass(frozen=True, slots=True)
class Facts:
    """The good as one candidate code, its lines, and ``outside``: value that is other cost."""

    agreement: Agreement
    product: Product
    code: str
    lines: tuple[Line, ...]
    outside: int = 0

    def total(self, originating: bool, items: tuple[Item, ...] = ()) -> Span:
        """Value of the originating or the other lines (of ``items``), as the value content counts it."""
        return _sum(line.value for line in self._of(originating) if line.in_content and counted(line, items, self.code))

    def weight(self, items: tuple[Item, ...]) -> Span:
        """Weight of the non-originating lines of ``items``."""
        return _sum(line.weight for line in self._of(False) if counted(line, items, self.code))

    def _of(self, originating: bool) -> list[Line]:
        return [line for line in self.lines if line.originating is originating]

    @property
    def foreign(self) -> list[Line]:
        """The non-originating lines that a change of classification looks at."""
        return [line for line in self.lines if not line.originating and line.in_change]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one part of a rule came to. ``names``: criteria used; ``tolerated``: de minimis was needed; ``failing``:

    lines that did not change.
    """

    verdict: Verdict
    names: frozenset[str]
    trace: tuple[TraceStep, ...] = ()
    questions: tuple[Question, ...] = ()
    tolerated: bool = False
    failing: tuple[Line, ...] = ()


def _sum(spans: Iterable[Span]) -> Span:
    low, high = 0, 0
    bounded = True
    for span in spans:
        low += span.low
        bounded = bounded and span.high is not None
        high += span.high or 0
    return Span(low, high if bounded else None)


def counted(line: Line, items: tuple[Item, ...], code: str) -> bool:
    """Does a limit on ``items`` count the line? An open code counts; no items means all."""
    return not items or any(belongs(line, item, code) is not False for item in items)


def share_text(part: int, whole: int) -> str:
    """A percentage with two decimals, rounded half up; only for display."""
    hundredths = (abs(part) * 20_000 // whole + 1) // 2
    return f"{'-' if part < 0 else ''}{hundredths // 100}.{hundredths % 100:02d}"


def belongs(line: Line, item: Item, good: str) -> bool | None:
    """Does the line fall under the item? None when its codes leave it open."""
    if item.low == "same-heading":
        return _agree(_begins(code, good[:4]) for code in line.codes)
    if item.named:
        return None if not line.material.kind else line.material.kind == item.low
    return _agree(_in_range(code, item) for code in line.codes)


def _agree(answers: Iterable[bool | None]) -> bool | None:
    """One answer for every code that a line may have, else None."""
    found = set(answers)
    return found.pop() if len(found) == 1 else None


def _begins(code: str, prefix: str) -> bool | None:
    if code.startswith(prefix):
        return True
    return None if prefix.startswith(code) else False


def _in_range(code: str, item: Item) -> bool | None:
    size = len(item.low)
    if len(code) >= size:
        return item.low <= code[:size] <= item.high
    return None if item.low[: len(code)] <= code <= item.high[: len(code)] else False


def passes_change(line: Line, change: Change, good: str) -> bool | None:
    """Is a non-originating material classified elsewhere than the good, and outside the exceptions? None when its codes leave it open."""
    digits = DIGITS[change.level]
    moved = _agree(_flip(_begins(code, good[:digits])) for code in line.codes) if digits else True
    refused = [belongs(line, item, good) for item in change.exceptions]
    if moved is False or True in refused:
        return False
    return None if moved is None or None in refused else True


def _flip(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def evaluate(expression: Expression, facts: Facts) -> Finding:
    """The finding of an expression; alternatives are all evaluated, so the trace is complete."""
    if isinstance(expression, AnyOf | AllOf):
        found = [evaluate(part, facts) for part in expression.parts]
        return _merged(found, isinstance(expression, AnyOf))
    if isinstance(expression, Change):
        return _change(expression, facts)
    if isinstance(expression, Content):
        return _content(expression, facts)
    if isinstance(expression, Share):
        return _share(expression, facts)
    return _claimed(expression, facts)


def _merged(found: list[Finding], alternative: bool) -> Finding:
    verdict = any_holds(one.verdict for one in found) if alternative else all_hold(one.verdict for one in found)
    used = [one for one in found if one.verdict == "Q"][:1] if alternative and verdict == "Q" else found
    return Finding(
        verdict,
        frozenset().union(*(one.names for one in used)),
        tuple(step for one in found for step in one.trace),
        tuple(question for one in found for question in one.questions),
        any(one.tolerated for one in used),
        tuple(line for one in used for line in one.failing),
    )


_OUTCOMES = {"Q": "met", "N": "failed", "U": "open"}


def _step(facts: Facts, clause: str, verdict: Verdict, sentence: Text, subject: str = "") -> TraceStep:
    return TraceStep(clause, facts.agreement.article(clause), _OUTCOMES[verdict], sentence, subject)


def _change(change: Change, facts: Facts) -> Finding:
    answers = [(line, passes_change(line, change, facts.code)) for line in facts.foreign]
    failing = [line for line, answer in answers if answer is False]
    unsure = [line for line, answer in answers if answer is None]
    if change.tolerance is not None:
        failing, unsure = _own_code_allowed(change, facts, failing, unsure)
    names = frozenset({"CTC"})
    if not failing and not unsure:
        sentence = t("{rule}：全部非原产材料满足。", "{rule}: every non-originating material meets it.").fill(rule=printed(change))
        return Finding("Q", names, (_step(facts, "rule", "Q", sentence),))
    steps = [_step(facts, "rule", "N", _not_changed(change, line), line.id) for line in failing]
    verdict, tolerance = _de_minimis(facts, failing, unsure)
    questions = tuple(_code_question(line) for line in unsure) + _amount_questions(failing) if verdict == "U" else ()
    return Finding(verdict, names, (*steps, tolerance), questions, verdict == "Q", tuple(failing))


def _own_code_allowed(change: Change, facts: Facts, failing: list[Line], unsure: list[Line]) -> tuple[list[Line], list[Line]]:
    """«materials of the same heading may be used up to n % of the price»: those within the share leave the failing set."""
    bare = Change("ANY", change.exceptions)
    own = [line for line in failing + unsure if passes_change(line, bare, facts.code) is True]
    price = facts.product.exw or facts.product.fob
    if change.tolerance is None or at_most(_sum(line.value for line in own), change.tolerance, price) != "Q":
        return failing, unsure
    return [line for line in failing if line not in own], [line for line in unsure if line not in own]


def _not_changed(change: Change, line: Line) -> Text:
    sentence = t("{id}（{code}）不满足 {rule}。", "{id} ({code}) does not meet {rule}.")
    return sentence.fill(id=line.id, code="/".join(line.codes), rule=printed(change))


def _de_minimis(facts: Facts, failing: list[Line], unsure: list[Line]) -> tuple[Verdict, TraceStep]:
    """Art 3.7: exact comparison by value, or by weight in the chapters that allow it; only for a change of classification."""
    limits = facts.agreement.de_minimis
    sure, wide = _sum(line.value for line in failing), _sum(line.value for line in failing + unsure)
    value = Span(sure.low, wide.high)
    text = t("不满足税则改变的材料占离岸价 {share}%", "Materials that did not change are {share} % of the FOB value")
    sentence = text.fill(share=share_text(value.low, facts.product.fob))
    if limits is None:
        return ("N" if failing else "U"), _step(
            facts, "de_minimis", "N", t("本协定无微小含量规则。", "This agreement has no de minimis rule.")
        )
    by_value = at_most(value, limits.value_points, facts.product.fob)
    if not failing and by_value == "N":
        by_value = "U"
    first, last = limits.weight_chapters
    by_weight: Verdict = "N"
    if limits.weight_points is not None and first <= int(facts.code[:2]) <= last and facts.product.weight:
        light, heavy = _sum(line.weight for line in failing), _sum(line.weight for line in failing + unsure)
        by_weight = at_most(Span(light.low, heavy.high), limits.weight_points, facts.product.weight)
        more = t("，占重量 {share}%", " and {share} % of the weight").fill(share=share_text(light.low, facts.product.weight))
        sentence = Text(sentence.zh + more.zh, sentence.en + more.en)
    verdict = any_holds([by_value, by_weight])
    ends = t("；上限 {limit}%。", "; the limit is {limit} %.").fill(limit=percent_text(limits.value_points))
    return verdict, _step(facts, "de_minimis", verdict, Text(sentence.zh + ends.zh, sentence.en + ends.en))


def _code_question(line: Line) -> Question:
    sentence = (
        t("{id} 的编码可能是 {codes}，请确认。", "The code of {id} may be {codes}: which is it?").fill(
            id=line.id, codes=" / ".join(line.codes)
        )
        if line.codes
        else t("{id} 没有可用编码，请补充。", "{id} has no usable code: what is it?").fill(id=line.id)
    )
    return Question("code_ambiguous" if line.codes else "code_missing", line.id, sentence)


def _amount_questions(lines: list[Line]) -> tuple[Question, ...]:
    sentence = t("{id} 的价值未知，请补充。", "The value of {id} is not known: what is it?")
    return tuple(Question("value_missing", line.id, sentence.fill(id=line.id)) for line in lines if line.value.high is None)


def _content(content: Content, facts: Facts) -> Finding:
    """Art 3.5: build-down (FOB - VNM) / FOB, build-up (VOM + labour + overhead + profit + other) / FOB;

    either is enough where both are allowed.
    """
    points = facts.agreement.standard_content if content.points is None else content.points
    price = facts.product.exw if content.base == "EXW" else facts.product.fob
    names = frozenset({"DVC" if content.name == "DVC" else "RVC"})
    if points is None or price is None or content.method == "NC" or content.name == "DVC":
        sentence = t("无法计算 {rule}：缺少参数或者价格。", "{rule} cannot be computed: a parameter or a price is missing.")
        asked = Question("content_parameter", facts.product.id, sentence.fill(rule=printed(content)))
        return Finding("U", names, (_step(facts, "content", "U", asked.sentence),), (asked,))
    if content.method == "FV":
        vnm = facts.total(False, content.items)
        return _value_finding(content, facts, [at_most(vnm, 10_000 - points, price)], vnm, price)
    allowed = facts.agreement.formulas if not content.method else (content.method,)
    vnm, vom = facts.total(False), facts.total(True)
    found: list[Verdict] = [at_most(vnm, 10_000 - points, price)] if "BD" in allowed else []
    costs = facts.product.costs
    if "BU" in allowed and costs is not None:
        freed = sum(line.freed for line in facts.lines) + facts.outside
        found.append(at_least(vom + Span(costs.total + freed, costs.total + freed), points, price))
    elif content.method == "BU":
        found.append("U")
    return _value_finding(content, facts, found, vnm, price)


def _value_finding(content: Content, facts: Facts, found: list[Verdict], vnm: Span, price: int) -> Finding:
    verdict = any_holds(found)
    sentence = t("{rule}：非原产材料 {vnm}，扣减法 {share}%。", "{rule}: non-originating materials {vnm}, build-down {share} %.")
    filled = sentence.fill(rule=printed(content), vnm=vnm.low, share=share_text(price - vnm.low, price))
    questions = _amount_questions([line for line in facts.lines if line.in_content]) if verdict == "U" else ()
    return Finding(verdict, frozenset({"RVC"}), (_step(facts, "content", verdict, filled),), questions)


def _share(share: Share, facts: Facts) -> Finding:
    weighed = share.name == "MAXWT"
    base = facts.product.weight if weighed else facts.product.fob if share.base == "FOB" else facts.product.exw
    names = frozenset({"SHARE"})
    if base is None:
        sentence = t("判断 {rule} 需要出厂价或者重量。", "{rule} needs the ex-works price or the weight.").fill(rule=printed(share))
        asked = Question("weight_missing" if weighed else "exw_missing", facts.product.id, sentence)
        return Finding("U", names, (_step(facts, "rule", "U", sentence),), (asked,))
    lines = [line for line in facts.lines if not line.originating and counted(line, share.items, facts.code)]
    sure = [line for line in lines if not share.items or any(belongs(line, item, facts.code) for item in share.items)]
    high = _sum(line.weight if weighed else line.value for line in lines)
    low = _sum(line.weight if weighed else line.value for line in sure)
    verdict = at_most(Span(low.low, high.high), share.points, base)
    sentence = t("{rule}：实际 {share}%。", "{rule}: it is {share} %.").fill(rule=printed(share), share=share_text(low.low, base))
    return Finding(verdict, names, (_step(facts, "rule", verdict, sentence),), _amount_questions(lines) if verdict == "U" else ())


def _claimed(atom: Expression, facts: Facts) -> Finding:
    match atom:
        case Plain("WO"):
            return _wholly_obtained(facts)
        case Plain("PE"):
            return _exclusively(facts)
        case Plain("BALANCE"):
            vnm, vom = facts.total(False), facts.total(True)
            return _answer(atom, facts, _not_above(vnm, vom), "SHARE")
        case Plain("CR"):
            return _process(atom, "CR", facts)
        case Process(code):
            return _process(atom, code, facts)
        case _:
            return _sourced(atom, facts)


def _sourced(atom: Expression, facts: Facts) -> Finding:
    """Where materials come from: wholly obtained, or the materials that the rule starts from.

    Other materials than those named leave the answer open: an earlier stage may be used too, which the codes do not show.
    """
    if isinstance(atom, Obtained):
        return _answer(atom, facts, all_hold(_obtained_line(line, atom.items, facts.code) for line in facts.lines), "WO")
    if isinstance(atom, From):
        inside = [any(belongs(line, item, facts.code) for item in atom.items) for line in facts.foreign]
        return _answer(atom, facts, "Q" if all(inside) else "U", "PROC")
    raise TypeError(f"not an atom: {atom!r}")


def _not_above(vnm: Span, vom: Span) -> Verdict:
    if vnm.high is not None and vnm.high <= vom.low:
        return "Q"
    return "N" if vom.high is not None and vnm.low > vom.high else "U"


def _obtained_line(line: Line, items: tuple[Item, ...], good: str) -> Verdict:
    answers: dict[bool | None, Verdict] = {True: "Q", None: "U", False: "N"}
    inside = any_holds(answers[belongs(line, item, good)] for item in items)
    if inside == "N":
        return "Q"
    held: Verdict = "N" if not line.originating or line.material.wholly_obtained is False else "Q" if line.material.wholly_obtained else "U"
    return held if inside == "Q" or held == "Q" else "U"


def _answer(atom: Expression, facts: Facts, verdict: Verdict, name: str) -> Finding:
    sentence = {
        "Q": t("{rule}：满足。", "{rule}: met."),
        "N": t("{rule}：不满足。", "{rule}: not met."),
        "U": t("{rule}：尚缺事实。", "{rule}: facts are missing."),
    }[verdict].fill(rule=printed(atom))
    asked = (Question("rule_facts", facts.product.id, sentence),) if verdict == "U" else ()
    return Finding(verdict, frozenset({name}), (_step(facts, "rule", verdict, sentence),), asked)


def _wholly_obtained(facts: Facts) -> Finding:
    """Art 3.3: a letter of the list is claimed and nothing non-originating is used."""
    if facts.product.obtained in facts.agreement.obtained and all(line.originating for line in facts.lines):
        name = facts.agreement.obtained[facts.product.obtained]
        sentence = t("完全获得：{name}。", "Wholly obtained: {name}.").fill(name=name)
        return Finding("Q", frozenset({"WO"}), (_step(facts, "obtained", "Q", sentence),))
    if any(not line.originating for line in facts.lines) or facts.product.obtained:
        sentence = t(
            "含非原产材料或者所选类别不存在，不是完全获得。",
            "It holds non-originating material or the ground is not in the list: not wholly obtained.",
        )
        return Finding("N", frozenset({"WO"}), (_step(facts, "obtained", "N", sentence),))
    sentence = t("货物是否完全获得？请选择类别。", "Is the good wholly obtained? Choose the ground.")
    asked = Question("obtained_ground", facts.product.id, sentence)
    return Finding("U", frozenset({"WO"}), (_step(facts, "obtained", "U", sentence),), (asked,))


def _exclusively(facts: Facts) -> Finding:
    """Art 3.2(b): produced from originating materials only; packing and accessories that go with the good are left out."""
    tested = [line for line in facts.lines if line.in_change]
    foreign = [line.id for line in tested if not line.originating]
    verdict: Verdict = "N" if foreign or not tested else "Q"
    sentence = (
        t("非原产材料：{ids}。", "Non-originating materials: {ids}.").fill(ids=", ".join(foreign))
        if foreign
        else t("全部材料原产。", "Every material is originating.")
        if tested
        else t("没有列出材料。", "No material is listed.")
    )
    return Finding(verdict, frozenset({"PE"}), (_step(facts, "originating", verdict, sentence),))


def _process(atom: Expression, code: str, facts: Facts) -> Finding:
    """The process is asserted with evidence; for a chemical reaction, of a type in the closed list."""
    claims = facts.product.processes
    found = next((claim for claim in claims or () if claim.code == code), None)
    name = "CR" if code == "CR" else "PROC"
    if found is None:
        return _answer(atom, facts, "U" if claims is None else "N", name)
    if code == "CR" and found.detail in facts.agreement.not_reactions:
        return _answer(atom, facts, "N", name)
    known = code != "CR" or found.detail in facts.agreement.reactions
    return _answer(atom, facts, "Q" if known and found.evidence else "U", name)
