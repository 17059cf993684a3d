"""The lab of ship registration and the measures of the notice: claims, lists, diagrams, one query for live and simulated cases."""

import csv
import json
from datetime import date, datetime

import polars as pl
import pytest
from typer.testing import CliRunner

from zimao.kernel.calendars.days import WorkingCalendar
from zimao.kernel.calendars.queries import statutory_exceptions
from zimao.kernel.cases.models import CaseMaterial
from zimao.kernel.measures import measure_now
from zimao.kernel.measures.cli import app
from zimao.kernel.measures.frame import working_days
from zimao.kernel.measures.lab import Order, run_lab
from zimao.kernel.measures.measure import of_values
from zimao.kernel.measures.orders import Wish, order_of
from zimao.kernel.measures.registry import declared
from zimao.kernel.measures.scenario import Duration, LabOptions, Work, load
from zimao.kernel.measures.simulate import Batch, dated, simulate
from zimao.services.ship_registry.examples import example
from zimao.services.ship_registry.measures import measures
from zimao.services.ship_registry.parameters import FOLDER
from zimao.services.ship_registry.simulation import build, lab_spec
from zimao.services.ship_registry.tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
ON = date(2024, 5, 6)
CALENDAR = WorkingCalendar({year: statutory_exceptions(year) for year in (2024, 2025, 2026)})


@pytest.fixture
def result():
    """A small run: enough for every claim that is checked here."""
    return run_lab(lab_spec(), measures("", ON), CALENDAR, Order(200, 1, LabOptions(ON)))


def by_id(found):
    return {one.id: one for one in found}


def at_bounds(scenario, days=1.0):
    """The same scenario with every step at its upper bound and nobody busy: worked examples 1 and 2 of the description."""
    work = {element: Work(_longest(one.elapsed, days), Duration("fixed", (0.0,))) for element, one in scenario.work.items()}
    happy = {element: type(one)(one.values[:1], (1.0,)) for element, one in scenario.choices.items()}
    fields = {name: getattr(scenario, name) for name in scenario.__dataclass_fields__}
    return type(scenario)(**{**fields, "work": work, "choices": happy})


def _longest(duration, days):
    return Duration("fixed", (max(duration.values) * days,), duration.unit)


def lived(scenario):
    batch = Batch(0, 5, 0, 1)
    return dated(simulate(scenario, batch), scenario, batch, CALENDAR)


@pytest.mark.fact("10-F6")
def test_at_the_upper_bounds_the_old_procedure_takes_41_days_and_the_new_one_20():
    """Worked examples 1, 2 and 10: the diagrams themselves give 41 and 20, whatever is assumed of diligence."""
    old, new = (at_bounds(one) for one in build(LabOptions(ON)))
    assert set(working_days(lived(old))["value"]) == {41.0}
    assert set(working_days(lived(new))["value"]) == {20.0}
    assert pytest.approx(0.512, abs=0.001) == (41 - 20) / 41


@pytest.mark.fact("10-F6")
def test_under_load_nine_ships_in_ten_are_done_within_20_days(result):
    days = by_id(result.measures)["total_days"]
    assert (days.baseline, days.claim) == (41, 20)
    assert days.old.answer.p50 > 28
    assert (days.new.answer.p90 <= 20, days.new.answer.verdict) == (True, "met")
    assert (days.old.answer.verdict, days.reduction > 45) == ("not_met", True)


@pytest.mark.fact("10-F7")
def test_at_most_one_trip(result):
    trips = by_id(result.measures)["trips"]
    assert trips.old.answer.p10 == 14
    assert trips.new.answer.max == 1
    assert trips.new.answer.verdict == "met"


