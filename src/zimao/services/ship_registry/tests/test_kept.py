"""What outlives one application: materials and findings for six months, letters, notices sent once, trips counted once."""

from __future__ import annotations

import json
from datetime import date

import pytest

from zimao.kernel.cases.operations import answer_suspension, suspend_clock, withdraw_case
from zimao.kernel.documents.models import Document
from zimao.kernel.measures import measure_now
from zimao.kernel.notices.models import Notice
from zimao.services.ship_registry.examples import example
from zimao.services.ship_registry.models import Application, Certificate, Delivery
from zimao.services.ship_registry.operations import hand_over
from zimao.services.ship_registry.parameters import parameters_on
from zimao.services.ship_registry.queries import earlier_findings
from zimao.services.ship_registry.readiness import materials_of, readiness
from zimao.services.ship_registry.rules import add_months
from zimao.services.ship_registry.tests.conftest import MONDAY
from zimao.services.ship_registry.tests.test_case import on, refuse, statuses

pytestmark = pytest.mark.django_db


@pytest.fixture
def refused(office):
    """A case in which manning was pre-examined and ownership refused; it ended on 2024-05-09."""
    case = office.submit("owner", example(), MONDAY)
    office.complete(case, "accept_application", on("2024-05-07"))
    office.complete(case, "preexamine_manning", on("2024-05-08"))
    office.complete(case, "examine_ownership", on("2024-05-08"))
    refuse(office, case, "ownership", on("2024-05-09"))
    office.complete(case, "dispatch", on("2024-05-09"))
    return case


# --- R10: six months ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "kept"), [("2024-05-20", True), ("2024-11-09", True), ("2024-11-10", False), ("2025-06-01", False)])
def test_materials_and_findings_are_used_again_for_six_months_and_not_longer(office, refused, day, kept):
    number = office.draft("owner", example(), on(day))
    application = Application.objects.select_related("zone", "filed_by").get(number=number)
    parameters = parameters_on("FZ", date.fromisoformat(day))
    missing = {line.need.material for line in materials_of(application, parameters).missing}
    assert ("photographs" in missing, "insurance_policy" in missing) == (not kept, not kept)
    assert "owner_identity" not in missing  # the owner's own papers do not belong to one ship
    found = earlier_findings(application, "manning", months=6)
    assert [one.application.number for one in found] == ([refused.number] if kept else [])
    assert earlier_findings(application, "licence", months=6) == []


def test_another_owners_and_another_ships_results_are_not_shown(office, refused):
    other_ship = office.draft("owner", example(ship={"identification_number": "CN20247654321"}), on("2024-05-20"))
    assert earlier_findings(Application.objects.get(number=other_ship), "manning", months=6) == []
    unnamed = office.draft("owner", {}, on("2024-05-20"))
    assert earlier_findings(Application.objects.get(number=unnamed), "manning", months=6) == []


def test_months_are_calendar_months():
    assert add_months(date(2024, 8, 31), -6) == date(2024, 2, 29)
    assert add_months(date(2024, 1, 15), -6) == date(2023, 7, 15)


# --- readiness ---------------------------------------------------------------------------------------------------------


def test_readiness_tells_fees_materials_plan_and_every_problem_before_submission(office):
    number = office.draft("owner", example(), MONDAY)
    application = Application.objects.select_related("zone", "filed_by").get(number=number)
    ready = readiness(application)
    assert (set(ready.fees), ready.fee_total) == (set(ready.verdicts), 0)  # 财税〔2017〕20号: none is charged
    assert ready.plan is not None
    assert ready.plan.total_days == 20
    missing = {problem.field for problem in ready.problems if problem.code == "material_missing"}
    assert missing == {f"materials.{line.need.material}" for line in ready.materials.missing} != set()
    assert not ready.is_complete
    office.hand_in("owner", number, MONDAY)
    codes = {problem.code for problem in readiness(application).problems}
    assert "material_missing" not in codes


def test_an_agent_gives_the_power_of_attorney_and_co_owners_their_agreement(office):
    shared = [{**example()["owners"][0], "share": "60"}, {**example()["owners"][0], "share": "40"}]
    number = office.draft("owner", example(owners=shared), MONDAY)
    application = Application.objects.select_related("zone", "filed_by").get(number=number)
    assert {"co_ownership_agreement"} <= set(materials_of(application).plan.asked)
    assert "power_of_attorney" not in materials_of(application).plan.asked


