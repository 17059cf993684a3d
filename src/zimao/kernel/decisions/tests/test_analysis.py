"""Overlaps and gaps: the example row is really matched by both rules, or by none; and nothing is missed."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zimao.kernel.decisions import analyse, analysis, decide, load
from zimao.kernel.decisions.tests.builders import one_table
from zimao.kernel.decisions.tests.test_compiled import CELLS, INPUTS, OUTPUTS, SLOW

AGE = {"age": "number"}
NUMBERS = ["-", "< 2", ">= 2", "1", "[1..3]", "not(2)", "> 3, 1"]


@SLOW
@given(st.lists(st.tuples(*(CELLS[name] for name in INPUTS), st.sampled_from(OUTPUTS)).map(list), min_size=1, max_size=4))
def test_examples_are_true(rules: Any) -> None:
    model = load(one_table(INPUTS, {"out": "string"}, rules))
    everything = load(one_table(INPUTS, {"out": "string"}, rules, policy="RULE ORDER"))
    for finding in analyse(model):
        if finding.kind in ("overlap", "gap"):
            matched = decide(everything, "d", finding.example).rules
            assert set(finding.rules) <= set(matched)
            assert bool(finding.rules) == bool(matched)


@SLOW
@given(st.lists(st.tuples(st.sampled_from(NUMBERS), st.sampled_from(["-", '"x"', 'not("x")'])), min_size=1, max_size=4))
def test_nothing_is_missed(cells: Any) -> None:
    inputs = {"n": "number", "s": "string"}
    rules = [[*pair, '"out"'] for pair in cells]
    found = analyse(load(one_table(inputs, {"out": "string"}, rules)))
    everything = load(one_table(inputs, {"out": "string"}, rules, policy="RULE ORDER"))
    matched = [decide(everything, "d", {"n": n, "s": s}).rules for n, s in product(["0", "1", "1.5", "2", "2.5", "3", "4"], ["x", "y"])]
    overlaps = {(one, other) for row in matched for one, other in product(row, row) if int(one[1:]) < int(other[1:])}
    assert {finding.rules for finding in found if finding.kind == "overlap"} == overlaps
    assert any(finding.kind == "gap" for finding in found) == ([] in matched)


def _found(rules: list[list[str]], **more: Any) -> list[tuple[str, tuple[str, ...], dict[str, Any]]]:
    model = load(one_table(more.pop("inputs", AGE), {"out": "string"}, rules, **more))
    return [(one.kind, one.rules, dict(one.example)) for one in analyse(model)]


def test_an_overlap_and_a_gap_in_words() -> None:
    model = load(one_table(AGE, {"out": "string"}, [["[1..5]", '"a"'], ["[5..9]", '"b"']], allowed={"age": "[1..12]"}))
    assert [one.sentence.en for one in analyse(model)] == [
        "rules 1 and 2 overlap, for instance age = 5",
        "no rule applies to age = 10",
    ]
    assert analyse(model)[0].sentence.zh == "规则1与规则2重叠，例如 age = 5"


def test_a_complete_table_has_no_findings() -> None:
    assert _found([["< 18", '"a"'], [">= 18", '"b"']]) == []
    words = {"kind": "string"}
    assert _found([['"a"', '"x"'], ['not("a")', '"y"']], inputs=words, allowed={"kind": '"a","b"'}) == []


def test_any_overlaps_only_where_outputs_differ() -> None:
    assert _found([["< 5", '"a"'], ["-", '"a"']], policy="ANY") == []
    assert [kind for kind, _, _ in _found([["< 5", '"b"'], ["-", '"a"']], policy="ANY")] == ["overlap"]


def test_a_default_closes_gaps() -> None:
    assert _found([["< 5", '"a"']], defaults={"out": '"b"'}) == []


def test_unreachable_rules() -> None:
    assert _found([["-", '"a"'], ["< 5", '"b"']], policy="FIRST") == [("unreachable", ("r2",), {})]
    assert ("unreachable", ("r2",), {}) in _found([["-", '"a"'], ["> 20", '"b"']], policy="FIRST", allowed={"age": "[1..12]"})


def test_what_cannot_be_cut_is_said() -> None:
    assert ("unchecked", ("r1",), {}) in _found([["? * 2 > 5", '"a"'], ["1", '"b"']])


def test_effort_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "_VISITS", 3)
    inputs = {f"n{at}": "number" for at in range(6)}
    rules = [["-"] * at + ["< 5"] + ["-"] * (5 - at) + ['"a"'] for at in range(6)]
    assert "unchecked" in [kind for kind, _, _ in _found(rules, inputs=inputs, policy="FIRST")]
    monkeypatch.setattr(analysis, "MOST_OVERLAPS", 2)
    assert [kind for kind, _, _ in _found(rules, inputs=inputs)].count("overlap") == 2
