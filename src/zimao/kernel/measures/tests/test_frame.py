"""The queries of measures on frames made by hand, where the answer is known."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zimao.kernel.measures.frame import EVENT_SCHEMA, count_of, empty_events, having, summary, working_days
from zimao.kernel.measures.measure import ENOUGH, answer, judge
from zimao.kernel.measures.tests.office import measure

START = datetime(2024, 1, 1, tzinfo=UTC)


def frame(*rows):
    """Rows of (case, day, type); the moments follow the order given."""
    full = [
        (case, START + timedelta(days=day, minutes=index), day, type_, "", "", "", "FZ", "p", "{}")
        for index, (case, day, type_) in enumerate(rows)
    ]
    return pl.DataFrame(full, schema=EVENT_SCHEMA, orient="row")


def values(found):
    return dict(found.select("case", "value").iter_rows())


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("a", 0, "case.submitted"), ("a", 20, "case.completed")], {"a": 20}),
        # the four days from the notice to the answer do not count (worked example 6: asked on day 3, answered on day 7)
        (
            [("a", 0, "case.submitted"), ("a", 3, "clock.suspended"), ("a", 7, "clock.resumed"), ("a", 24, "case.completed")],
            {"a": 20},
        ),
        # two stops in one case
        (
            [
                ("a", 1, "case.submitted"),
                ("a", 2, "clock.suspended"),
                ("a", 3, "clock.resumed"),
                ("a", 5, "clock.suspended"),
                ("a", 9, "clock.resumed"),
                ("a", 11, "case.completed"),
            ],
            {"a": 5},
        ),
        # a clock that stands until the end
        ([("a", 0, "case.submitted"), ("a", 4, "clock.suspended"), ("a", 9, "case.completed")], {"a": 4}),
        # the first of several submissions counts; the stop of another case does not
        (
            [
                ("a", 2, "case.submitted"),
                ("a", 5, "case.submitted"),
                ("b", 3, "clock.suspended"),
                ("b", 9, "clock.resumed"),
                ("a", 9, "case.completed"),
            ],
            {"a": 7},
        ),
        # neither an open case nor one that was closed without result is answered
        ([("a", 0, "case.submitted"), ("b", 0, "case.submitted"), ("b", 3, "case.closed")], {}),
        # begun and ended on one day
        ([("a", 5, "case.submitted"), ("a", 5, "case.completed")], {"a": 0}),
    ],
)
def test_working_days(rows, expected):
    assert values(working_days(frame(*rows))) == expected


@given(
    begin=st.integers(0, 50),
    stops=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=5),
    rest=st.integers(0, 30),
)
def test_time_that_stood_still_is_never_counted(begin, stops, rest):
    """Whatever stretches stop the clock, the answer is the total less their lengths, in any order of the rows."""
    rows, day = [("a", begin, "case.submitted")], begin
    for ran, stood in stops:
        rows += [("a", day + ran, "clock.suspended"), ("a", day + ran + stood, "clock.resumed")]
        day += ran + stood
    rows.append(("a", day + rest, "case.completed"))
    events = frame(*rows)
    expected = {"a": sum(ran for ran, _ in stops) + rest}
    assert values(working_days(events)) == expected
    assert values(working_days(events.reverse())) == expected


def test_counting_events_a_case():
    visits = [("a", 0, "counter.visit"), ("a", 1, "counter.visit"), ("c", 0, "counter.visit")]
    events = frame(*visits, ("a", 2, "case.completed"), ("b", 2, "case.completed"))
    assert values(count_of(events, "counter.visit")) == {"a": 2, "b": 0}
    assert values(count_of(having(events, "counter.visit"), "counter.visit")) == {"a": 2}


def test_nothing_at_all():
    assert working_days(empty_events()).is_empty()
    assert answer(measure(), empty_events()) == answer(measure(), frame(("a", 0, "case.submitted")))
    assert answer(measure(), empty_events()).verdict == "no_cases"


def test_quantiles_are_values_that_occur():
    found = summary(pl.DataFrame({"value": [float(n) for n in range(1, 11)]})).row(0, named=True)
    assert found == {"n": 10, "mean": 5.5, "p10": 2.0, "p50": 6.0, "p90": 10.0, "max": 10.0}
    grouped = summary(pl.DataFrame({"value": [1.0, 3.0, 9.0], "zone": ["FZ", "FZ", "XM"]}), ("zone",))
    assert grouped.select("zone", "n", "mean").rows() == [("FZ", 2, 2.0), ("XM", 1, 9.0)]


@pytest.mark.parametrize(
    ("n", "middle", "tail", "direction", "verdict"),
    [
        (0, None, None, "down", "no_cases"),
        (ENOUGH - 1, 4, 5, "down", "too_few"),
        (ENOUGH, 4, 5, "down", "met"),
        (ENOUGH, 5, 6, "down", "partly"),
        (ENOUGH, 6, 9, "down", "not_met"),
        (ENOUGH, 9, 5, "up", "met"),
        (ENOUGH, 5, 4, "up", "partly"),
        (ENOUGH, 4, 1, "up", "not_met"),
    ],
)
def test_the_verdict(n, middle, tail, direction, verdict):
    assert judge(measure(direction=direction), n, middle, tail) == verdict


def test_the_tail_is_on_the_worse_side():
    """Nine in ten must keep to the claim: of a measure that should go up, that is the low end."""
    rows = [(f"c{n}", day, type_) for n in range(40) for day, type_ in ((0, "case.submitted"), (n, "case.completed"))]
    assert answer(measure(claim=35), frame(*rows)).verdict == "partly" == answer(measure(claim=5, direction="up"), frame(*rows)).verdict
    assert answer(measure(claim=36), frame(*rows)).verdict == "met" == answer(measure(claim=4, direction="up"), frame(*rows)).verdict
