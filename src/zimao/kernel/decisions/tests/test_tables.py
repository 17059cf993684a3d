"""Worked examples: each hit policy, each form of a cell, null, requirement graphs, sources and reasons."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from zimao.kernel.decisions import decide, evaluate, load
from zimao.kernel.decisions.tests.builders import NAMESPACE, decision, dmn, literal, one_table, table
from zimao.kernel.errors import Refused
from zimao.kernel.text import t

AGE = {"age": "number"}
OVERLAPPING = [["> 10", '"a"'], ["> 20", '"b"'], ["> 30", '"c"']]


def _value(data: bytes, **inputs: Any) -> Any:
    return decide(load(data), "d", inputs).value


@pytest.mark.parametrize(
    ("policy", "age", "value", "rules"),
    [
        ("UNIQUE", 15, "a", ["r1"]),
        ("UNIQUE", 25, None, []),
        ("UNIQUE", 5, None, []),
        ("ANY", 15, "a", ["r1"]),
        ("ANY", 25, None, []),
        ("FIRST", 35, "a", ["r1"]),
        ("PRIORITY", 35, "c", ["r3"]),
        ("PRIORITY", 25, "b", ["r2"]),
        ("RULE ORDER", 35, ["a", "b", "c"], ["r1", "r2", "r3"]),
        ("OUTPUT ORDER", 35, ["c", "b", "a"], ["r3", "r2", "r1"]),
        ("COLLECT", 25, ["a", "b"], ["r1", "r2"]),
        ("COLLECT", 5, None, []),
    ],
)
def test_hit_policies(policy: str, age: int, value: Any, rules: list[str]) -> None:
    model = load(one_table(AGE, {"out": "string"}, OVERLAPPING, policy=policy, values={"out": '"c","b","a"'}))
    found = decide(model, "d", {"age": age})
    assert (found.value, found.outputs, found.rules) == (value, {"out": value}, rules)
    assert found.conflict is (policy in ("UNIQUE", "ANY") and age == 25)


def test_any_lets_equal_outputs_overlap() -> None:
    data = one_table(AGE, {"out": "string"}, [["> 10", '"a"'], ["> 20", '"a"']], policy="ANY")
    assert decide(load(data), "d", {"age": 25}).rules == ["r1"]


@pytest.mark.parametrize(
    ("aggregation", "age", "value"),
    [("SUM", 25, "3.75"), ("SUM", 5, None), ("MIN", 25, "1.5"), ("MAX", 25, "2.25"), ("COUNT", 25, "2"), ("COUNT", 5, "0")],
)
def test_aggregators(aggregation: str, age: int, value: str | None) -> None:
    data = one_table(AGE, {"out": "number"}, [["> 10", "1.5"], ["> 20", "2.25"]], policy="COLLECT", aggregation=aggregation)
    assert _value(data, age=age) == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    ("cell", "passing", "failing"),
    [
        ("18", [18, "18.0"], [17, None]),
        ("< 18", ["17.99"], [18, None]),
        ("<= 18", [18], ["18.01"]),
        ("> 18", ["18.01"], [18]),
        (">= 18", [18], ["17.99"]),
        ("[1..3]", [1, 2, 3], [0, 4]),
        ("(1..3)", [2], [1, 3]),
        ("]1..3[", [2], [1, 3]),
        ("[1..3)", [1], [3]),
        ("1, 2, > 10", [1, 2, 11], [3, 10]),
        ("not(1, 2)", [3, None], [1, 2]),
        ("not(< 5)", [5], [4, None]),
        ("null", [None], [0]),
        ("not(null)", [0], [None]),
        ("-", [0, None], []),
        ("", [0, None], []),
        ("-5", [-5], [5]),
        ("10 / 4", ["2.5"], [2]),
        ("? > 5 and ? < 8", [6], [5, 8, None]),
    ],
)
def test_forms_of_a_cell(cell: str, passing: list[Any], failing: list[Any]) -> None:
    model = load(one_table(AGE, {"out": "boolean"}, [[cell, "true"]], policy="FIRST"))
    assert [decide(model, "d", {"age": age}).value for age in passing] == [True] * len(passing)
    assert [decide(model, "d", {"age": age}).value for age in failing] == [None] * len(failing)


def test_money_is_exact() -> None:
    model = load(dmn({"a": "number", "b": "number"}, literal("d", "a + b", inputs=["a", "b"])))
    assert decide(model, "d", {"a": 0.1, "b": 0.2}).value == Decimal("0.3")
    assert decide(model, "d", {"a": "99999999999999999999.99", "b": "0.01"}).value == Decimal("100000000000000000000")
    frame = pl.DataFrame({"a": [0.1], "b": [Decimal("0.2")]})
    assert evaluate(model, "d", frame)["d"].to_list() == [Decimal("0.3")]


def test_a_number_that_does_not_fit_is_refused_and_not_rounded_away() -> None:
    model = load(dmn({"a": "number"}, literal("d", "a * a", inputs=["a"])))
    with pytest.raises(Refused, match="decision_number_too_large"):
        decide(model, "d", {"a": "1" + "0" * 25})
    model = load(dmn({"a": "number"}, literal("d", "a ** 9", inputs=["a"])))
    with pytest.raises(Refused, match="decision_number_too_large"):
        decide(model, "d", {"a": "100000"})
    for lost in (float("nan"), float("inf")):
        with pytest.raises(Refused, match="decision_input_type"):
            evaluate(model, "d", pl.DataFrame({"a": [1.0, lost]}))


def test_sources_and_reasons_come_with_the_rule() -> None:
    rules = [["< 18", "false", "民法典第十七条", "未成年", "A minor"], [">= 18", "true", "民法典第十七条", "", ""]]
    model = load(one_table(AGE, {"out": "boolean"}, rules, annotations=["source", "reason_zh", "reason_en"]))
    found = decide(model, "d", {"age": 3})
    assert (found.sources, found.reasons) == (["民法典第十七条"], [t("未成年", "A minor")])
    assert decide(model, "d", {"age": 30}).reasons == []


@pytest.fixture
def graph() -> bytes:
    """risk and discount feed fee."""
    inputs = {"age": "number", "amount": "number"}
    risk = table("risk", AGE, {"risk": "string"}, [["< 25", '"high"', "S1"], [">= 25", '"low"', "S2"]], annotations=["source"])
    share = literal("share", 'if risk = "high" then 0.2 else 0.1', needs=["risk"])
    fee = table(
        "fee",
        {"risk": "string", "amount * share": "number"},
        {"fee": "number", "note": "string"},
        [['"high"', "> 10", "amount * share", '"much"'], ["-", "<= 10", "10", '"least"']],
        policy="FIRST",
        requires=["decision:risk", "decision:share", "input:amount"],
    )
    return dmn(inputs, fee, share, risk)


def test_requirement_graph(graph: bytes) -> None:
    model = load(graph)
    assert list(model.decisions) == ["risk", "share", "fee"]
    found = decide(model, "fee", {"age": 20, "amount": 100})
    assert found.outputs == {"fee": Decimal(20), "note": "much"}
    assert [(step.decision, [rule.id for rule in step.rules]) for step in found.steps] == [("risk", ["r1"]), ("fee", ["r1"])]
    assert found.steps[0].rules[0].source == "S1"
    assert decide(model, "risk", {"age": 20}).value == "high"


def test_a_frame_keeps_its_columns(graph: bytes) -> None:
    frame = pl.DataFrame({"id": ["x", "y"], "age": [20, 30], "amount": [Decimal("100.5"), Decimal(70)]})
    made = evaluate(load(graph), "fee", frame)
    assert made.columns == ["id", "age", "amount", "fee", "note", "fee.rule"]
    assert made["fee"].to_list() == [Decimal("20.1"), Decimal(10)]
    assert made["fee.rule"].to_list() == ["r1", "r2"]
    with pytest.raises(Refused, match="decision_column_taken"):
        evaluate(load(graph), "fee", made)
    assert evaluate(load(graph), "fee", frame.clear()).height == 0


def test_contradiction_shows_in_a_frame() -> None:
    model = load(one_table(AGE, {"out": "string"}, OVERLAPPING))
    made = evaluate(model, "d", pl.DataFrame({"age": [5, 15, 25]}))
    assert made.to_dict(as_series=False) == {
        "age": [5, 15, 25], "out": [None, "a", None], "d.rule": [None, "r1", None], "d.hits": [0, 1, 2],
    }  # fmt: skip


def test_structures_and_knowledge_models() -> None:
    item = (
        '<itemDefinition name="tLoan"><itemComponent name="amount"><typeRef>number</typeRef></itemComponent>'
        '<itemComponent name="years"><typeRef>number</typeRef></itemComponent></itemDefinition>'
    )
    model_of = (
        '<businessKnowledgeModel name="interest"><encapsulatedLogic><formalParameter name="p"/><formalParameter name="n"/>'
        "<literalExpression><text>p * (1.05 ** n - 1)</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>"
    )
    data = dmn({"loan": "tLoan"}, item, model_of, literal("d", "interest(loan.amount, n: 2)".replace("n: ", ""), inputs=["loan"]))
    assert _value(data, loan={"amount": 1000, "years": 2}) == Decimal("102.5")
    by_name = dmn({"loan": "tLoan"}, item, model_of, literal("d", "interest(n: loan.years, p: loan.amount)", inputs=["loan"]))
    assert _value(by_name, loan={"amount": 1000, "years": 2}) == Decimal("102.5")
    frame = pl.DataFrame({"loan": [{"amount": 1000, "years": 2}, {"amount": None, "years": 2}]})
    assert evaluate(load(data), "d", frame)["d"].to_list() == [Decimal("102.5"), None]


def test_lists_of_one_decision_are_read_by_another() -> None:
    fees = table("fees", AGE, {"fees": "number"}, [["> 1", "10"], ["> 2", "20"]], policy="COLLECT")
    data = dmn(AGE, fees, literal("d", "sum(fees)", needs=["fees"]))
    assert [_value(data, age=age) for age in (1, 2, 3)] == [None, Decimal(10), Decimal(30)]


def test_untyped_inputs_take_their_type_from_the_frame() -> None:
    model = load(dmn({"x": ""}, literal("d", "x = 2", inputs=["x"])))
    assert evaluate(model, "d", pl.DataFrame({"x": [1, 2]}))["d"].to_list() == [False, True]
    with pytest.raises(Refused, match="dmn_not_sfeel"):
        evaluate(model, "d", pl.DataFrame({"x": ["2"]}))


@pytest.mark.parametrize("year", ["20151101/dmn.xsd", "20180521/MODEL/", "20191111/MODEL/", "20211108/MODEL/", "20230324/MODEL/"])
def test_every_version_of_the_namespace(year: str) -> None:
    scheme = "http" if year.startswith(("2015", "2018")) else "https"
    data = dmn(AGE, literal("d", "age", inputs=["age"]), namespace=f"{scheme}://www.omg.org/spec/DMN/{year}")
    assert NAMESPACE.startswith("https")
    assert _value(data, age=1) == 1


def test_decision_names_may_hold_spaces_and_signs() -> None:
    data = dmn({"Full  Name": "string"}, literal("d", '"Hi " + Full Name', inputs=["Full  Name"]))
    assert _value(data, **{"Full Name": "Li"}) == "Hi Li"
    assert decision("x", "") != ""


@pytest.mark.parametrize("number", ["1E+2", "-1234567890123456789012345678901234.5678", "0.00000000000000000000000000000000000001", "0"])
def test_no_digit_is_lost(number: str) -> None:
    model = load(one_table(AGE, {"out": "number"}, [[format(Decimal(number), "f"), format(Decimal(number), "f")]]))
    assert decide(model, "d", {"age": Decimal(number)}).value == Decimal(number)


def test_compiled_forms_do_not_pile_up() -> None:
    model = load(dmn({"a": "number", "b": "number"}, literal("d", "a = b", inputs=["a", "b"])))
    for one, other in ((one, other) for one in range(20) for other in range(20)):
        decide(model, "d", {"a": Decimal(1).scaleb(-one), "b": Decimal(1).scaleb(-other)})
    assert len(model.plans) <= 200
