"""The simulated office: what is worked, by whom, when."""

from datetime import UTC, time, timedelta
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zimao.kernel.cases.tests.diagrams import bpmn
from zimao.kernel.measures.frame import EVENT_SCHEMA, working_days
from zimao.kernel.measures.scenario import Choice, Duration, Emission, Work, for_elements, load
from zimao.kernel.measures.simulate import Batch, at_desks, dated, simulate, stepwise
from zimao.kernel.measures.tests.office import CALENDAR, FILED, HOURS, NEW, OLD, ZONE, scenario

BATCH = Batch(0, 60, 20, 7)


def run(one, batch=BATCH):
    recorded = simulate(one, batch)
    return recorded, dated(recorded, one, batch, CALENDAR)


def busiest(work):
    """The most officers at work at one moment."""
    begun = pl.col("hour") + pl.col("wait")
    moments = pl.concat(
        [
            work.select(begun.alias("at"), pl.lit(1).alias("step")),
            # sums of floats may differ in the last digit where one file follows the other at once
            work.select((begun + pl.col("effort") - 1e-9).alias("at"), pl.lit(-1).alias("step")),
        ]
    ).sort("at")
    return moments["step"].cum_sum().max()


@pytest.mark.parametrize("officers", [1, 2, 3])
def test_a_desk_never_works_on_more_files_than_it_has_officers(officers):
    recorded, _ = run(scenario(officers=officers, arrivals=officers * 1.4))
    assert busiest(recorded.work) == officers


def test_a_file_that_waits_for_an_officer_takes_longer():
    crowded, _ = run(scenario(officers=1, arrivals=1.55))
    empty, _ = run(scenario(officers=20, arrivals=1.55))
    assert crowded.work["wait"].mean() > 1.0
    assert empty.work["wait"].max() == 0
    took = crowded.work.filter(pl.col("wait") + pl.col("effort") > 33)
    assert (took["took"] == took["wait"] + took["effort"]).all()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), arrivals=st.sampled_from([0.3, 1.0, 2.0]))
def test_nothing_is_done_on_a_free_day_or_out_of_hours(seed, arrivals):
    one = scenario("old", OLD, arrivals=arrivals)
    _, events = run(one, Batch(0, 8, 2, seed))
    for at in events["at"]:
        local = at.replace(tzinfo=UTC).astimezone(ZONE) if at.tzinfo is None else at.astimezone(ZONE)
        assert CALENDAR.is_working(local.date()), local
        clock = (local - timedelta(microseconds=1)).time()
        assert any(begin <= clock <= end for begin, end in HOURS) or local.time() == time(8, 30), local
    # the ordinal of the frame is the calendar's: a difference of two is a number of working days
    for case in events.partition_by("case"):
        first, last = case["at"].min().astimezone(ZONE).date(), case["at"].max().astimezone(ZONE).date()
        assert CALENDAR.count(first, last) == case["day"].max() - case["day"].min()


def test_the_same_seed_gives_the_same_rows_and_another_one_others():
    one = scenario()
    again, other = simulate(one, BATCH), simulate(one, Batch(0, 60, 20, 8))
    assert simulate(one, BATCH).events.equals(again.events)
    assert not again.events.equals(other.events)


def test_steps_change_nothing():
    steps = stepwise(scenario(), BATCH)
    shares = []
    while True:
        try:
            shares.append(next(steps))
        except StopIteration as ended:
            recorded = ended.value
            break
    whole = simulate(scenario(), BATCH)
    assert recorded.events.equals(whole.events)
    assert recorded.work.equals(whole.work)
    assert shares == sorted(shares)
    assert (shares[-1], len(shares) > 3) == (60, True)


def test_only_the_measured_cases_are_told_and_all_of_them():
    recorded, events = run(scenario())
    assert sorted(recorded.events["case"].unique()) == list(range(60))
    assert events.filter(pl.col("type") == "case.completed").height == 60
    assert recorded.work["case"].min() == -20
    assert events.select(*EVENT_SCHEMA).schema == pl.Schema(EVENT_SCHEMA)
    assert events["case"].n_unique() == 60


