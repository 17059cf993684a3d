"""The compiled table says for every row what the standard's own words say, and so does a batch of one."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zimao.kernel.decisions import decide_rows, evaluate, load, running
from zimao.kernel.decisions.feel.parser import parse_expression
from zimao.kernel.decisions.feel.scalar import evaluate as scalar
from zimao.kernel.decisions.tests.builders import dmn, literal, meaning, one_table

SLOW = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
INPUTS = {"n": "number", "s": "string", "b": "boolean", "day": "date"}
WORDS = ["红", "green", "a b"]
numbers = st.one_of(st.integers(-3, 3).map(Decimal), st.decimals(-3, 3, places=2))
days = st.dates(date(2024, 2, 27), date(2024, 3, 2))


def _interval(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    parts = st.tuples(st.sampled_from("[]("), values, values, st.sampled_from("[])"))
    return parts.map(lambda part: f"{part[0]}{part[1]}..{part[2]}{part[3]}")


def _cells(values: st.SearchStrategy[str], *, ordered: bool) -> st.SearchStrategy[str]:
    one = (
        values
        if not ordered
        else st.one_of(values, st.builds(str.__add__, st.sampled_from(["<", "<=", ">", ">="]), values), _interval(values))
    )
    some = st.lists(one, min_size=1, max_size=3).map(", ".join)
    return st.one_of(st.just("-"), some, some.map(lambda text: f"not({text})"), st.just("null"))


CELLS = {
    "n": _cells(numbers.map(lambda value: format(value, "f")), ordered=True),
    "s": _cells(st.sampled_from(WORDS).map(lambda word: f'"{word}"'), ordered=False),
    "b": _cells(st.sampled_from(["true", "false"]), ordered=False),
    "day": _cells(days.map(lambda day: f'date("{day}")'), ordered=True),
}
rows = st.fixed_dictionaries(
    {
        "n": st.one_of(st.none(), numbers),
        "s": st.one_of(st.none(), st.sampled_from([*WORDS, "other"])),
        "b": st.one_of(st.none(), st.booleans()),
        "day": st.one_of(st.none(), days),
    }
)
OUTPUTS = ['"low"', '"high"', '"mid"']


def _rules(outputs: st.SearchStrategy[str], columns: int = 1) -> st.SearchStrategy[list[list[str]]]:
    rule = st.tuples(*(CELLS[name] for name in INPUTS), *([outputs] * columns)).map(list)
    return st.lists(rule, min_size=1, max_size=5)


def _frame(found: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(found, schema={"n": pl.Decimal(38, 2), "s": pl.String, "b": pl.Boolean, "day": pl.Date})


def _agrees(data: bytes, found: list[dict[str, Any]], *, outputs: list[str]) -> None:
    model = load(data)
    table = model.decisions["d"].table
    expected = [meaning(table, row) for row in found]
    outcomes = decide_rows(model, "d", found)
    assert [(outcome.rules, outcome.value) for outcome in outcomes] == expected
    made = evaluate(model, "d", _frame(found))
    many = table.many or bool(table.aggregator)
    ids = [rules if many else (rules[0] if rules else None) for rules, _ in expected]
    assert made["d.rules" if many else "d.rule"].to_list() == ids
    if len(outputs) == 1:
        assert made[outputs[0]].to_list() == [value for _, value in expected]
    else:
        for name in outputs:
            assert made[name].to_list() == [
                [one[name] for one in value] if isinstance(value, list) else value and value[name] for _, value in expected
            ]


@SLOW
@given(_rules(st.sampled_from(OUTPUTS)), st.lists(rows, min_size=1, max_size=6), st.sampled_from(["UNIQUE", "ANY", "FIRST"]), st.booleans())
def test_one_rule_counts(rules: Any, found: Any, policy: str, default: bool) -> None:
    more: dict[str, Any] = {"defaults": {"out": '"none"'}} if default else {}
    _agrees(one_table(INPUTS, {"out": "string"}, rules, policy=policy, **more), found, outputs=["out"])


@SLOW
@given(_rules(st.sampled_from(OUTPUTS), 2), st.lists(rows, min_size=1, max_size=6), st.sampled_from(["PRIORITY", "OUTPUT ORDER"]))
def test_outputs_in_order_of_their_values(rules: Any, found: Any, policy: str) -> None:
    values = {"x": '"high", "mid", "low"', "y": '"low", "mid", "high"'}
    data = one_table(INPUTS, {"x": "string", "y": "string"}, rules, policy=policy, values=values)
    _agrees(data, found, outputs=["x", "y"])


@SLOW
@given(
    _rules(st.sampled_from(["1", "2.50", "n", "n * 2.5", "n / 3", "null"])),
    st.lists(rows, min_size=1, max_size=6),
    st.sampled_from(["RULE ORDER", "COLLECT"]),
)
def test_all_rules_count(rules: Any, found: Any, policy: str) -> None:
    _agrees_rounded(one_table(INPUTS, {"out": "number"}, rules, policy=policy), found)


@SLOW
@given(
    _rules(st.sampled_from(["1", "2.50", "n", "-n", "null"])),
    st.lists(rows, min_size=1, max_size=6),
    st.sampled_from(["SUM", "MIN", "MAX", "COUNT"]),
)
def test_aggregation(rules: Any, found: Any, aggregation: str) -> None:
    _agrees(one_table(INPUTS, {"out": "number"}, rules, policy="COLLECT", aggregation=aggregation), found, outputs=["out"])


def _agrees_rounded(data: bytes, found: list[dict[str, Any]]) -> None:
    model = load(data)
    for row, outcome in zip(found, decide_rows(model, "d", found), strict=True):
        rules, value = meaning(model.decisions["d"].table, row)
        wanted = value and [one if one is None else round(one, 18) for one in value]
        assert (outcome.rules, outcome.value) == (rules, wanted)


EXPRESSIONS = [
    "n + m", "n - m", "n * m", "n / m", "-n", "n ** 2", "(n + m) * 2 - 1.5",
    "if b then n else m", "n > m and b", "n > m or b", "not(b)", "n = m", "n != m", "n between -1 and 1", "n in (<0, [1..2])",
    "s + s", 's = "green"', "string length(s)", 'contains(s, "e")', "upper case(s)", "substring(s, 2, 1)", 's in ("green", "红")',
    "day.year", "day.month + day.day", 'day + duration("P1M")', 'day - duration("P2D")', 'day < date("2024-03-01")', "day - day2",
    "floor(n)", "abs(n)", "modulo(n, m)", "min(n, m)", "decimal(n, 1)", "if b then null else n", "n = null", "s != null",
]  # fmt: skip


@SLOW
@given(st.sampled_from(EXPRESSIONS), st.lists(st.tuples(rows, rows), min_size=1, max_size=5))
def test_expressions_as_the_scalar_evaluation(text: str, pairs: Any) -> None:
    found = [{**one, "m": other["n"], "day2": other["day"]} for one, other in pairs]
    inputs = {**INPUTS, "m": "number", "day2": "date"}
    model = load(dmn(inputs, literal("d", text, inputs=list(inputs))))
    node = parse_expression(text, inputs)
    wanted = [scalar(node, row) for row in found]
    wanted = [round(value, 18) if isinstance(value, Decimal) else value for value in wanted]
    assert [outcome.value for outcome in decide_rows(model, "d", found)] == wanted


def test_a_frame_of_many_batches_is_the_same_as_one(monkeypatch: Any) -> None:
    model = load(one_table({"n": "number"}, {"out": "string"}, [["< 5000", '"low"'], [">= 5000", '"high"']]))
    frame = pl.DataFrame({"n": range(25_000), "id": range(25_000)})
    whole = evaluate(model, "d", frame)
    monkeypatch.setattr(running, "_CELLS", 1)
    assert evaluate(model, "d", frame).equals(whole)
    assert whole["out"].value_counts().sort("out")["count"].to_list() == [20_000, 5_000]


def test_durations_and_instants() -> None:
    inputs = {"since": "date and time", "wait": "days and time duration", "term": "years and months duration"}
    data = one_table(inputs, {"out": "string"}, [
        ['>= date and time("2024-01-01T00:00:00")', '<= duration("P2D")', '[duration("P1Y")..duration("P2Y")]', '"in"'],
        ["-", '> duration("P2D")', "-", '"late"'],
    ])  # fmt: skip
    model = load(data)
    row = {"since": datetime.fromisoformat("2024-05-01T08:00:00"), "wait": timedelta(hours=30), "term": "P18M"}
    assert decide_rows(model, "d", [row])[0].value == "in"
    assert decide_rows(model, "d", [{**row, "wait": "P3D"}])[0].value == "late"
    assert decide_rows(model, "d", [{**row, "term": "P3Y"}])[0].value is None
