"""The case from submission to seven certificates, through its operations, on the calendar of May 2024."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from pypdf import PdfWriter

from zimao.kernel.cases.deadlines import advance_due_cases
from zimao.kernel.cases.materials import Upload, check
from zimao.kernel.cases.models import Case, CaseEvent, Material, WorkItem
from zimao.kernel.cases.operations import (
    answer_suspension,
    claim_task,
    complete_task,
    extend_period,
    reassign_task,
    suspend_clock,
    withdraw_case,
)
from zimao.kernel.cases.queries import case_for, positions
from zimao.kernel.documents.models import Document
from zimao.kernel.errors import Conflict, Missing, NotAllowed, Refused
from zimao.kernel.operations import Act
from zimao.kernel.parties.models import Membership, User
from zimao.services.ship_registry.examples import example
from zimao.services.ship_registry.forms.codes import CERTIFICATES
from zimao.services.ship_registry.models import Application, Certificate, Delivery, Ship
from zimao.services.ship_registry.office import Office
from zimao.services.ship_registry.operations import hand_over, save_application, submit_application
from zimao.services.ship_registry.tests.conftest import MONDAY

pytestmark = pytest.mark.django_db


def on(day: str, hour: int = 2) -> datetime:
    """An instant during office hours of a day in Fuzhou."""
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=UTC)


def statuses(case: Case) -> dict[str, str]:
    return dict(Certificate.objects.filter(application__case=case).values_list("kind", "status"))


def due(office, case: Case) -> dict[str, date | None]:
    return {element: item.due_on for element, item in office.ready(case).items()}


@pytest.fixture
def case(office) -> Case:
    return office.submit("owner", example(), MONDAY)


@pytest.fixture
def accepted(office, case) -> Case:
    office.complete(case, "accept_application", on("2024-05-07"))
    return case


# --- the main job ----------------------------------------------------------------------------------------------------


@pytest.mark.fact("10-F1")
@pytest.mark.fact("10-F3")
@pytest.mark.fact("10-F10")
def test_one_application_becomes_seven_signed_certificates(office, case):
    office.run(case, on("2024-05-08"))
    case.refresh_from_db()
    assert case.status == Case.Status.COMPLETED
    assert statuses(case) == dict.fromkeys(CERTIFICATES, "handed_over")
    assert Application.objects.count() == 1
    documents = Document.objects.filter(subject=case.number)
    assert sorted(documents.values_list("kind", flat=True)) == sorted(f"ship.{kind}" for kind in CERTIFICATES)
    assert len(set(documents.values_list("number", flat=True))) == 7
    assert all(document.pdf_size > 10_000 for document in documents)
    assert {document.seal.agency_zh for document in documents} == {"福州海事登记机关（演示）"}
    ship = Ship.objects.get()
    assert ship.mmsi
    assert ship.owners.count() == 1


@pytest.mark.fact("10-F4")
def test_all_seven_are_examined_side_by_side_and_go_on_when_the_predecessor_passes(office, accepted):
    assert set(office.ready(accepted)) == {
        "examine_ownership",
        *(f"preexamine_{kind}" for kind in CERTIFICATES if kind != "ownership"),
    }
    for kind in ("nationality", "manning", "interim_smc", "mmsi", "licence", "insurance"):
        office.complete(accepted, f"preexamine_{kind}", on("2024-05-08"))
    office.complete(accepted, "examine_ownership", on("2024-05-09"))
    # pre-examined, yet nothing is approved before the ownership is
    assert set(office.ready(accepted)) == {"approve_ownership"}
    office.complete(accepted, "approve_ownership", on("2024-05-10"))
    assert set(office.ready(accepted)) == {"make_ownership", "approve_nationality", "approve_mmsi"}
    office.complete(accepted, "approve_mmsi", on("2024-05-10"))
    office.complete(accepted, "approve_nationality", on("2024-05-10"))
    assert {"approve_manning", "approve_interim_smc", "approve_licence", "approve_insurance"} <= set(office.ready(accepted))


@pytest.mark.fact("10-F6")
def test_every_step_at_its_upper_bound_ends_on_day_20(office, case):
    """Worked example 1: each task is completed on the day on which it is due."""
    assert due(office, case) == {"accept_application": date(2024, 5, 7)}
    finished: dict[str, date] = {}
    while ready := office.ready(case):
        element = min(ready, key=lambda one: (ready[one].due_on, one))
        day = ready[element].due_on
        office.complete(case, element, on(day.isoformat()))
        finished[element] = day
    made = {element.removeprefix("make_"): day for element, day in finished.items() if element.startswith("make_")}
    assert made == {
        "ownership": date(2024, 5, 15),
        "mmsi": date(2024, 5, 17),
        "nationality": date(2024, 5, 22),
        "manning": date(2024, 5, 27),
        "interim_smc": date(2024, 5, 27),
        "insurance": date(2024, 5, 27),
        "licence": date(2024, 5, 29),
    }
    assert finished["dispatch"] == date(2024, 5, 31)


@pytest.mark.fact("10-F5")
@pytest.mark.fact("10-F7")
def test_the_owner_collects_everything_in_one_trip(office, case):
    office.run(case, on("2024-05-08"), stop_before=("dispatch",))
    office.complete(case, "dispatch", on("2024-05-09"), kind="pick_up")
    delivery = Delivery.objects.get(application__case=case)
    room = office.act("certificate_room1", on("2024-05-10"))
    with pytest.raises(Refused):
        hand_over(room, number=case.number, pick_up_code="WRONG234")
    hand_over(room, number=case.number, pick_up_code=f" {delivery.pick_up_code.lower()} ")
    assert set(statuses(case).values()) == {"handed_over"}
    assert CaseEvent.objects.filter(case=case, type="counter.visit").count() == 1
    with pytest.raises(Conflict):
        hand_over(room, number=case.number, pick_up_code=delivery.pick_up_code)


def test_by_post_there_is_no_trip_and_a_tracking_number(office, case):
    office.run(case, on("2024-05-08"), stop_before=("dispatch",))
    with pytest.raises(Refused):
        office.complete(case, "dispatch", on("2024-05-09"), kind="post")
    office.complete(case, "dispatch", on("2024-05-09"), kind="post", tracking_number="EA123456789CN")
    assert not CaseEvent.objects.filter(case=case, type="counter.visit").exists()
    assert Delivery.objects.get(application__case=case).handed_over_at is not None


def test_what_does_not_apply_is_shown_with_its_reason_and_takes_no_time(office):
    small = {"ship_type": "cargo", "gross_tonnage": 480, "net_tonnage": 268, "area": "inland_a", "oil": "none", "radio": False}
    case = office.submit("owner", example(particulars=small, ship={"imo_number": "", "call_sign": ""}), MONDAY)
    office.complete(case, "accept_application", on("2024-05-07"))
    assert set(office.ready(case)) == {"examine_ownership", "preexamine_nationality", "preexamine_manning"}
    skipped = Certificate.objects.filter(application__case=case, status="not_applicable")
    assert {one.kind for one in skipped} == {"interim_smc", "mmsi", "licence", "insurance"}
    assert all(one.reason_zh and one.source for one in skipped)
    office.run(case, on("2024-05-08"))
    assert Document.objects.filter(subject=case.number).count() == 3


# --- the clock -------------------------------------------------------------------------------------------------------


def test_a_correction_stops_the_clock_until_it_is_answered(office, case):
    """Worked example 6, as far as the desk's own period is concerned: four working days do not count."""
    office.complete(case, "accept_application", on("2024-05-07"), decision="correct", reason="请补充船舶照片（船尾）。")
    case.refresh_from_db()
    assert case.suspended
    assert due(office, case) == {"answer_correction": None}
    office.complete(case, "answer_correction", on("2024-05-14"), username="owner", answer="已补充")
    case.refresh_from_db()
    assert not case.suspended
    assert list(office.ready(case)) == ["accept_application"]
    with pytest.raises(Refused, match="corrected_before"):
        office.complete(case, "accept_application", on("2024-05-15"), decision="correct", reason="再补一份")