def test_side_by_side_is_the_longer_of_both_and_in_a_row_is_the_sum():
    five, three, two = (Work(Duration("fixed", (days,)), Duration("fixed", (0.0,))) for days in (5.0, 3.0, 2.0))
    _, now = run(scenario(work={"one": five, "two": three}))
    _, before = run(scenario("old", OLD, work={"one": five, "two": three, "prepare": two}))
    assert set(working_days(now)["value"]) == {5.0}
    # the owner's two days stop the clock; they may touch three dates, of which the first does not count
    assert set(working_days(before)["value"]) == {8.0}
    stops = before.filter(pl.col("type").is_in(["clock.suspended", "clock.resumed"])).sort("case", "at")
    assert stops["type"].to_list() == ["clock.suspended", "clock.resumed"] * 60


def test_the_first_visit_is_not_stopped_before_anything_was_handed_in():
    """The clock of a case runs from its submission: preparing before it neither stops nor starts it."""
    xml = bpmn(
        '<laneSet id="l"><lane id="o" name="人" zimao:role="applicant"><flowNodeRef>prepare</flowNodeRef></lane></laneSet>'
        '<startEvent id="start"/><userTask id="prepare"/><endEvent id="end"/>'
        '<sequenceFlow id="a" sourceRef="start" targetRef="prepare"/><sequenceFlow id="b" sourceRef="prepare" targetRef="end"/>'
    )
    work = {"prepare": Work(Duration("fixed", (4.0,)), Duration("fixed", (0.0,)))}
    _, events = run(scenario(xml=xml, work=work, emissions={"prepare": (FILED,)}))
    assert set(working_days(events)["value"]) == {0.0}
    assert events.filter(pl.col("type").str.starts_with("clock.")).is_empty()


_DECIDE = bpmn(
    '<laneSet id="l"><lane id="d" name="岗" zimao:role="permit.desk"><flowNodeRef>check</flowNodeRef></lane>'
    '<lane id="o" name="人" zimao:role="applicant"><flowNodeRef>mend</flowNodeRef></lane></laneSet>'
    '<startEvent id="start"/><userTask id="check"/><userTask id="mend"/><exclusiveGateway id="g" default="yes"/>'
    '<endEvent id="end"/><endEvent id="refused"/><sequenceFlow id="a" sourceRef="start" targetRef="check"/>'
    '<sequenceFlow id="b" sourceRef="check" targetRef="g"/><sequenceFlow id="yes" sourceRef="g" targetRef="end"/>'
    '<sequenceFlow id="no" sourceRef="g" targetRef="refused"><conditionExpression>check == "refuse"</conditionExpression></sequenceFlow>'
    '<sequenceFlow id="back" sourceRef="g" targetRef="mend"><conditionExpression>check == "correct"</conditionExpression></sequenceFlow>'
    '<sequenceFlow id="c" sourceRef="mend" targetRef="check"/>'
)
_HALF_DAY = Work(Duration("fixed", (0.5,)), Duration("fixed", (1.0,), "hours"))


def test_decisions_route_the_case_and_a_correction_is_asked_once():
    choices = {"check": Choice(("accept", "correct", "refuse"), (0.2, 0.7, 0.1), frozenset({"correct"}))}
    emissions = {"start": (FILED,), "check": (Emission("document.issued", 3, when="accept"),)}
    more = {"choices": choices, "emissions": emissions, "ends_closed": frozenset({"refused"})}
    _, events = run(scenario(xml=_DECIDE, work={"check": _HALF_DAY, "mend": _HALF_DAY}, **more), Batch(0, 200, 20, 3))
    by_case = events.group_by("case").agg(
        (pl.col("data") == '{"decision": "correct"}').sum().alias("asked"),
        (pl.col("element") == "mend").sum().alias("mended"),
        (pl.col("type") == "document.issued").sum().alias("issued"),
        (pl.col("type") == "case.closed").sum().alias("closed"),
        (pl.col("type") == "case.completed").sum().alias("completed"),
    )
    assert by_case["asked"].max() == 1
    assert (by_case["mended"] == 2 * by_case["asked"]).all()
    assert (by_case["issued"] == 3 * by_case["completed"]).all()
    assert (by_case["closed"] + by_case["completed"] == 1).all()
    assert 0.6 < by_case["asked"].mean() < 0.8
    assert 0 < by_case["closed"].sum() < 80


