"""The improvement: the worked example, every offer form, and two laws: a plan shown is judged Q, and none is cheaper."""

from __future__ import annotations

from itertools import product as combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zimao.kernel.errors import Refused
from zimao.kernel.text import t
from zimao.services.tariff.rules.origin.improve import Improvement, Lift, Option, Request, improve
from zimao.services.tariff.rules.origin.judge import judge
from zimao.services.tariff.rules.origin.models import Bom, Claim, Costs, Material, Product, Psr, RuleSet, Step
from zimao.services.tariff.rules.origin.offers import changed
from zimao.services.tariff.rules.origin.psr import parsed
from zimao.services.tariff.tests.test_judge import RCEP, foreign, good, regional, straight

DEMANDS = t("供应商声明", "Supplier declaration")


def offer(name: str, result: Material, extra: int, switching: int = 0) -> Option:
    return Option(name, DEMANDS, extra, result.id, result, switching_cost=switching)


def improved(rule: str, product: Product, *options: Option, code: str = "851761", **settings_: object) -> Improvement:
    rows = RuleSet.of("RCEP", (Psr(code, parsed(rule), rule),))
    return improve(Bom(product), rows, RCEP, straight, Request(options, **settings_))  # type: ignore[arg-type]


A, B, C = foreign("A", "851770", 3_800), foreign("B", "851761", 1_400), foreign("C", "853400", 1_200)
EXAMPLE = (
    offer("A-KR", regional("A", "851770", 4_050, "KR"), 250),
    offer("B-part", foreign("B", "851770", 1_600, supplier="worked part"), 200),
    offer("B-VN", regional("B", "851761", 1_520, "VN"), 120),
    offer("C-CN", regional("C", "853400", 1_290, "CN"), 90),
)


def test_example_7_the_cheapest_plan_and_the_next_three():
    found = improved("CTSH | RVC(40)", good(A, B, C), *EXAMPLE, limit=4)
    assert (found.before.verdict, found.before.figures.build_down, found.before.figures.failing_share) == ("N", "36.00", "14.00")
    assert (found.status, found.gap) == ("cheapest", 0.0)
    assert [(tuple(option.id for option in plan.options), plan.cost) for plan in found.plans] == [
        (("C-CN",), 90),
        (("B-VN",), 120),
        (("B-part",), 200),
        (("B-VN", "C-CN"), 210),
    ]
    first, second, third, _ = found.plans
    assert (first.judgment.figures.vnm, first.judgment.figures.build_down, first.judgment.criterion) == (5_200, "48.00", "RVC")
    assert (second.judgment.criterion, second.judgment.figures.build_down) == ("CTC", "50.00")
    assert (third.judgment.criterion, third.judgment.figures.build_down) == ("CTC", "34.00")


def test_switching_cost_and_volume_change_the_choice():
    options = (
        offer("C-CN", regional("C", "853400", 1_290), 90, switching=100_000),
        offer("B-VN", regional("B", "851761", 1_520, "VN"), 120),
    )
    rule = "CTSH | RVC(40)"
    assert improved(rule, good(A, B, C), *options, volume=1_000).plans[0].options[0].id == "B-VN"
    assert improved(rule, good(A, B, C), *options, volume=100_000).plans[0].options[0].id == "C-CN"


def test_ties_are_in_the_order_of_their_ids():
    options = [offer(name, regional(name, "853400", 1_000), 50) for name in ("C", "B", "A")]
    product = good(foreign("A", "853400", 2_500), foreign("B", "853400", 2_500), foreign("C", "853400", 2_500))
    found = improved("RVC(40)", product, *options, limit=2)
    assert [plan.options[0].id for plan in found.plans] == ["A", "B"]


def test_what_qualifies_needs_no_plan_and_what_is_open_asks_first():
    assert improved("CTH", good(C)).status == "qualifies"
    rows = RuleSet.of("RCEP", (Psr("851761", None, "Process Rule."),))
    assert improve(Bom(good(C)), rows, RCEP, straight, Request(())).status == "open"


def test_no_offer_is_enough_names_the_material_and_the_cut():
    product = good(foreign("A", "851770", 7_000), foreign("C", "853400", 1_200))
    found = improved("RVC(40)", product, offer("C-CN", regional("C", "853400", 1_290), 90))
    assert (found.status, found.plans) == ("infeasible", ())
    assert (found.obstacle.material, found.obstacle.cut) == ("A", 1_000)
    assert found.obstacle.sentence.en == "No offered source of 851770 keeps VNM <= 6000."


def test_a_change_rule_without_a_way_out_names_the_rule():
    found = improved("CTH", good(foreign("A", "851770", 7_000)))
    assert (found.status, found.obstacle.cut, found.obstacle.sentence.en) == (
        "infeasible",
        None,
        "No offered source of 851770 meets CTH (10 %).",
    )


def test_a_process_moved_to_the_party_makes_its_alternative_usable():
    reaction = Option("react", DEMANDS, 70, claim=Claim("CR", "atoms_rearranged", "lab 3"))
    found = improved("CTH | CR", good(foreign("acid", "280130", 9_000), hs="280130"), reaction, code="280130")
    assert (found.plans[0].cost, found.plans[0].judgment.criterion) == (70, "CR")