def test_silence_for_30_days_ends_the_case(office, case):
    office.complete(case, "accept_application", on("2024-05-07"), decision="correct", reason="请补充船舶照片。")
    assert advance_due_cases(on("2024-06-06")) == 0
    assert advance_due_cases(on("2024-06-07")) == 1
    case.refresh_from_db()
    assert case.status == Case.Status.WITHDRAWN
    assert not office.ready(case)


def test_half_of_the_period_reminds_and_its_end_escalates(office, accepted):
    item = office.ready(accepted)["examine_ownership"]
    advance_due_cases(on("2024-05-14"))
    item.refresh_from_db()
    assert item.reminded_at is not None
    assert item.escalated_at is None
    advance_due_cases(item.due_on and on((item.due_on + timedelta(days=1)).isoformat()))
    item.refresh_from_db()
    assert item.escalated_at is not None
    assert item.status == WorkItem.Status.OPEN  # non-interrupting: the desk still has to do it
    assert positions(accepted)["examine_ownership"] == "overdue"
    # and it fires once, however often the worker comes round
    events = CaseEvent.objects.filter(case=accepted, type="deadline.end", element="examine_ownership").count()
    advance_due_cases(on("2024-05-30"))
    assert CaseEvent.objects.filter(case=accepted, type="deadline.end", element="examine_ownership").count() == events == 1


