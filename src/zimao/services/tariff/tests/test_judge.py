"""The origin judgment: the worked examples of the service, one case a clause, and two laws that must hold for any bill of materials."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zimao.kernel.errors import Refused
from zimao.services.tariff.rules.origin.agreement import agreement_of
from zimao.services.tariff.rules.origin.country import DifferentialGood, rcep_country_of_origin
from zimao.services.tariff.rules.origin.judge import judge
from zimao.services.tariff.rules.origin.models import (
    Bom,
    Claim,
    Costs,
    Deduction,
    Fungible,
    Judgment,
    Material,
    Product,
    Psr,
    Route,
    RuleSet,
    Step,
)
from zimao.services.tariff.rules.origin.psr import parsed
from zimao.services.tariff.rules.origin.reading import bom_of, judgment_document, rule_set_of

TABLES = Path(__file__).parent.parent / "tables"


def rcep_rows() -> list[dict[str, str]]:
    with (TABLES / "psr_parameters.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


RCEP = agreement_of("RCEP", rcep_rows())


def straight(code: str, came: int, wanted: int) -> tuple[str, ...]:
    """Every code keeps its number."""
    return (code,)


def rules(expression: str, code: str = "8517.61") -> RuleSet:
    return RuleSet.of("RCEP", (Psr(code.replace(".", ""), parsed(expression), expression),))


def good(*materials: Material, **changes: object) -> Product:
    values: dict[str, object] = {
        "id": "good",
        "hs": "851761",
        "fob": 10_000,
        "party": "CN",
        "edition": 2012,
        "materials": materials,
        "processes": (),
    }
    return Product(**(values | changes))  # type: ignore[arg-type]


def foreign(name: str, hs: str | None, value: int | None, **changes: object) -> Material:
    return Material(**({"id": name, "hs": hs, "value": value, "edition": 2012, "status": "non_originating"} | changes))  # type: ignore[arg-type]


def regional(name: str, hs: str, value: int, party: str = "CN", **changes: object) -> Material:
    values = {"id": name, "hs": hs, "value": value, "edition": 2012, "status": "originating", "party": party, "evidence": "decl"}
    return Material(**(values | changes))  # type: ignore[arg-type]


def ruled(expression: str, product: Product, code: str = "8517.61", parts: dict[str, Product] | None = None) -> Judgment:
    return judge(Bom(product, parts or {}), rules(expression, code), RCEP, straight)


# --- worked example 4: RVC --------------------------------------------------------------------------------------------


def rvc_good(*deductions: Deduction) -> Product:
    costs = Costs(labour=800, overhead=500, profit=300, other=200)
    return good(foreign("vnm", "8517.70", 6_200, deductions=deductions), regional("vom", "8534.00", 2_000), costs=costs)


def test_example_4_rvc_38_fails_at_40_by_either_formula():
    found = ruled("RVC(40)", rvc_good())
    assert (found.verdict, found.figures.build_down, found.figures.build_up) == ("N", "38.00", "38.00")


def test_example_4_documented_inland_freight_makes_it_qualify():
    found = ruled("RVC(40)", rvc_good(Deduction("inland_freight", 250, "waybill 7")))
    assert (found.verdict, found.criterion, found.figures.build_down, found.figures.build_up) == ("Q", "RVC", "40.50", "40.50")
    assert found.figures.vnm == 5_950


def test_example_4_undocumented_freight_stays_in_vnm_and_is_asked_for():
    found = ruled("RVC(40)", rvc_good(Deduction("inland_freight", 250)))
    assert found.verdict == "N"
    assert [question.code for question in found.questions] == ["deduction_unproven"]


# --- worked example 5: de minimis -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failing", "verdict", "share"), [(420, "Q", "8.40"), (500, "Q", "10.00"), (501, "N", "10.02"), (530, "N", "10.60")]
)
def test_example_5_de_minimis_by_value_is_compared_exactly(failing, verdict, share):
    found = ruled("CTH", good(foreign("case", "8517.70", failing), foreign("chip", "8542.31", 1_000), fob=5_000))
    assert (found.verdict, found.figures.failing_share, found.figures.failing) == (verdict, share, ("case",))
    assert found.marks == (("DMI",) if verdict == "Q" else ())


@pytest.mark.parametrize(("hs", "verdict"), [("610910", "Q"), ("640399", "N")])
def test_example_5_weight_counts_in_the_textile_chapters_only(hs, verdict):
    trim = foreign("trim", hs, 300, weight=18)
    cloth = foreign("cloth", "5208.11", 700, weight=182)
    assert ruled("CC", good(trim, cloth, hs=hs, fob=2_000, weight=200), hs[:2]).verdict == verdict


def test_example_5_the_failing_material_stays_in_vnm():
    product = good(foreign("case", "8517.70", 420), foreign("chip", "8542.31", 2_700), fob=5_000)
    found = ruled("CTH & RVC(40)", product)
    assert (found.verdict, found.figures.vnm, found.figures.build_down) == ("N", 3_120, "37.60")


# --- worked example 10: exceptions ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("material", "verdict"), [("121190", "Q"), ("121120", "N")])
def test_example_10_the_exception_refuses_one_subheading(material, verdict):
    found = ruled("CC EXCEPT(121120)", good(foreign("root", material, 5_000), hs="130219"), "130219")
    assert found.verdict == verdict
    assert found.trace[-1].article == RCEP.article("rule" if verdict == "Q" else "de_minimis")


def test_an_exception_does_not_bind_originating_materials():
    found = ruled("CC EXCEPT(121120)", good(regional("root", "121120", 5_000), foreign("salt", "2501.00", 10), hs="130219"), "130219")
    assert found.verdict == "Q"


# --- editions ---------------------------------------------------------------------------------------------------------


def test_a_certain_conversion_is_used():
    found = judge(
        Bom(good(foreign("fish", "030359", 5_000, edition=2022), hs="160420", fob=9_000)),
        rules("CC", "16"),
        RCEP,
        lambda code, came, wanted: {"030359": ("030389",)}[code],
    )
    assert found.verdict == "Q"


@pytest.mark.parametrize(
    ("codes", "verdict"), [(("851770", "853400"), "U"), (("853400", "854231"), "Q"), (("851761", "851770"), "N"), ((), "U")]
)
def test_an_ambiguous_conversion_is_open_unless_all_agree(codes, verdict):
    product = good(foreign("m", "999999", 5_000, edition=2022))
    found = judge(Bom(product), rules("CTH"), RCEP, lambda code, came, wanted: codes)
    assert found.verdict == verdict
    if verdict == "U":
        assert {question.subject for question in found.questions} == {"m"}


def test_an_ambiguous_code_under_de_minimis_does_not_matter():
    product = good(foreign("m", "999999", 900, edition=2022))
    assert judge(Bom(product), rules("CTH"), RCEP, lambda code, came, wanted: ("851770", "853400")).verdict == "Q"


def test_an_ambiguous_good_is_judged_under_each_code():
    product = good(foreign("m", "853400", 5_000), hs="850000", edition=2022)
    two = RuleSet.of("RCEP", (Psr("8517", parsed("CTH"), "CTH"), Psr("8534", parsed("CTH"), "CTH")))
    open_one = judge(Bom(product), two, RCEP, lambda code, came, wanted: ("851761", "853400"))
    assert (open_one.verdict, open_one.questions[0].code) == ("U", "code_ambiguous")
    agreed = judge(Bom(product), two, RCEP, lambda code, came, wanted: ("851761", "851762"))
    assert agreed.verdict == "Q"


# --- clause by clause -------------------------------------------------------------------------------------------------


def trace_of(found: Judgment, clause: str) -> list[tuple[str, str]]:
    return [(step.subject, step.outcome) for step in found.trace if step.clause == clause]


@pytest.mark.parametrize(
    ("material", "verdict"),
    [
        (regional("m", "8517.70", 7_000, "KR"), "Q"),
        (regional("m", "8517.70", 7_000, "US"), "N"),
        (regional("m", "8517.70", 7_000, "KR", evidence=""), "N"),
        (foreign("m", "8517.70", 7_000, status="unknown"), "N"),
    ],
)
def test_cumulation_counts_only_proven_originating_materials_of_the_area(material, verdict):
    found = ruled("CTH", good(material, foreign("chip", "8542.31", 100)))
    assert found.verdict == verdict
    assert trace_of(found, "cumulation")[0] == ("m", "met" if verdict == "Q" else "failed")
    assert found.marks == (("ACU",) if verdict == "Q" else ())


@pytest.mark.parametrize("role", ["retail_packing", "accessory"])
def test_packing_and_accessories_leave_the_change_but_stay_in_the_value(role):
    box = foreign("box", "8517.70", 6_500, role=role)
    assert ruled("CTH", good(box, foreign("chip", "8542.31", 100))).verdict == "Q"
    assert ruled("RVC(40)", good(box)).verdict == "N"


def test_an_accessory_invoiced_apart_is_a_material():
    assert ruled("CTH", good(foreign("a", "8517.70", 6_500, role="accessory", invoiced_apart=True))).verdict == "N"


def test_transport_packing_is_left_out_of_both():
    crate = foreign("crate", "8517.70", 6_500, role="transport_packing")
    assert ruled("CTH & RVC(40)", good(crate, foreign("chip", "8542.31", 100))).verdict == "Q"


def test_indirect_materials_are_originating():
    assert ruled("RVC(40)", good(foreign("power", None, 7_000, role="indirect"), foreign("chip", "8542.31", 100))).verdict == "Q"


@pytest.mark.parametrize(
    ("stock", "status", "verdict"),
    [
        (Fungible("segregated", 0, 1), "originating", "Q"),
        (Fungible("inventory", 60, 100, whole_year=True), "originating", "Q"),
        (Fungible("inventory", 20, 100, whole_year=True), "originating", "N"),
        (Fungible("inventory", 60, 100, whole_year=False), "originating", "N"),
        (Fungible("", 60, 100), "originating", "N"),
    ],
)
def test_fungible_stock_needs_segregation_or_a_method_for_the_year(stock, status, verdict):
    assert ruled("RVC(40)", good(regional("resin", "3901.10", 9_000, fungible=stock, status=status))).verdict == verdict


def test_roll_up_counts_an_originating_part_whole():
    part = Product("board", "853400", 4_000, "CN", (foreign("film", "3702.31", 3_000),), edition=2012, processes=())
    rows = RuleSet.of("RCEP", (Psr("851761", parsed("RVC(40)"), ""), Psr("853400", parsed("CTH"), "")))
    product = good(Material("board", None, 7_000, part="board"), foreign("chip", "8542.31", 2_000))
    found = judge(Bom(product, {"board": part}), rows, RCEP, straight)
    assert (found.verdict, found.figures.vnm) == ("Q", 2_000)
    assert trace_of(found, "materials") == [("board", "met")]


def test_a_part_that_fails_gives_way_to_its_materials_for_its_quantity():
    part = Product("board", "853400", 4_000, "CN", (foreign("blank", "8534.00", 1_500),), edition=2012, processes=())
    rows = RuleSet.of("RCEP", (Psr("851761", parsed("CTH"), ""), Psr("853400", parsed("CTH"), "")))
    found = judge(Bom(good(Material("board", None, 5_000, part="board", quantity=2)), {"board": part}), rows, RCEP, straight)
    assert (found.verdict, found.figures.vnm) == ("Q", 3_000)
    assert trace_of(found, "materials") == [("board", "failed")]


def test_a_part_with_an_open_verdict_asks_only_if_it_decides():
    part = Product("board", "853400", 4_000, "CN", (foreign("blank", None, 3_000),), edition=2012, processes=())
    rows = RuleSet.of("RCEP", (Psr("851761", parsed("RVC(40)"), ""), Psr("853400", parsed("CTH"), "")))
    small = judge(Bom(good(Material("board", None, 5_000, part="board")), {"board": part}), rows, RCEP, straight)
    assert small.verdict == "Q"
    heavy = replace(part, materials=(foreign("blank", None, 8_000),))
    large = judge(Bom(good(Material("board", None, 9_000, part="board")), {"board": heavy}), rows, RCEP, straight)
    assert (large.verdict, large.questions[-1].code) == ("U", "part_open")


@pytest.mark.parametrize(
    ("steps", "verdict"),
    [
        ((Step("d"), Step("b")), "N"),
        ((Step("c", special_skill=False, special_equipment=False),), "N"),
        ((Step("c", special_skill=True),), "Q"),
        ((Step("c", special_skill=False),), "U"),
        ((Step("d"), Step("soldering")), "Q"),
        ((Step("d"), Step("soldering", on_non_originating=False)), "N"),
    ],
)
def test_minimal_operations_undo_a_rule_that_is_met(steps, verdict):
    found = ruled("CTH", good(foreign("chip", "8542.31", 5_000), steps=steps))
    assert found.verdict == verdict
    assert trace_of(found, "minimal") == [("good", {"N": "failed", "Q": "met", "U": "open"}[verdict])]


@pytest.mark.parametrize(
    ("route", "verdict", "conditions"),
    [
        (None, "Q", 2),
        (Route(), "Q", 1),
        (Route(("HK",), True, ("unloading",), True), "Q", 1),
        (Route(("HK",), None, (), None), "Q", 2),
        (Route(("HK",), False), "N", 1),
        (Route(("HK",), True, ("repacking",), True), "N", 1),
    ],
)
def test_consignment_is_a_condition_until_it_is_broken(route, verdict, conditions):
    found = ruled("CTH", good(foreign("chip", "8542.31", 5_000), route=route))
    assert (found.verdict, len(found.conditions)) == (verdict, conditions)


def test_wholly_obtained_and_exclusively_produced_come_first():
    assert ruled("WO", good(obtained="a", hs="070190"), "0701").criterion == "WO"
    assert ruled("WO", good(regional("seed", "070110", 10), hs="070190"), "0701").criterion == "PE"
    assert ruled("WO", good(hs="070190"), "0701").verdict == "U"
    assert ruled("WO", good(foreign("seed", "070110", 10), obtained="a", hs="070190"), "0701").verdict == "N"


@pytest.mark.parametrize(
    ("processes", "verdict"),
    [
        (None, "U"),
        ((), "N"),
        ((Claim("CR", "atoms_rearranged", "lab 3"),), "Q"),
        ((Claim("CR", "atoms_rearranged"),), "U"),
        ((Claim("CR", "dissolving", "lab 3"),), "N"),
    ],
)
def test_a_chemical_reaction_is_of_the_closed_list_and_proven(processes, verdict):
    assert ruled("CR", good(foreign("acid", "280110", 9_000), hs="280130", processes=processes), "280130").verdict == verdict


def test_all_alternatives_are_judged_and_the_cheapest_to_prove_is_the_criterion():
    found = ruled("RVC(40) | CTH", good(foreign("chip", "8542.31", 5_000)))
    assert (found.criterion, found.alternatives) == ("CTC", (("CTH", "Q"), ("RVC(40)", "Q")))


def test_a_rule_that_was_not_read_is_answered_with_its_text():
    rows = RuleSet.of("RCEP", (Psr("8517", None, "Process Rule."),))
    found = judge(Bom(good(foreign("chip", "8542.31", 5_000))), rows, RCEP, straight)
    assert found.verdict == "U"
    assert "Process Rule." in found.questions[0].sentence.en
    assert judge(Bom(good(foreign("c", "8542.31", 1))), RuleSet.of("RCEP", ()), RCEP, straight).questions[0].code == "no_rule"


def test_an_unknown_value_is_asked_for_only_where_it_decides():
    found = ruled("RVC(40)", good(foreign("chip", "8542.31", None)))
    assert (found.verdict, [question.code for question in found.questions]) == ("U", ["value_missing"])
    assert ruled("CTH", good(foreign("chip", "8542.31", None))).verdict == "Q"
    assert ruled("RVC(40)", good(foreign("chip", "8542.31", None), foreign("case", "8517.70", 6_100))).verdict == "N"


def test_every_step_names_an_article_in_both_languages():
    for step in ruled("CTH | RVC(40)", rvc_good()).trace:
        assert step.article.zh.startswith(("第3.", "附件3A"))
        assert step.article.en.startswith(("Article 3.", "Annex 3A"))


@pytest.mark.parametrize(
    ("product", "code"),
    [
        (good(fob=0), "fob_not_positive"),
        (good(hs="85"), "code_malformed"),
        (good(party="China"), "country_unknown"),
        (good(foreign("a", "85x", 1)), "code_malformed"),
        (good(foreign("a", "8534", 1), foreign("a", "8534", 1)), "id_repeated"),
        (good(foreign("a", "8534", -1)), "amount_negative"),
        (good(Material("a", None, 1, part="none")), "part_unknown"),
        (good(Material("a", None, 1, part="loop")), "bom_cycle"),
        (good(foreign("a", "8534", 1, quantity=0)), "quantity_not_positive"),
        (good(foreign("a", "8534", 1, fungible=Fungible("inventory", 0, 0))), "stock_units"),
        (good(foreign("a", "8534", 5, deductions=(Deduction("waste", 6, "x"),))), "deductions_exceed_value"),
        (good(foreign("a", "8534", 5), costs=Costs(1, 1, 1, 1)), "costs_do_not_sum"),
    ],
)
def test_a_bom_that_cannot_be_judged_is_refused(product, code):
    loop = Product("loop", "853400", 1, "CN", (Material("b", None, 1, part="loop"),))
    with pytest.raises(Refused) as refusal:
        judge(Bom(product, {"loop": loop}), rules("CTH"), RCEP, straight)
    assert code in {problem.code for problem in refusal.value.problems}


# --- worked example 6: RCEP country of origin ----------------------------------------------------------------------------

RATES = {"VN": 0, "JP": 600, "KR": 730, "AU": 500, "NZ": 500}


def exported_from_vietnam(korean: int, in_appendix: bool = True, criterion: str = "RVC", beyond_minimal: bool = False) -> DifferentialGood:
    return DifferentialGood(10_000, "VN", {"JP": 5_000, "KR": korean}, 800, criterion, in_appendix, beyond_minimal)


def test_example_6_domestic_value_of_21_keeps_the_exporting_party():
    found = rcep_country_of_origin(exported_from_vietnam(2_100), RATES, 700)
    assert (found.party, found.domestic_share) == ("VN", "21.00")


def test_example_6_below_20_the_highest_contributor_is_the_country_of_origin():
    found = rcep_country_of_origin(exported_from_vietnam(2_500), RATES, 700)
    assert (found.party, found.domestic_share) == ("JP", "17.00")
    with_proof, without = found.advised(frozenset({"JP"})), found.advised(frozenset())
    assert (with_proof.name, with_proof.rate) == ("origin", 600)
    assert (without.name, without.rate) == ("mfn", 700)
    assert {basis.name: (basis.party, basis.rate) for basis in found.bases}["6b"] == ("KR", 730)


@pytest.mark.parametrize(
    ("criterion", "beyond_minimal", "party"), [("CTC", False, "VN"), ("WO", False, "VN"), ("PE", True, "VN"), ("PE", False, "JP")]
)
def test_outside_the_appendix_the_rule_met_there_decides(criterion, beyond_minimal, party):
    assert rcep_country_of_origin(exported_from_vietnam(2_500, False, criterion, beyond_minimal), RATES, 700).party == party


def test_equal_contributors_go_to_the_higher_duty():
    assert rcep_country_of_origin(exported_from_vietnam(5_000, False, "PE"), RATES, 1_000).party == "KR"


# --- documents -----------------------------------------------------------------------------------------------------------


def test_a_document_is_judged_and_answered_in_both_languages():
    document = {
        "product": {
            "id": "phone",
            "hs": "8517.61",
            "fob": 10_000,
            "party": "CN",
            "edition": 2012,
            "processes": [],
            "materials": [{"id": "chip", "hs": "8542.31", "value": 3_000, "edition": 2012, "status": "non_originating"}],
        }
    }
    with (TABLES / "psr_rcep.csv").open(encoding="utf-8") as stream:
        rows = [{"code": row["hs2012"], "rule_text": row["raw_text"], "source": row["treaty_page"]} for row in csv.DictReader(stream)]
    found = judge(bom_of(document), rule_set_of("RCEP", rows), RCEP, straight)
    chinese, english = judgment_document(found), judgment_document(found, "en")
    assert (chinese["verdict"], chinese["criterion"], chinese["rule"]) == ("Q", "CTC", "CTSH | RVC(40)")
    assert chinese["trace"][0]["sentence"] == "chip：非原产材料。"
    assert english["trace"][0]["sentence"] == "chip: a non-originating material."


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"fob": "ten"}, "bom.product.fob"),
        ({"fob": 10.5}, "bom.product.fob"),
        ({"colour": "red"}, "bom.product.colour"),
        ({"materials": [{"id": "x"}]}, "bom.product.materials.0.hs"),
    ],
)
def test_a_document_that_cannot_be_read_is_refused_with_its_place(change, field):
    product = {"id": "p", "hs": "851761", "fob": 1, "party": "CN"} | change
    with pytest.raises(Refused) as refusal:
        bom_of({"product": product})
    assert field in {problem.field for problem in refusal.value.problems}


# --- laws -------------------------------------------------------------------------------------------------------------

values = st.integers(0, 5_000)


@st.composite
def lines(draw) -> tuple[Material, ...]:
    count = draw(st.integers(1, 5))
    return tuple(
        draw(st.sampled_from([regional, foreign]))(f"m{at}", draw(st.sampled_from(["851770", "853400", "854231", "390110"])), draw(values))
        for at in range(count)
    )


@settings(max_examples=150, deadline=None)
@given(lines(), st.integers(1, 5_000), st.integers(1, 20_000), st.integers(1, 99), st.sampled_from(["CN", "KR", "VN"]))
def test_adding_originating_value_never_undoes_a_value_content(materials, profit, added, percent, party):
    costs = Costs(0, 0, profit, 0)
    fob = sum(material.value or 0 for material in materials) + profit
    before = good(*materials, fob=fob, costs=costs)
    after = good(*materials, regional("more", "853400", added, party), fob=fob + added, costs=costs)
    if ruled(f"RVC({percent})", before).verdict == "Q":
        assert ruled(f"RVC({percent})", after).verdict == "Q"


@settings(max_examples=100, deadline=None)
@given(lines(), st.integers(1, 5_000))
def test_complete_costs_give_the_same_figure_by_both_formulas(materials, profit):
    fob = sum(material.value or 0 for material in materials) + profit
    figures = ruled("RVC(40)", good(*materials, fob=fob, costs=Costs(0, 0, profit, 0))).figures
    assert figures.build_down == figures.build_up


@settings(max_examples=100, deadline=None)
@given(lines(), st.sampled_from(["CTH", "CTSH | RVC(40)", "CC & RVC(30)", "CTH EXCEPT(8542)"]), st.data())
def test_learning_a_missing_fact_never_contradicts_a_closed_verdict(materials, rule, data):
    """Q or N given without a fact must still hold once the fact is known."""
    at = data.draw(st.integers(0, len(materials) - 1))
    hidden = replace(materials[at], **data.draw(st.sampled_from([{"value": None}, {"hs": None}])))
    fob = sum(material.value or 0 for material in materials) + 100
    partial = ruled(rule, good(*materials[:at], hidden, *materials[at + 1 :], fob=fob))
    if partial.verdict != "U":
        assert ruled(rule, good(*materials, fob=fob)).verdict == partial.verdict