@pytest.mark.fact("10-F8")
def test_materials_and_applications_are_merged(result):
    """The lists are counted in the table itself: crosses before, rows that the applicant brings now."""
    with (FOLDER / "tables" / "ship_materials.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["needed_when"] != "shares"]
    crosses = sum(value == "x" for row in rows for value in row.values())
    brought = sum(row["given_by"] == "applicant" for row in rows)
    found = by_id(result.measures)
    assert (found["materials"].baseline, found["materials"].claim) == (crosses, brought)
    assert (found["materials"].old.answer.mean, found["materials"].new.answer.mean) == (crosses, brought)
    assert (found["applications"].old.answer.mean, found["applications"].new.answer.mean) == (7, 1)
    assert crosses > 3 * brought


@pytest.mark.fact("10-F9")
def test_what_a_ship_saves_is_the_days_times_her_daily_cost():
    """Worked example 12: 21 days saved x 30,000 = 630,000 CNY; the claim is met from 10,000 a day."""
    saving = by_id(measures("", ON))["saving"]
    assert (saving.claim, saving.direction) == (210_000, "up")
    _, new = (at_bounds(one) for one in build(LabOptions(ON)))
    values = saving.query(lived(new))
    assert set(values["value"]) == {630_000.0}
    assert of_values(saving, values).verdict == "too_few"


def test_a_ship_that_got_no_certificate_proves_nothing_about_days():
    total, *_ = measures("", ON)
    events = lived(at_bounds(build(LabOptions(ON))[1]))
    refused = events.filter(pl.col("type") != "document.issued")
    assert (total.query(events).height, total.query(refused).height) == (5, 0)


def test_both_sides_have_the_same_people_and_the_same_load():
    old, new = build(LabOptions(ON))
    assert sum(old.officers.values()) == sum(new.officers.values()) == 16
    assert (old.arrivals, new.arrivals) == (2.0, 2.0)
    assert all(share < 0.6 for scenario in (old, new) for share in load(scenario).values())


def test_the_visitor_changes_arrivals_and_desks():
    order = order_of(lab_spec(), Wish(10, 1, 1.0, {"ship_registry.radio": 1}), zone="", on=ON)
    old, new = build(order.options)
    assert (new.officers["ship_registry.radio"], sum(old.officers.values()), new.arrivals) == (1, 15, 1.0)


def test_every_assumption_says_what_it_rests_on():
    told = lab_spec().assumptions()
    assert {one.basis for one in told} == {"specification", "assumption", "mixed"}
    assert all(one.name.zh and one.value.en and one.source.zh for one in told)
    # what the description fixes: arrivals, officers, and the owner's own steps before the reform
    assert sum(not one.assumed for one in told) == 5


def test_the_result_names_diagrams_and_tables(result):
    assert {one["key"] for one in result.diagrams.values()} == {"ship_sequential", "ship_initial_registration"}
    assert {"simulation.toml", "ship_periods", "ship_periods_before", "ship_materials"} <= set(result.sources)


def test_the_service_declares_them():
    found = declared("ship_registry")
    assert [one.id for one in found.on("", ON)] == ["total_days", "trips", "materials", "applications", "saving"]
    assert found.lab.roles == {"ship_registry.supervisor"}


def test_the_command_needs_no_data_in_the_database():
    first, again = (CliRunner().invoke(app, ["run", "ship_registry", "--cases", "40", "--seed", "1", "--json"]) for _ in range(2))
    assert first.exit_code == 0, first.output
    assert first.stdout == again.stdout
    days = json.loads(first.stdout)["measures"][0]
    assert (days["id"], days["old"]["answer"]["n"]) == ("total_days", 40)


@pytest.mark.fact("10-F7")
def test_a_live_case_at_its_upper_bounds_is_answered_as_the_simulated_one(office):
    """Worked example 1 through the operations themselves: submitted on 2024-05-06, dispatched on 2024-05-31."""

    def on(day):
        return datetime.fromisoformat(f"2024-{day}T02:00:00+00:00")

    case = office.submit("owner", example(), MONDAY)
    office.complete(case, "accept_application", on("05-07"))
    office.run(case, on("05-30"), stop_before=["dispatch"])
    office.run(case, on("05-31"))
    found = by_id_of(measure_now("ship_registry", "FZ", on("05-01"), on("06-30")))
    assert (found["total_days"].answer.mean, found["saving"].answer.mean) == (20, 630_000)
    assert found["applications"].answer.mean == 1
    assert found["trips"].answer.mean <= 1
    handed_in = CaseMaterial.objects.filter(case=case, reused=False).count()
    assert 0 < found["materials"].answer.mean == handed_in <= found["materials"].measure.claim
    assert {one.answer.verdict for one in found.values()} == {"too_few"}


def by_id_of(found):
    return {one.measure.id: one for one in found}