def test_an_event_may_be_left_to_chance():
    emissions = {"start": (FILED, Emission("counter.visit", probability=0.25))}
    _, events = run(scenario(emissions=emissions), Batch(0, 400, 5, 1))
    assert 70 < events.filter(pl.col("type") == "counter.visit").height < 130


def test_how_the_desks_fared():
    one = scenario(officers=2, arrivals=2.0)
    recorded, _ = run(one, Batch(0, 400, 60, 1))
    work = recorded.work.with_columns(pl.lit(0).alias("replication"), pl.col("case").is_between(0, 399).alias("measured"))
    (desk,) = at_desks(work, one.officers).to_dicts()
    # 2 cases a day x 2 tasks x 2 hours on average, of 2 x 6.5 hours
    assert load(one) == {"permit.desk": pytest.approx(8 / 13)}
    assert desk["utilisation"] == pytest.approx(8 / 13, abs=0.06)
    assert (desk["role"], desk["officers"], desk["tasks"]) == ("permit.desk", 2, 800)
    assert 0 < desk["wait_mean"] < desk["wait_p90"]


@pytest.mark.parametrize(
    ("duration", "mean"),
    [
        (Duration("fixed", (3.0,)), 3.0),
        (Duration("uniform", (1.0, 3.0)), 2.0),
        (Duration("triangular", (1.0, 2.0, 6.0)), 3.0),
        (Duration("lognormal", (2.0, 0.5)), 2.266),
    ],
)
def test_durations_have_the_mean_they_say(duration, mean):
    chance = Random(1)
    drawn = [duration.draw(chance) for _ in range(4000)]
    assert duration.mean == pytest.approx(mean, abs=0.001)
    assert sum(drawn) / len(drawn) == pytest.approx(mean, rel=0.05)
    assert min(drawn) >= 0


@pytest.mark.parametrize("values", [(1.0,), (3.0, 2.0, 1.0), (-1.0, 0.0, 1.0)])
def test_a_duration_that_is_none_is_refused(values):
    with pytest.raises(ValueError, match="ascending"):
        Duration("triangular", values)


def test_a_scenario_that_does_not_fit_its_diagram_is_refused():
    with pytest.raises(ValueError, match="two"):
        scenario(work={"one": _HALF_DAY})
    with pytest.raises(ValueError, match="arrivals"):
        scenario(arrivals=0)
    with pytest.raises(ValueError, match="no element three"):
        for_elements(scenario().diagram, {"three": _HALF_DAY})


def test_a_case_that_stands_still_is_an_error_not_an_endless_run():
    xml = bpmn(
        '<laneSet id="l"><lane id="d" name="岗" zimao:role="permit.desk"><flowNodeRef>one</flowNodeRef></lane></laneSet>'
        '<startEvent id="start"/><userTask id="one"/><intermediateCatchEvent id="never"><messageEventDefinition messageRef="m"/>'
        '</intermediateCatchEvent><endEvent id="end"/><sequenceFlow id="a" sourceRef="start" targetRef="one"/>'
        '<sequenceFlow id="b" sourceRef="one" targetRef="never"/><sequenceFlow id="c" sourceRef="never" targetRef="end"/>',
        messages={"m": "word"},
    )
    with pytest.raises(ValueError, match="stands still"):
        simulate(scenario(xml=xml, work={"one": _HALF_DAY}), BATCH)


def test_half_hours_of_office_time_are_whole_in_the_frame():
    one = scenario(hours=((time(9), time(12, 30)),), work={"one": _HALF_DAY, "two": _HALF_DAY})
    assert one.hours_a_day == 3.5
    _, events = run(one)
    assert {at.astimezone(ZONE).time() <= time(12, 30) for at in events["at"]} == {True}
    assert NEW != OLD