def test_an_overdue_timer_fires_before_the_officer_acts(office, accepted):
    """Without any worker: the step itself lets time pass first, so that an escalation is never lost."""
    office.complete(accepted, "examine_ownership", on("2024-05-31"))
    assert CaseEvent.objects.filter(case=accepted, type="deadline.end", element="examine_ownership").count() == 1


def test_a_supervisor_extends_once_within_the_limit_and_the_due_date_moves(office, accepted):
    boss, item = office.act("supervisor1", on("2024-05-08")), office.ready(accepted)["examine_ownership"]
    before = item.due_on
    with pytest.raises(Refused):
        extend_period(boss, item_id=item.pk, days=11, reason="复杂")
    with pytest.raises(Refused):
        extend_period(boss, item_id=item.pk, days=5, reason=" ")
    with pytest.raises(NotAllowed):
        extend_period(office.act("registration1", on("2024-05-08")), item_id=item.pk, days=5, reason="复杂")
    assert extend_period(boss, item_id=item.pk, days=5, reason="需要核对建造合同").due_on > before
    with pytest.raises(Conflict):
        extend_period(boss, item_id=item.pk, days=1, reason="再延")


def test_expert_review_stops_and_starts_the_clock(office, accepted):
    before = due(office, accepted)
    suspend_clock(office.act("supervisor1", on("2024-05-09")), number=accepted.number, kind="expert_review", reason="船体结构评审")
    assert set(due(office, accepted).values()) == {None}
    answer_suspension(office.act("supervisor1", on("2024-05-13")), number=accepted.number)
    after = due(office, accepted)
    assert all(after[element] > before[element] for element in before)


def test_a_due_date_beyond_the_released_calendar_is_provisional(office):
    start = datetime(2035, 5, 7, 2, tzinfo=UTC)
    values = example(manager={"doc_valid_to": "2040-01-01"}, insurance={"valid_from": "2035-01-01", "valid_to": "2040-01-01"})
    number = office.draft("owner", values, MONDAY)
    office.hand_in("owner", number, MONDAY)
    actor = office.act("owner", MONDAY).actor
    case = submit_application(Act(actor, start), number=number)
    assert office.ready(case)["accept_application"].due_provisional


# --- refusals --------------------------------------------------------------------------------------------------------


def refuse(office, case, kind, at):
    reason = {"decision": "refuse", "reason": "不符合条件", "article": "船舶登记条例"}
    return office.complete(case, f"approve_{kind}", at, **reason)


def test_ownership_refused_ends_all_the_others_undecided_and_keeps_what_was_found(office, accepted):
    office.complete(accepted, "preexamine_manning", on("2024-05-08"))
    office.complete(accepted, "examine_ownership", on("2024-05-08"))
    refuse(office, accepted, "ownership", on("2024-05-09"))
    assert statuses(accepted) == {"ownership": "refused", **dict.fromkeys([k for k in CERTIFICATES if k != "ownership"], "not_decided")}
    assert set(office.ready(accepted)) == {"dispatch"}
    letter = Document.objects.get(subject=accepted.number)
    assert letter.kind == "ship.letter.ownership"
    assert "60" in letter.data  # days for reconsideration
    kept = Certificate.objects.get(application__case=accepted, kind="manning")
    assert json.loads(kept.findings)["decision"] == "pass"
    # a new application uses the same materials: nothing has to be handed in again
    before = Material.objects.count()
    again = office.submit("owner", example(), on("2024-05-20"))
    assert Material.objects.count() == before
    assert set(again.materials.values_list("reused", flat=True)) == {True}