def test_a_plan_that_leaves_only_minimal_operations_is_never_shown():
    product = good(foreign("A", "851770", 7_000), steps=(Step("d"),))
    found = improved("RVC(40)", product, offer("A2", foreign("A", "851770", 5_000, supplier="x"), 10))
    assert (found.status, found.plans) == ("infeasible", ())


def test_a_lift_is_used_only_as_far_as_needed():
    """FOB 10,000 with VNM 6,300: 60 % of the FOB value reaches 6,300 at 10,500."""
    found = improved("RVC(40)", good(foreign("A", "851770", 6_300)), lifts=(Lift("final test", 2_000, 2_000, 10_000),))
    plan = found.plans[0]
    assert ([amount for _, amount in plan.lifts], plan.bom.product.fob, plan.cost) == ([500], 10_500, 100)


def test_complete_costs_still_add_up_after_a_plan():
    costs = Costs(2_000, 500, 1_000, 100)
    found = improved("CTSH | RVC(40)", good(A, B, C, costs=costs), *EXAMPLE)
    assert found.plans[0].bom.product.costs.profit == 910
    assert found.plans[0].judgment.figures.build_up == "48.00"


def test_textile_de_minimis_by_weight_is_an_exit():
    trim = foreign("trim", "610910", 600, weight=40)
    product = good(trim, foreign("cloth", "520811", 700, weight=160), hs="610910", fob=2_000, weight=200)
    light = offer("light", foreign("trim", "610910", 700, weight=20, supplier="light"), 100)
    assert improved("CC", product, light, code="61").plans[0].judgment.marks == ("DMI",)


@pytest.mark.parametrize(
    ("option", "code"),
    [
        (offer("x", foreign("Z", "853400", 1), 1), "offer_shape"),
        (Option("x", DEMANDS, 1), "offer_shape"),
        (offer("x", foreign("A", "854231", 3_800), 1), "reclassification_needs_ruling"),
    ],
)
def test_offers_that_are_not_real_are_refused(option, code):
    with pytest.raises(Refused) as refusal:
        improved("CTH", good(A), option)
    assert refusal.value.code == code


# --- laws -------------------------------------------------------------------------------------------------------------

CODES = ["851770", "851761", "853400", "610910"]
RULES = [
    "CTH",
    "CTSH | RVC(40)",
    "CC & RVC(30)",
    "RVC(55)",
    "CTH EXCEPT(8534) | RVC(60)",
    "WO",
    "MAXNOM(40,FOB) | CC",
    "PE | (CTH | RVC(50)) & CC",
]


@st.composite
def situations(draw) -> tuple[Product, tuple[Option, ...]]:
    count = draw(st.integers(1, 3))
    amounts = st.integers(0, 4_000)
    materials = tuple(
        foreign(f"m{at}", draw(st.sampled_from(CODES)), draw(amounts), weight=draw(st.integers(0, 90))) for at in range(count)
    )
    options = []
    for at in range(draw(st.integers(0, 5))):
        owner = draw(st.sampled_from(materials))
        made = draw(st.sampled_from([regional, foreign]))
        result = made(owner.id, draw(st.sampled_from(CODES)), draw(amounts), supplier=f"s{at}", weight=draw(st.integers(0, 90)))
        options.append(offer(f"o{at}", result, draw(st.integers(0, 30)), draw(st.sampled_from([0, 7]))))
    hs = draw(st.sampled_from(["851761", "610910"]))
    return good(*materials, hs=hs, fob=draw(st.integers(1_000, 9_000)), weight=200), tuple(options)


def cheapest_by_hand(product: Product, options: tuple[Option, ...], rows: RuleSet) -> int | None:
    groups = [[None, *(one for one in options if one.material == material.id)] for material in product.materials]
    best: int | None = None
    for picks in combinations(*groups):
        chosen = [one for one in picks if one is not None]
        if judge(changed(Bom(product), chosen, {}), rows, RCEP, straight).verdict == "Q":
            cost = sum(one.extra_cost * 3 + one.switching_cost for one in chosen)
            best = cost if best is None else min(best, cost)
    return best


@settings(max_examples=120, deadline=None)
@given(situations(), st.sampled_from(RULES))
def test_every_plan_is_judged_q_and_none_is_cheaper(situation, rule):
    product, options = situation
    rows = RuleSet.of("RCEP", (Psr(product.hs, parsed(rule), rule),))
    found = improve(Bom(product), rows, RCEP, straight, Request(options, volume=3, limit=3))
    for plan in found.plans:
        assert judge(plan.bom, rows, RCEP, straight).verdict == "Q"
    assert [plan.order for plan in found.plans] == sorted(plan.order for plan in found.plans)
    by_hand = cheapest_by_hand(product, options, rows)
    if found.before.verdict == "N":
        assert (found.plans[0].cost if found.plans else None) == by_hand
        assert found.status == ("infeasible" if by_hand is None else "cheapest")