# --- letters -----------------------------------------------------------------------------------------------------------


def test_each_refusal_has_one_letter_with_reason_article_and_way_of_appeal(office):
    case = office.submit("owner", example(), MONDAY)
    office.complete(case, "accept_application", on("2024-05-07"))
    office.run(case, on("2024-05-08"), stop_before=("approve_insurance", "approve_manning"))
    refuse(office, case, "insurance", on("2024-05-09"))
    refuse(office, case, "manning", on("2024-05-09"))
    letters = Document.objects.filter(subject=case.number, kind__startswith="ship.letter.")
    assert sorted(letters.values_list("kind", flat=True)) == ["ship.letter.insurance", "ship.letter.manning"]
    assert len(set(letters.values_list("number", flat=True))) == 2
    for letter in letters:
        assert all(words in letter.data for words in ("不符合条件", "船舶登记条例", "60", "行政复议", "行政诉讼"))


# --- notices -----------------------------------------------------------------------------------------------------------


def test_the_owner_is_told_each_thing_once(office):
    case = office.submit("owner", example(), MONDAY)
    office.complete(case, "accept_application", on("2024-05-07"), decision="correct", reason="请补充船舶照片。")
    office.complete(case, "answer_correction", on("2024-05-08"), username="owner", answer="已补充")
    office.run(case, on("2024-05-09"))
    told = list(Notice.objects.filter(subject=case.number, service="ship_registry").values_list("template", flat=True))
    for one in ("correction", "accepted", "dispatched_electronic", "completed"):
        assert told.count(f"ship_registry.{one}") == 1


def test_withdrawal_tells_the_owner_and_keeps_the_findings(office):
    case = office.submit("owner", example(), MONDAY)
    office.complete(case, "accept_application", on("2024-05-07"))
    office.complete(case, "preexamine_manning", on("2024-05-08"))
    withdraw_case(office.act("owner", on("2024-05-09")), number=case.number, reason="改在外地登记")
    assert Notice.objects.filter(subject=case.number, template="ship_registry.withdrawn").count() == 1
    manning = Certificate.objects.get(application__case=case, kind="manning")
    assert json.loads(manning.findings)["decision"] == "pass"
    assert not Document.objects.filter(subject=case.number).exists()
    assert set(statuses(case).values()) == {"pending", "examined"}


# --- R3 shown: the clock stands for a site check and a hearing -----------------------------------------------------------


@pytest.mark.parametrize("kind", ["site_check", "hearing", "expert_review"])
def test_site_check_hearing_and_review_stop_the_clock_and_are_shown(client, office, kind):
    from zimao.kernel.parties.models import User  # noqa: PLC0415 - beside its one use

    case = office.submit("owner", example(), MONDAY)
    office.complete(case, "accept_application", on("2024-05-07"))
    suspend_clock(office.act("supervisor1", on("2024-05-09")), number=case.number, kind=kind, reason="船上核对主机铭牌")
    client.force_login(User.objects.get(username="owner"))
    page = client.get(f"/cases/{case.number}").content.decode()
    assert "计时已中止" in page
    assert "船上核对主机铭牌" in page
    answer_suspension(office.act("supervisor1", on("2024-05-13")), number=case.number)
    assert "计时已中止" not in client.get(f"/cases/{case.number}").content.decode()


# --- trips ---------------------------------------------------------------------------------------------------------------


@pytest.mark.fact("10-F5")
@pytest.mark.parametrize(("kind", "more", "trips"), [("electronic", {}, 0), ("post", {"tracking_number": "EA1"}, 0), ("pick_up", {}, 1)])
def test_a_live_case_counts_its_trips_by_the_way_of_delivery(office, kind, more, trips):
    case = office.submit("owner", example(), MONDAY)
    office.run(case, on("2024-05-08"), stop_before=("dispatch",))
    office.complete(case, "dispatch", on("2024-05-09"), kind=kind, **more)
    if kind == "pick_up":
        code = Delivery.objects.get(application__case=case).pick_up_code
        hand_over(office.act("certificate_room1", on("2024-05-10")), number=case.number, pick_up_code=code)
    found = {one.measure.id: one.answer for one in measure_now("ship_registry", "FZ", on("2024-05-01"), on("2024-06-30"))}
    assert (found["trips"].n, found["trips"].mean) == (1, trips)