def test_one_later_certificate_refused_leaves_the_others_alone(office, accepted):
    office.run(accepted, on("2024-05-08"), stop_before=("approve_insurance",))
    refuse(office, accepted, "insurance", on("2024-05-09"))
    office.run(accepted, on("2024-05-10"))
    assert statuses(accepted) == {**dict.fromkeys(CERTIFICATES, "handed_over"), "insurance": "refused"}


def test_mmsi_refused_ends_the_licence_undecided(office, accepted):
    office.run(accepted, on("2024-05-08"), stop_before=("approve_mmsi",))
    refuse(office, accepted, "mmsi", on("2024-05-09"))
    office.run(accepted, on("2024-05-10"))
    found = statuses(accepted)
    assert (found["mmsi"], found["licence"], found["insurance"]) == ("refused", "not_decided", "handed_over")
    assert not Ship.objects.get().mmsi


def test_acceptance_refused_ends_the_case_with_a_letter(office, case):
    office.complete(case, "accept_application", on("2024-05-07"), decision="refuse", reason="不属于本机关登记范围")
    case.refresh_from_db()
    assert case.status == Case.Status.NOT_ACCEPTED
    assert Document.objects.get(subject=case.number).kind == "ship.letter.acceptance"


# --- who may do what -------------------------------------------------------------------------------------------------


def test_nobody_approves_what_he_examined(office, accepted):
    user = User.objects.get(username="registration1")
    Membership.objects.create(user=user, zone_id="FZ", role="ship_registry.approver", valid_from=date(2023, 5, 8))
    office.complete(accepted, "examine_ownership", on("2024-05-08"), username="registration1")
    with pytest.raises(NotAllowed, match="same_person"):
        office.complete(accepted, "approve_ownership", on("2024-05-09"), username="registration1")
    office.complete(accepted, "approve_ownership", on("2024-05-09"), username="approver1")


def test_an_officer_acts_only_at_the_own_desk_and_in_the_own_zone(office, accepted):
    for username in ("manning1", "approver1", "supervisor1", "owner"):
        with pytest.raises(NotAllowed):
            office.complete(accepted, "examine_ownership", on("2024-05-08"), username=username)
    item = office.ready(accepted)["examine_ownership"]
    stranger = Office("XM", "xm-").act("xm-registration", on("2024-05-08"))
    with pytest.raises(NotAllowed):
        complete_task(stranger, item_id=item.pk, values={"decision": "pass", "checked": True})


def test_the_second_officer_is_told_who_was_first(office, accepted):
    item = office.ready(accepted)["examine_ownership"]
    office.complete(accepted, "examine_ownership", on("2024-05-08"), username="registration1")
    with pytest.raises(Conflict) as told:
        complete_task(office.act("registration2", on("2024-05-08")), item_id=item.pk, values={"decision": "pass", "checked": True})
    assert User.objects.get(username="registration1").party.name in told.value.sentence.zh
    assert CaseEvent.objects.filter(case=accepted, type="task.completed", element="examine_ownership").count() == 1


def test_a_claimed_task_is_its_holders_until_reassigned(office, accepted):
    item = office.ready(accepted)["examine_ownership"]
    claim_task(office.act("registration1", on("2024-05-08")), item_id=item.pk)
    with pytest.raises(Conflict):
        office.complete(accepted, "examine_ownership", on("2024-05-08"), username="registration2")
    other = User.objects.get(username="registration2")
    reassign_task(office.act("supervisor1", on("2024-05-08")), item_id=item.pk, user_id=other.pk, reason="休假")
    office.complete(accepted, "examine_ownership", on("2024-05-08"), username="registration2")


