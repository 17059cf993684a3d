"""The worked examples of the ship service's plan, over the diagrams that run its cases, and the properties of a plan."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zimao
from zimao.kernel.calendars.days import Suspension, WorkingCalendar
from zimao.kernel.calendars.queries import statutory_exceptions
from zimao.kernel.cases.diagram import read
from zimao.kernel.cases.schedule import Known, plan

PROCESSES = Path(zimao.__file__).parent / "services/ship_registry/processes"
NEW = read((PROCESSES / "ship_initial_registration-v1.bpmn").read_bytes())
OLD = read((PROCESSES / "ship_sequential-v0.bpmn").read_bytes())

STATUTORY = {"ownership": 7, "nationality": 7, "manning": 7, "interim_smc": 5, "mmsi": 3, "licence": 5, "insurance": 7}
PARALLEL = {
    "acceptance": 1,
    "ownership": 7,
    "nationality": 5,
    "manning": 3,
    "interim_smc": 3,
    "mmsi": 2,
    "licence": 5,
    "insurance": 3,
    "nationality.preexamination": 7,
    "manning.preexamination": 12,
    "interim_smc.preexamination": 12,
    "mmsi.preexamination": 7,
    "licence.preexamination": 12,
    "insurance.preexamination": 12,
    "dispatch": 2,
    "correction_silence": 30,
}
TARGET = 20
CALENDAR = WorkingCalendar({year: statutory_exceptions(year) for year in (2024, 2025)})


def all_seven() -> dict[str, bool]:
    return {f"applies_{track}": True for track in STATUTORY}


def test_new_procedure_reaches_every_certificate_on_its_day() -> None:
    schedule = plan(NEW, PARALLEL, date(2024, 5, 6), CALENDAR)
    assert {one.track: (one.finish_day, one.finish) for one in schedule.tracks} == {
        "ownership": (8, date(2024, 5, 15)),
        "mmsi": (10, date(2024, 5, 17)),
        "nationality": (13, date(2024, 5, 22)),
        "manning": (16, date(2024, 5, 27)),
        "interim_smc": (16, date(2024, 5, 27)),
        "insurance": (16, date(2024, 5, 27)),
        "licence": (18, date(2024, 5, 29)),
    }
    assert schedule.element("accept_application").finish == date(2024, 5, 7)
    assert (schedule.total_days, schedule.finish) == (20, date(2024, 5, 31))


def test_critical_path_is_ownership_nationality_licence() -> None:
    schedule = plan(NEW, PARALLEL, date(2024, 5, 6), CALENDAR)
    assert {one.track for one in schedule.tracks if one.critical} == {"ownership", "nationality", "licence"}
    assert {one.track: one.float_days for one in schedule.tracks if not one.critical} == {
        "mmsi": 3,
        "manning": 2,
        "interim_smc": 2,
        "insurance": 2,
    }


def test_old_procedure_adds_up_the_statutory_days() -> None:
    schedule = plan(OLD, STATUTORY, date(2024, 5, 6), CALENDAR)
    assert {one.track: (one.finish_day, one.finish) for one in schedule.tracks} == {
        "ownership": (7, date(2024, 5, 14)),
        "nationality": (14, date(2024, 5, 23)),
        "manning": (21, date(2024, 6, 3)),
        "interim_smc": (26, date(2024, 6, 11)),
        "mmsi": (29, date(2024, 6, 14)),
        "licence": (34, date(2024, 6, 21)),
        "insurance": (41, date(2024, 7, 2)),
    }


@pytest.mark.parametrize(
    ("start", "day_one", "new", "old"),
    [
        (date(2024, 9, 27), date(2024, 9, 29), date(2024, 10, 30), date(2024, 11, 28)),
        (date(2024, 4, 30), date(2024, 5, 6), date(2024, 5, 30), date(2024, 7, 1)),
        (date(2025, 1, 20), date(2025, 1, 21), date(2025, 2, 21), date(2025, 3, 24)),
    ],
)
def test_holidays_and_shifted_working_days(start: date, day_one: date, new: date, old: date) -> None:
    schedule = plan(NEW, PARALLEL, start, CALENDAR)
    assert (schedule.element("accept_application").finish, schedule.finish) == (day_one, new)
    assert plan(OLD, STATUTORY, start, CALENDAR).finish == old


def test_a_correction_stops_the_clock() -> None:
    stopped = Known(suspensions=(Suspension(date(2024, 5, 9), date(2024, 5, 14)),))
    schedule = plan(NEW, PARALLEL, date(2024, 5, 6), CALENDAR, stopped)
    assert (schedule.total_days, schedule.finish) == (20, date(2024, 6, 6))


def test_a_second_round_of_acceptance_shares_the_first_ones_period() -> None:
    schedule = plan(NEW, PARALLEL, date(2024, 5, 6), CALENDAR, Known(facts={"accept_application": "correct"}))
    assert [one.element for one in schedule.elements[:3]] == ["accept_application", "answer_correction", "accept_application"]
    assert schedule.total_days == 20


def test_certificates_that_do_not_apply_take_no_time() -> None:
    applies = {f"applies_{track}": track in {"ownership", "nationality", "manning"} for track in STATUTORY}
    schedule = plan(NEW, PARALLEL, date(2024, 5, 6), CALENDAR, Known(facts=applies))
    assert [one.track for one in schedule.tracks] == ["ownership", "nationality", "manning"]
    assert schedule.total_days == 18


def test_a_long_preexamination_moves_the_path_and_says_when_and_why() -> None:
    schedule = plan(NEW, PARALLEL, date(2024, 5, 6), CALENDAR, Known(durations={"preexamine_nationality": 15}), target=TARGET)
    assert schedule.element("preexamine_nationality").finish_day == 16
    assert schedule.track("nationality").finish_day == 21
    assert schedule.track("licence").finish_day == 26
    assert schedule.total_days == 28
    assert schedule.red_from is not None
    assert (schedule.red_from.day, schedule.red_from.date, schedule.red_from.element) == (9, date(2024, 5, 16), "preexamine_nationality")
    assert "28" in schedule.red_from.reason.zh
    assert "28" in schedule.red_from.reason.en


def test_the_plan_of_a_running_case_turns_red_on_the_day_it_can_no_longer_hold() -> None:
    accepted = {"accept_application": (date(2024, 5, 6), date(2024, 5, 7))}
    on_time = Known(done=accepted, today=date(2024, 5, 15))
    assert plan(NEW, PARALLEL, date(2024, 5, 6), CALENDAR, on_time, target=TARGET).red_from is None
    late = plan(NEW, PARALLEL, date(2024, 5, 6), CALENDAR, Known(done=accepted, today=date(2024, 5, 16)), target=TARGET)
    assert late.red_from is not None
    assert (late.today_day, late.red_from.day, late.total_days) == (9, 9, 21)


def test_early_work_pulls_the_rest_forward() -> None:
    done = {
        "accept_application": (date(2024, 5, 6), date(2024, 5, 6)),
        "examine_ownership": (date(2024, 5, 6), date(2024, 5, 8)),
        "approve_ownership": (date(2024, 5, 8), date(2024, 5, 9)),
        "preexamine_nationality": (date(2024, 5, 6), date(2024, 5, 9)),
        "preexamine_licence": (date(2024, 5, 6), date(2024, 5, 9)),
    }
    schedule = plan(NEW, PARALLEL, date(2024, 5, 6), CALENDAR, Known(done=done), target=TARGET)
    assert schedule.element("approve_nationality").start_day == 3
    assert schedule.total_days == 17
    assert {key: schedule.element(key).float_days for key in ("approve_manning", "approve_licence")} == {
        "approve_manning": 3,
        "approve_licence": 4,
    }


def test_a_refusal_ends_what_depends_on_it() -> None:
    schedule = plan(NEW, PARALLEL, date(2024, 5, 6), CALENDAR, Known(facts={"approve_nationality": "refuse"}))
    elements = {one.element for one in schedule.elements}
    assert {"approve_mmsi", "dispatch"} <= elements
    assert not elements & {"make_nationality", "approve_manning", "approve_licence", "approve_insurance"}


def test_a_missing_period_is_an_error() -> None:
    with pytest.raises(KeyError, match="dispatch"):
        plan(NEW, {key: days for key, days in PARALLEL.items() if key != "dispatch"}, date(2024, 5, 6), CALENDAR)


@given(
    durations=st.dictionaries(st.sampled_from([node.id for node in NEW.of_kind("userTask") if node.track]), st.integers(0, 30), max_size=8),
    target=st.integers(10, 40),
)
def test_properties_of_any_plan(durations: dict[str, int], target: int) -> None:
    schedule = plan(NEW, PARALLEL, date(2024, 5, 6), CALENDAR, Known(durations=durations), target=target)
    last = max(one.finish_day for one in schedule.elements)
    assert schedule.total_days == last
    assert any(one.critical for one in schedule.elements)
    assert min(one.float_days for one in schedule.elements) == target - last
    assert all(one.critical == (one.float_days == target - last) for one in schedule.elements)
    assert (schedule.red_from is None) == (last <= target)
    assert all(one.start_day <= one.finish_day for one in schedule.elements)


@given(element=st.sampled_from([node.id for node in NEW.of_kind("userTask") if node.track]), slip=st.integers(0, 25))
def test_a_task_may_slip_by_its_float_and_no_further(element: str, slip: int) -> None:
    norm = plan(NEW, PARALLEL, date(2024, 5, 6), CALENDAR)
    one = norm.element(element)
    length = one.finish_day - one.start_day
    moved = plan(NEW, PARALLEL, date(2024, 5, 6), CALENDAR, Known(durations={element: length + slip}))
    assert moved.total_days == norm.total_days + max(0, slip - one.float_days)
