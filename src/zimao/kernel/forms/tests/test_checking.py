"""``validate``, ``problems_of``, ``draft``: every problem at once, and nothing but a refusal for whatever is sent."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zimao.kernel.errors import Refused
from zimao.kernel.forms import draft, field_problems, problems_of, validate
from zimao.kernel.forms.shape import shape
from zimao.kernel.forms.tests.odd import MODELS
from zimao.kernel.forms.tests.sample import GOOD, Agent, Application, Desk, Everything


def wrong(values, model=Application, **more):
    return [(one.field, one.code) for one in problems_of(model, values, **more)]


def changed(path, value):
    values = deepcopy(GOOD)
    *way, last = path.split(".")
    here = values
    for part in way:
        here = here[int(part)] if part.isdecimal() else here[part]
    here[last] = value
    return values


def test_good_values_make_a_form():
    form = validate(Application, GOOD)
    assert form.ship.built == date(2024, 5, 6)
    assert form.owners[1].share == Decimal(40)
    assert form.urgent is True


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("ship.name", "", "field.required"),
        ("ship.name", "   ", "field.required"),
        ("ship.name", "Ship", "field.string_pattern_mismatch"),
        ("ship.name", "海\x00油", "field.characters"),
        ("ship.built", "2024-02-30", "field.date_from_datetime_parsing"),
        ("ship.built", 20240506, "field.date"),
        ("ship.built", "yesterday", "field.date"),
        ("ship.tonnage", 0, "field.greater_than"),
        ("ship.tonnage", "2,998", "field.int_parsing"),
        ("ship.tonnage", 1.5, "field.int_from_float"),
        ("ship.length", "1.234", "field.decimal_max_places"),
        ("ship.length", float("nan"), "field.finite_number"),
        ("ship.flag", "xx", "field.enum"),
        ("ship.cargoes", ["oil", "gold"], "field.literal_error"),
        ("ship.former", ["一", "二", "三", "四"], "field.too_long"),
        ("owners", [], "field.too_short"),
        ("owners", None, "field.required"),
        ("owners.1.share", "101", "field.less_than_equal"),
        ("owners.1.surprise", "1", "field.extra_forbidden"),
        ("urgent", "perhaps", "field.bool_parsing"),
        ("ship", "a ship", "field.model_type"),
    ],
)
def test_a_wrong_value_is_named_by_its_path(path, value, code):
    assert wrong(changed(path, value)) == [(path, code)]


def test_every_problem_is_told_at_once_in_the_order_of_the_page():
    values = changed("ship.tonnage", -1)
    values["owners"][1]["name"] = ""
    values["ship"]["name"] = ""
    values["delivery"]["phone"] = "no"
    with pytest.raises(Refused) as refused:
        validate(Application, values)
    assert [one.field for one in refused.value.problems] == ["ship.name", "ship.tonnage", "owners.1.name", "delivery.phone"]
    assert all(one.sentence.zh and one.sentence.en for one in refused.value.problems)


def test_two_wrong_entries_of_a_list_are_both_told():
    problems = problems_of(Application, changed("ship.former", ["好", "长" * 61, "长" * 61]))
    assert [one.sentence.en[:8] for one in problems] == ["Entry 2:", "Entry 3:"]


def test_a_section_nobody_began_lists_each_of_its_fields():
    missing = {field for field, code in wrong({}) if code == "field.required"}
    assert {"ship.name", "ship.flag", "ship.port", "ship.length", "ship.tonnage", "ship.built", "owners"} == missing


def test_what_is_not_asked_is_neither_checked_nor_kept():
    values = changed("owners.1.capital", "much")
    assert validate(Application, values).owners[1].capital == Decimal(100)
    assert wrong(changed("owners.0.capital", "much")) == [("owners.0.capital", "field.decimal_parsing")]


def test_a_needed_field_counts_only_while_it_is_asked():
    assert wrong(changed("delivery.address", " ")) == [("delivery.address", "field.required")]
    assert wrong(changed("delivery", {"kind": "post"})) == [("delivery.address", "field.required")]
    assert wrong(changed("delivery", {"kind": "electronic", "address": ""})) == []


def test_the_own_rule_of_a_form_is_heard():
    assert wrong({"decision": "refuse"}, Desk) == [("reason", "required")]
    assert validate(Desk, {"decision": "accept", "reason": "left over"}).reason == ""


def test_the_own_rule_of_a_section_hides_no_other_problem():
    values = changed("insurance", {"valid_from": "2025-01-02", "valid_to": "2025-01-01"})
    assert wrong(values) == [("insurance.valid_to", "insurance.dates")]
    values["ship"]["tonnage"] = 0
    values["owners"][0]["name"] = ""
    values["cost"] = "x"
    assert wrong(values) == [
        ("ship.tonnage", "field.greater_than"),
        ("owners.0.name", "field.required"),
        ("insurance.valid_to", "insurance.dates"),
        ("cost", "field.int_parsing"),
    ]


def test_a_part_can_be_checked_before_the_rest_is_begun():
    assert wrong({"ship": {"name": "", "tonnage": 0}}, partial=True) == [("ship.tonnage", "field.greater_than")]
    assert wrong({"ship": {"tonnage": 0}}, only="owners") == [("owners", "field.required")]
    assert {field for field, _ in wrong({}, only="ship")} == {
        f"ship.{name}" for name in ("name", "flag", "port", "length", "tonnage", "built")
    }
    assert [one.code for one in field_problems(Application, {"ship": {"tonnage": 0}}, "ship.tonnage")] == ["field.greater_than"]


def test_a_draft_keeps_what_is_right():
    form = draft(Application, {"ship": {"name": "海油6", "tonnage": "many"}, "owners": [{"name": "张三"}, 7], "cost": "12"})
    assert (form.ship.name, form.ship.tonnage, form.cost) == ("海油6", None, 12)
    assert [one.name for one in form.owners] == ["张三", None]
    assert form.delivery.kind == "electronic"


def test_drafts_share_nothing():
    one, other = draft(Application, {}), draft(Application, {})
    one.ship.former.append("x")
    assert other.ship.former == []
    assert draft(Application, {}).ship.former == []


def test_a_draft_of_a_good_form_is_that_form():
    assert draft(Application, GOOD) == validate(Application, GOOD)


@pytest.mark.parametrize(("model", "why"), MODELS)
def test_a_model_that_cannot_be_a_form_is_refused_at_once(model, why):
    with pytest.raises(TypeError, match=why):
        shape(model)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.text(st.characters(categories=["Cs", "Cc"]), max_size=3)
    | st.sampled_from(["true", "cn", "post", "enterprise", "2024-05-06", "2024-05-06T09:30", "1e999", "１２"])
)


def names(model):
    for name, field in shape(model).items():
        yield name
        if field.fields:
            yield from names(field.model)


def json_like(model):
    keys = st.sampled_from(sorted({*names(model)})) | st.text(max_size=5)
    return st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=8), max_leaves=25)


@st.composite
def nearly_right(draw, model):
    """An object that has the form's shape, with anything at all in its places."""
    found = {}
    for name, field in shape(model).items():
        inner = nearly_right(field.model) if field.fields else json_like(model)
        value = draw(inner | json_like(model)) if draw(st.booleans()) else None
        found[name] = [value] if field.kind in {"rows", "lines", "choices"} else value
    return found


@pytest.mark.parametrize("model", [Application, Everything, Desk, Agent])
@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_whatever_is_sent_is_accepted_or_refused(model, data):
    values = data.draw(nearly_right(model) | json_like(model))
    form, refusal = None, None
    try:
        form = validate(model, values)
    except Refused as refused:
        refusal = refused
    if form is not None:
        assert validate(model, form.model_dump(mode="json")) == form
    else:
        assert refusal.problems
        json.dumps(refusal.as_problem("en"), ensure_ascii=False).encode()
    assert isinstance(draft(model, values), model)
