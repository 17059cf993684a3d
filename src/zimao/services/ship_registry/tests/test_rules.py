"""The rules that need neither database nor clock: applicability, order, materials, manning, identifiers, checks, savings."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zimao.kernel.cases.diagram import read
from zimao.kernel.decisions import analyse
from zimao.kernel.forms import validate
from zimao.services.ship_registry.examples import credit_code, example
from zimao.services.ship_registry.forms import ApplicationForm
from zimao.services.ship_registry.forms.codes import CERTIFICATES
from zimao.services.ship_registry.parameters import FOLDER, applicability_model
from zimao.services.ship_registry.rules import (
    CheckTables,
    Register,
    ShipFacts,
    applicable,
    check_application,
    daily_saving,
    legal_order,
    merged_materials,
    minimum_manning,
    reduction,
    sound_of,
    valid_until,
)

ON = date(2024, 5, 6)
ALL = tuple(CERTIFICATES)


def table(name: str) -> list[dict[str, str]]:
    """The rows of a table as the service ships it."""
    with (FOLDER / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


TABLES = CheckTables(
    parameters={row["key"]: int(row["value"]) for row in table("ship_parameters")},
    insurers={row["insurer"] for row in table("ship_insurers")},
    ports={row["port"] for row in table("ship_ports")},
    mids={row["prefix"] for row in table("ship_radio") if row["kind"] == "mid"},
    call_signs={row["prefix"] for row in table("ship_radio") if row["kind"] == "call_sign"},
)


def needed(**ship) -> set[str]:
    given = {"ship_type": "cargo", "gross_tonnage": 400, "area": "inland_a", "oil": "none", "radio": False, **ship}
    facts = ShipFacts(given["ship_type"], given["gross_tonnage"], given["area"], given["oil"], given["radio"])
    return {kind for kind, verdict in applicable(applicability_model(), facts).items() if verdict.applies}


EMPTY = Register()


def broken(values, register=EMPTY, applies=ALL, on=ON) -> dict[str, str]:
    """Field -> code of every rule that the application breaks."""
    found = check_application(validate(ApplicationForm, values), TABLES, register, applies=applies, on=on)
    return {problem.field: problem.code for problem in found}


# --- R1 applicability ------------------------------------------------------------------------------------------------


@pytest.mark.fact("10-F1")
def test_a_coastal_product_tanker_of_2998_gt_needs_all_seven():
    assert needed(ship_type="oil_tanker", gross_tonnage=2998, area="coastal", oil="persistent", radio=True) == set(ALL)


def test_a_river_cargo_ship_of_480_gt_without_radio_needs_three():
    assert needed(gross_tonnage=480) == {"ownership", "nationality", "manning"}


@pytest.mark.parametrize(
    ("ship", "certificate", "wanted"),
    [
        ({"area": "ocean", "gross_tonnage": 500}, "interim_smc", True),
        ({"area": "ocean", "gross_tonnage": 499}, "interim_smc", False),
        ({"area": "ocean", "ship_type": "passenger", "gross_tonnage": 120}, "interim_smc", True),
        ({"area": "coastal", "ship_type": "gas_carrier", "gross_tonnage": 200}, "interim_smc", True),
        ({"area": "coastal", "gross_tonnage": 300}, "mmsi", True),
        ({"area": "coastal", "gross_tonnage": 299}, "mmsi", False),
        ({"area": "coastal", "gross_tonnage": 299, "radio": True}, "licence", True),
        ({"gross_tonnage": 1000}, "insurance", True),
        ({"gross_tonnage": 999}, "insurance", False),
        ({"gross_tonnage": 200, "oil": "persistent"}, "insurance", True),
        ({"gross_tonnage": 200, "oil": "bunkers"}, "insurance", False),
    ],
)
def test_the_limits_of_the_table(ship, certificate, wanted):
    assert (certificate in needed(**ship)) is wanted


def test_what_does_not_apply_says_why_in_both_languages_with_its_source():
    facts = ShipFacts("cargo", 480, "inland_a", "none", radio=False)
    for verdict in applicable(applicability_model(), facts).values():
        assert verdict.reason.zh
        assert verdict.reason.en
        assert verdict.source
        assert verdict.rule


def test_the_table_of_applicability_has_neither_gap_nor_overlap():
    assert list(analyse(applicability_model())) == []


# --- R2 order, R5 materials ------------------------------------------------------------------------------------------


@pytest.mark.fact("10-F2")
def test_the_legal_order_is_read_from_the_diagram():
    order = legal_order(read((FOLDER / "processes" / "ship_initial_registration-v1.bpmn").read_bytes()))
    assert order == {
        "ownership": frozenset(),
        "nationality": {"ownership"},
        "manning": {"nationality"},
        "interim_smc": {"nationality"},
        "insurance": {"nationality"},
        "mmsi": {"ownership"},
        "licence": {"nationality", "mmsi"},
    }


@pytest.mark.fact("10-F8")
def test_merged_materials_are_counted_from_the_seven_lists():
    matrix = table("ship_materials")
    crosses = sum(row[kind] == "x" for row in matrix for kind in ALL)
    plan = merged_materials(matrix, ALL, agent=True, shares=True)
    assert plan.before == crosses == 53
    assert plan.now == len(matrix) - 3 == 15  # the three certificates are the platform's own
    assert plan.saved == 38
    assert {need.material for need in plan.needs if need.source == "platform"} == {
        "ownership_certificate",
        "nationality_certificate",
        "mmsi_certificate",
    }


def test_materials_follow_the_certificates_the_agent_and_the_shares():
    matrix = table("ship_materials")
    small = merged_materials(matrix, ("ownership", "nationality", "manning"), agent=False, shares=False)
    assert "power_of_attorney" not in small.asked
    assert "co_ownership_agreement" not in small.asked
    assert "insurance_policy" not in small.asked


@given(
    st.sets(st.sampled_from(ALL)),
    st.booleans(),
    st.booleans(),
    st.sets(st.sampled_from([row["material"] for row in table("ship_materials")])),
)
def test_merging_never_asks_twice_nor_for_more(certificates, agent, shares, held):
    matrix = table("ship_materials")
    plan = merged_materials(matrix, certificates, agent=agent, shares=shares, held=held)
    assert len(set(plan.asked)) == len(plan.asked)
    assert 0 <= plan.now <= plan.before
    assert not set(plan.asked) & held


# --- R6 manning ------------------------------------------------------------------------------------------------------


def test_manning_of_the_example_ship_comes_from_the_rows():
    crew = minimum_manning(table("ship_manning"), voyage="coastal", gt=2998, kw=1765, automation="manual")
    assert crew.crew["deck"] == {"master": 1, "chief_mate": 1, "third_mate": 1, "able_seaman": 3}
    assert crew.crew["engine"] == {"chief_engineer": 1, "second_engineer": 1, "fourth_engineer": 1, "motorman": 2}
    assert crew.crew["radio"] == {"gmdss_operator": 1}
    assert crew.unknown == ()


def test_an_unknown_combination_needs_an_examiner_and_is_never_guessed():
    crew = minimum_manning(table("ship_manning"), voyage="inland", gt=2998, kw=1765, automation="unattended")
    assert crew.unknown == ("engine",)
    assert "engine" not in crew.crew


# --- R7, R8 and the checks -------------------------------------------------------------------------------------------


def test_the_example_breaks_no_rule():
    assert broken(example()) == {}


@pytest.mark.parametrize(("number", "good"), [("9074729", True), ("9319466", True), ("9319467", False)])
def test_imo_check_digit(number, good):
    assert ("ship.imo_number" in broken(example(ship={"imo_number": number}))) is not good


@pytest.mark.parametrize(("number", "good"), [("413123456", True), ("412000001", True), ("431123456", False)])
def test_mmsi_begins_with_the_digits_of_china(number, good):
    assert broken(example(ship={"mmsi": number})).get("ship.mmsi") == (None if good else "mmsi_foreign")


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"particulars": {"net_tonnage": 2999}}, "particulars.net_tonnage", "tonnage"),
        ({"particulars": {"area": "ocean", "net_tonnage": 899}}, "particulars.net_tonnage", "tonnage_ratio"),
        ({"particulars": {"length": "14.00"}}, "particulars.length", "dimensions"),
        ({"particulars": {"keel_laid": "2024-04-19"}}, "particulars.keel_laid", "keel_after_completion"),
        ({"particulars": {"completed": "2024-05-07"}}, "particulars.completed", "date_in_future"),
        ({"particulars": {"port": "JPTYO"}}, "particulars.port", "port_unknown"),
        ({"particulars": {"area": "ocean"}, "ship": {"imo_number": ""}}, "ship.imo_number", "imo_missing"),
        ({"ship": {"call_sign": "JABC"}}, "ship.call_sign", "call_sign_foreign"),
        ({"contract": {"mortgage": True}}, "contract.mortgagee_consents", "mortgage"),
        ({"manager": {"doc_ship_types": ["cargo"]}}, "manager.doc_ship_types", "doc_ship_type"),
        ({"manager": {"doc_valid_to": "2024-05-05"}}, "manager.doc_valid_to", "doc_expired"),
        ({"manager": {"doc_number": ""}}, "manager.doc_number", "doc_missing"),
        ({"insurance": {"valid_to": "2024-05-06"}}, "insurance.valid_to", "policy_ended"),
        ({"insurance": {"valid_to": "2024-05-01"}}, "insurance.valid_to", "policy_dates"),
        ({"insurance": {"insurer": "无名保险"}}, "insurance.insurer", "insurer_unknown"),
        ({"insurance": {"ship_name": "别的船"}}, "insurance.ship_name", "policy_ship"),
        ({"radio": []}, "radio", "radio_missing"),
    ],
)
def test_each_wrong_input_is_refused_beside_its_field(changes, field, code):
    assert broken(example(**changes)).get(field) == code


def test_shares_must_add_up_exactly():
    one, two = {**example()["owners"][0], "share": "50"}, {**example()["owners"][0], "identifier": credit_code(2), "share": "49.99"}
    assert broken(example(owners=[one, two])) == {"owners": "shares"}
    assert broken(example(owners=[one, {**two, "share": "50.00"}])) == {}


def test_an_owner_without_enough_chinese_capital_is_refused_with_the_article():
    found = check_application(
        validate(ApplicationForm, example(owners=[{**example()["owners"][0], "chinese_capital": "49.99"}])),
        TABLES,
        Register(),
        applies=ALL,
        on=ON,
    )
    assert [(one.field, one.row) for one in found] == [("owners.0.chinese_capital", 1)]
    assert "船舶登记条例" in found[0].sentence.zh


def test_a_wrong_credit_code_is_refused_with_its_row():
    found = check_application(
        validate(ApplicationForm, example(owners=[{**example()["owners"][0], "identifier": "91350105MADEM0001X"}])),
        TABLES,
        Register(),
        applies=ALL,
        on=ON,
    )
    assert [(one.field, one.row) for one in found] == [("owners.0.identifier", 1)]


@pytest.mark.parametrize(("name", "code"), [("闽海油6", "name_taken"), ("敏海油六", "name_homophone"), ("闽海油9", None)])
def test_a_name_that_is_taken_or_sounds_alike_is_refused(name, code):
    register = Register(names={sound_of("闽海油6"): "闽海油6"})
    values = example(ship={"name_zh": name}, insurance={"ship_name": name})
    if "六" in name:  # the field takes Chinese characters and digits: both spellings of six sound alike
        assert sound_of(name) == sound_of("闽海油6")
    assert broken(values, register).get("ship.name_zh") == code


def test_numbers_of_another_ship_are_refused():
    register = Register(numbers={"CN20241234567", "413123456"})
    found = broken(example(ship={"mmsi": "413123456"}), register)
    assert found == {"ship.identification_number": "number_taken", "ship.mmsi": "number_taken"}


# --- validity, savings -----------------------------------------------------------------------------------------------


def test_validity_of_each_certificate():
    parameters, nationality, policy = TABLES.parameters, date(2029, 5, 14), date(2025, 4, 30)
    found = {kind: valid_until(kind, date(2024, 5, 15), parameters, nationality_until=nationality, policy_until=policy) for kind in ALL}
    assert found == {
        "ownership": None,
        "nationality": date(2029, 5, 14),
        "manning": nationality,
        "interim_smc": date(2024, 11, 14),
        "mmsi": nationality,
        "licence": date(2027, 5, 14),
        "insurance": policy,
    }


@pytest.mark.fact("10-F9")
def test_21_days_saved_at_30000_a_day_are_630000():
    assert daily_saving(41 - 20, 30_000_00) == 630_000_00


@pytest.mark.fact("10-F6")
def test_the_reduction_is_nearly_50_percent():
    assert reduction(41, 20) == Decimal("51.2")