def test_an_agent_acts_with_a_mandate_and_a_stranger_does_not_see_the_case(office, case):
    assert case_for(office.act("agent", MONDAY).actor, case.number).number == case.number
    with pytest.raises(Missing):
        case_for(office.act("citizen", MONDAY).actor, case.number)


# --- retries, withdrawal, changes ------------------------------------------------------------------------------------


def test_a_double_submit_with_one_key_makes_one_case(office):
    number = office.draft("owner", example(), MONDAY)
    office.hand_in("owner", number, MONDAY)
    actor = office.act("owner", MONDAY).actor
    first = submit_application(Act(actor, MONDAY, "click-1"), number=number)
    second = submit_application(Act(actor, MONDAY, "click-1"), number=number)
    assert first.pk == second.pk
    with pytest.raises(Conflict):
        submit_application(Act(actor, MONDAY, "click-2"), number=number)
    assert Case.objects.count() == 1


def test_withdrawal_keeps_what_was_approved(office, accepted):
    office.complete(accepted, "examine_ownership", on("2024-05-08"))
    office.complete(accepted, "approve_ownership", on("2024-05-08"))
    office.complete(accepted, "make_ownership", on("2024-05-08"))
    withdraw_case(office.act("owner", on("2024-05-09")), number=accepted.number)
    accepted.refresh_from_db()
    assert accepted.status == Case.Status.WITHDRAWN
    assert not office.ready(accepted)
    assert statuses(accepted)["ownership"] == "made"
    assert Document.objects.get(subject=accepted.number).status == "valid"
    with pytest.raises(Conflict):
        withdraw_case(office.act("owner", on("2024-05-09")), number=accepted.number)


def test_a_submitted_application_changes_only_during_a_correction(office, case):
    owner = office.act("owner", MONDAY)
    with pytest.raises(Conflict):
        save_application(owner, number=case.number, values={"daily_cost": 40000})
    office.complete(case, "accept_application", on("2024-05-07"), decision="correct", reason="请核对载重吨。")
    save_application(office.act("owner", on("2024-05-08")), number=case.number, values={"daily_cost": 40000})
    with pytest.raises(Missing):
        save_application(office.act("citizen", on("2024-05-08")), number=case.number, values={"daily_cost": 1})


def test_every_problem_is_told_at_once_materials_too(office):
    number = office.draft("owner", example(particulars={"net_tonnage": 2999}, ship={"mmsi": "431123456"}), MONDAY)
    with pytest.raises(Refused) as told:
        submit_application(office.act("owner", MONDAY), number=number)
    fields = {problem.field for problem in told.value.problems}
    assert {"particulars.net_tonnage", "ship.mmsi", "materials.insurance_policy", "materials.photographs"} <= fields
    assert not Case.objects.exists()


def test_a_name_registered_meanwhile_is_a_conflict_at_approval(office):
    first = office.submit("owner", example(), MONDAY)
    second = office.submit("owner", example(ship={"identification_number": "CN20247654321", "imo_number": ""}), MONDAY)
    for case in (first, second):
        office.complete(case, "accept_application", on("2024-05-07"))
        office.complete(case, "examine_ownership", on("2024-05-08"))
    office.complete(first, "approve_ownership", on("2024-05-09"))
    with pytest.raises(Conflict):
        office.complete(second, "approve_ownership", on("2024-05-09"))
    assert "approve_ownership" in office.ready(second)
    assert Ship.objects.count() == 1


# --- materials -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.pdf", b"", "file_empty"),
        ("a.pdf", b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "file_disguised"),
        ("a.exe", b"MZ" + b"\0" * 400, "file_type"),
        ("a.pdf", b"%PDF-1.7\nnothing more", "file_broken"),
        ("a.pdf", b"%PDF-1.7\n" + b"0" * (21 * 1024 * 1024), "file_too_large"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(name, content, code):
    with pytest.raises(Refused) as told:
        check(Upload(name, content))
    assert told.value.code == code


def test_an_encrypted_pdf_is_refused():
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    writer.encrypt("secret")
    writer.write(out)
    with pytest.raises(Refused, match="file_encrypted"):
        check(Upload("a.pdf", out.getvalue()))
