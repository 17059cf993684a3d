"""What is not S-FEEL, not DMN or not a fitting row is refused with its place."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from zimao.kernel.decisions import decide, decide_rows, evaluate, load
from zimao.kernel.decisions.tests.builders import dmn, literal, one_table, table
from zimao.kernel.errors import Missing, Refused

AGE = {"age": "number"}


def _refusal(data: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        load(data)
    return caught.value


@pytest.mark.parametrize(
    "cell",
    [
        "> ",
        "1 .. 3",
        "[1..3",
        '"eighteen"',
        "< true",
        "unknown",
        "f(1)",
        "[1, 2]..3",
        "§",
        '"open',
        "1 2",
        "for x in [1] return x",
        "{a: 1}",
    ],
)
def test_a_bad_cell_names_rule_and_column(cell: str) -> None:
    problem = _refusal(one_table(AGE, {"out": "boolean"}, [["1", "true"], [cell, "true"]])).problems[0]
    assert (problem.code, problem.field, problem.row, problem.column) == ("dmn_not_sfeel", "decision:d", 2, "age")
    assert "rule 2, column “age”" in problem.sentence.en
    assert "第2条规则，列“age”" in problem.sentence.zh


@pytest.mark.parametrize("entry", ["1", '"a" +', "other", "true and", "not(1)", 'contains("a")', 'date("2024-02-30")'])
def test_a_bad_output_names_rule_and_column(entry: str) -> None:
    problem = _refusal(one_table(AGE, {"out": "boolean"}, [["1", "true"], ["2", entry]])).problems[0]
    assert (problem.row, problem.column) == (2, "out")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"policy": "BEST"}, "dmn_hit_policy"),
        ({"policy": "UNIQUE", "aggregation": "SUM"}, "dmn_hit_policy"),
        ({"policy": "COLLECT", "aggregation": "MEAN"}, "dmn_hit_policy"),
        ({"policy": "PRIORITY"}, "dmn_hit_policy"),
        ({"policy": "PRIORITY", "values": {"out": "true"}}, "dmn_hit_policy"),
    ],
)
def test_a_bad_hit_policy(more: dict[str, Any], code: str) -> None:
    assert _refusal(one_table(AGE, {"out": "boolean"}, [["1", "true"], ["2", "false"]], **more)).code == code


def test_text_cannot_be_summed() -> None:
    data = one_table(AGE, {"out": "string"}, [["1", '"a"']], policy="COLLECT", aggregation="SUM")
    assert _refusal(data).problems[0].column == "out"


def test_a_reason_in_one_language_is_refused() -> None:
    data = one_table(AGE, {"out": "boolean"}, [["1", "true", "理由", ""]], annotations=["reason_zh", "reason_en"])
    assert _refusal(data).code == "dmn_reason"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"not xml", "dmn_not_xml"),
        (b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY e "x">]><d>&e;</d>', "dmn_not_xml"),
        (b"<definitions/>", "dmn_not_dmn"),
        (dmn({}, namespace="urn:other"), "dmn_not_dmn"),
        (dmn({}, '<import name="other" importType="x"/>'), "dmn_import"),
        (dmn({"x": "tMissing"}), "dmn_type"),
        (dmn({"i": "t"}, '<itemDefinition name="t"><typeRef>t</typeRef></itemDefinition>'), "dmn_type"),
        (dmn(AGE, literal("age", "1")), "dmn_not_sfeel"),
        (dmn({}, literal("a", "b", needs=["b"]), literal("b", "a", needs=["a"])), "dmn_not_sfeel"),
        (dmn({}, literal("a", "1", needs=["gone"])), "dmn_not_sfeel"),
        (dmn(AGE, table("a", AGE, {"out": "number"}, [["1", "1"]], requires=["decision:age"])), "dmn_not_sfeel"),
        (dmn({}, '<decision id="d" name="d"><context/></decision>'), "dmn_not_sfeel"),
        (dmn({}, '<decision id="d" name="d"/>'), "dmn_not_sfeel"),
        (dmn(AGE, literal("d", "(" * 100 + "1" + ")" * 100)), "dmn_not_sfeel"),
        (dmn(AGE, table("d", AGE, {"out": "boolean"}, [])), "dmn_rules"),
    ],
)  # fmt: skip
def test_a_bad_file(data: bytes, code: str) -> None:
    assert _refusal(data).code == code


def test_a_knowledge_model_that_calls_itself() -> None:
    body = (
        '<businessKnowledgeModel name="f"><encapsulatedLogic><formalParameter name="n"/>'
        "<literalExpression><text>f(n) + f(n)</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>"
    )
    assert _refusal(dmn(AGE, body, literal("d", "f(age)", inputs=["age"]))).code == "dmn_not_sfeel"


def test_a_decision_reads_only_what_it_requires() -> None:
    assert "age" in _refusal(dmn(AGE, literal("d", "age + 1"))).sentence.en


INPUTS = {"age": "number", "kind": "string"}
CHECKED = one_table(INPUTS, {"out": "boolean"}, [["-", "-", "true"]], allowed={"age": ">= 0", "kind": '"a","b"'})


def test_bad_rows_are_listed_with_their_numbers() -> None:
    model = load(CHECKED)
    with pytest.raises(Refused) as caught:
        decide_rows(model, "d", [{"age": 1, "kind": "a"}, {"age": "x", "kind": "a"}, {"age": 1}])
    assert [(one.code, one.field, one.row) for one in caught.value.problems] == [
        ("decision_input_type", "age", 2),
        ("decision_input_missing", "kind", 3),
    ]


def test_a_value_that_is_not_allowed() -> None:
    model = load(CHECKED)
    frame = pl.DataFrame({"age": [1, -1, None], "kind": ["a", "b", "c"]})
    with pytest.raises(Refused) as caught:
        evaluate(model, "d", frame)
    assert [(one.field, one.row) for one in caught.value.problems] == [("age", 2), ("kind", 3)]
    assert evaluate(model, "d", frame, strict=False)["out"].to_list() == [True, True, True]
    with pytest.raises(Refused, match="decision_not_allowed"):
        decide(model, "d", {"age": 1, "kind": "z"})


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"age": [1]}, "decision_input_missing"),
        ({"age": ["1"], "kind": ["a"]}, "decision_input_type"),
        ({"age": [True], "kind": ["a"]}, "decision_input_type"),
    ],
)
def test_a_bad_frame(frame: dict[str, list[Any]], code: str) -> None:
    with pytest.raises(Refused, match=code):
        evaluate(load(CHECKED), "d", pl.DataFrame(frame))


def test_a_decision_that_is_not_there() -> None:
    with pytest.raises(Missing):
        decide(load(CHECKED), "e", {})


HOSTILE = [
    ("number", ["1_0", "NaN", "1E+999999999", 10**40, float("inf"), True, [], {}, "", "１"]),
    ("string", ["\ud800", 1, []]),
    ("date", ["2024-02-30", "0000-01-01", "", 20240101]),
    ("date and time", ["2024-01-01T00:00:00+99:99", "0001-01-01T00:00:00+14:00", "2024-01-01T00:00:00@No/Where", "T"]),
    ("days and time duration", ["P99999999999999D", "P1Y", "P", "PT"]),
    ("years and months duration", ["P99999999999999999999Y", "P1D"]),
    ("boolean", ["true", 1]),
]


@pytest.mark.parametrize(("type_", "value"), [(type_, value) for type_, values in HOSTILE for value in values])
def test_hostile_values_are_refused_by_row(type_: str, value: Any) -> None:
    model = load(dmn({"x": type_}, literal("d", "x", inputs=["x"])))
    with pytest.raises(Refused) as caught:
        decide_rows(model, "d", [{"x": None}, {"x": value}])
    assert [(one.code, one.row) for one in caught.value.problems] == [("decision_input_type", 2)]


def test_rows_that_fit_alone_but_not_together() -> None:
    model = load(dmn({"x": "number"}, literal("d", "x", inputs=["x"])))
    rows = [{"x": "1" * 30}, {"x": "0." + "1" * 20}]
    assert [decide(model, "d", row).value for row in rows] == [Decimal(row["x"]) for row in rows]
    with pytest.raises(Refused, match="decision_input_type"):
        decide_rows(model, "d", rows)


def test_outputs_that_cannot_be_kept_together() -> None:
    data = one_table(AGE, {"out": "number"}, [["1", "1" * 30], ["2", "0." + "1" * 20]])
    assert _refusal(data).problems[0].column == "out"


@pytest.mark.parametrize("text", ["a + b", "a - (0 - b)", "a * 9", "-a - b"])
def test_overflow_is_never_a_wrong_number(text: str) -> None:
    model = load(dmn({"a": "number", "b": "number"}, literal("d", text, inputs=["a", "b"])))
    with pytest.raises(Refused, match="decision_number_too_large"):
        decide(model, "d", {"a": 9 * 10**37, "b": 9 * 10**37})


def test_a_sum_that_overflows() -> None:
    data = one_table(AGE, {"out": "number"}, [["1", "9" * 38], ["1", "9" * 38]], policy="COLLECT", aggregation="SUM")
    with pytest.raises(Refused, match="decision_number_too_large"):
        decide(load(data), "d", {"age": 1})
