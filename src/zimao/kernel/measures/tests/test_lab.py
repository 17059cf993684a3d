"""The lab over both diagrams: the same result however it is computed, and what its statistics say."""

import json

import pytest

from zimao.kernel.errors import Refused
from zimao.kernel.measures import lab
from zimao.kernel.measures.lab import Order, fingerprint, lab_steps, run_lab
from zimao.kernel.measures.orders import Wish, order_of
from zimao.kernel.measures.scenario import LabOptions
from zimao.kernel.measures.stats import counts, interval, spread
from zimao.kernel.measures.tests.office import CALENDAR, ON, measure, measures, spec
from zimao.kernel.text import t

MEASURES = measures("", ON)


def order(cases=60, seed=1, processes=1, **options):
    return Order(cases, seed, LabOptions(ON, **options), processes)


def test_the_result_is_the_same_byte_for_byte_with_one_process_and_with_several(monkeypatch):
    monkeypatch.setattr(lab, "CASES_A_REPLICATION", 100)
    alone = run_lab(spec(), MEASURES, CALENDAR, order(500))
    shared = run_lab(spec(), MEASURES, CALENDAR, order(500, processes=2))
    assert alone.replications > 1
    assert alone.as_json() == shared.as_json() == run_lab(spec(), MEASURES, CALENDAR, order(500)).as_json()
    assert alone.as_json() != run_lab(spec(), MEASURES, CALENDAR, order(500, seed=2)).as_json()


def test_both_procedures_are_answered_by_the_one_query():
    result = run_lab(spec(), MEASURES, CALENDAR, order(300))
    days, trips = result.measures
    assert (days.old.answer.n, days.new.answer.n) == (300, 300)
    # in a row about 2 x 0.82 x 5 days, side by side the longer of both
    assert 7.5 < days.old.answer.mean < 9.5
    assert 4 < days.new.answer.mean < 5.5
    assert (days.old.answer.verdict, days.new.answer.verdict) == ("not_met", "met")
    assert days.reduction == pytest.approx((1 - days.new.answer.mean / days.old.answer.mean) * 100, abs=0.1)
    assert days.old.interval[0] < days.old.answer.mean < days.old.interval[1]
    assert (trips.old.answer.mean, trips.new.answer.mean, trips.reduction) == (2, 1, 50.0)
    assert sum(days.old.counts) == sum(days.new.counts) == 300
    assert len(days.edges) == len(days.old.counts) + 1


def test_a_measure_that_should_go_up_has_no_reduction():
    (found,) = run_lab(spec(), [measure(direction="up")], CALENDAR, order()).measures
    assert found.reduction is None


def test_it_tells_how_far_it_is():
    told = []
    run_lab(spec(), MEASURES, CALENDAR, order(), told.append)
    assert told == sorted(told)
    assert (told[0] < 0.3, told[-1]) == (True, 1.0)
    assert len(told) > 10


def test_the_fingerprint_names_all_that_the_result_depends_on():
    result = run_lab(spec(), MEASURES, CALENDAR, order())
    assert result.inputs_sha256 == fingerprint(spec(), order())
    assert result.sources == {"permit.toml": "0" * 64}
    assert set(result.diagrams) == {"old", "new"}
    others = [
        fingerprint(spec(), order(cases=61)),
        fingerprint(spec(), order(seed=2)),
        fingerprint(spec(), order(arrivals=1.5)),
        fingerprint(spec(), order(officers={"permit.desk": 3})),
        fingerprint(spec(sources=lambda options: {"permit.toml": "1" * 64}), order()),
    ]
    assert len({result.inputs_sha256, *others}) == 6
    json.loads(result.as_json())


def test_more_officers_and_fewer_cases_shorten_the_queue():
    crowded = run_lab(spec(), MEASURES, CALENDAR, order(200, arrivals=1.5, officers={"permit.desk": 1}))
    roomy = run_lab(spec(), MEASURES, CALENDAR, order(200, arrivals=1.5, officers={"permit.desk": 4}))
    (one,), (many,) = crowded.desks["new"], roomy.desks["new"]
    assert (one["officers"], many["officers"]) == (1, 4)
    assert one["wait_mean"] > 10 * many["wait_mean"]
    assert one["utilisation"] > 0.8
    assert many["utilisation"] < 0.35


def test_steps_that_nobody_finishes_leave_nothing_behind():
    steps = lab_steps(spec(), MEASURES, CALENDAR, order())
    assert 0 <= next(steps) < 1
    steps.close()


# --- orders ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "fields"),
    [
        (Wish(0, 1), ["cases"]),
        (Wish(10_001, -1), ["cases", "seed"]),
        (Wish(10, 1, float("nan")), ["arrivals"]),
        (Wish(10, 1, float("inf")), ["arrivals"]),
        (Wish(10, 1, 0.0), ["arrivals"]),
        (Wish(10, 1, None, {"permit.desk": 0, "permit.cook": 1}), ["officers.permit.desk", "officers.permit.cook"]),
        (Wish(10, 1, None, {"permit.desk": 51}), ["officers.permit.desk"]),
        # 5 cases x 4 hours on one officer of 6.5 hours
        (Wish(10, 1, 5.0, {"permit.desk": 1}), ["arrivals"]),
    ],
)
def test_an_order_out_of_its_limits_is_refused_beside_its_field(wish, fields):
    with pytest.raises(Refused) as refused:
        order_of(spec(), wish, zone="", on=ON)
    assert [one.field for one in refused.value.problems] == fields


def test_what_is_as_usual_is_no_change():
    """A form sends every field; only what differs is kept, so that a run with nothing changed is known as such."""
    plain = order_of(spec(), Wish(10, 1, 1.0, {"permit.desk": 2}), zone="", on=ON)
    assert plain == order_of(spec(), Wish(10, 1), zone="", on=ON)
    changed = order_of(spec(), Wish(10, 1, 1.2, {"permit.desk": 3}), zone="", on=ON)
    assert changed.options == LabOptions(ON, "", 1.2, {"permit.desk": 3})


# --- statistics --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("means", "expected"),
    [
        ([], None),
        ([4.0], None),
        ([5.0, 5.0, 5.0], (5.0, 5.0)),
        # Student's t with 4 degrees of freedom: 2.776 x 1.5811 / sqrt(5) = 1.9629
        ([1.0, 2.0, 3.0, 4.0, 5.0], (1.0371, 4.9629)),
    ],
)
def test_the_interval_of_a_mean(means, expected):
    assert interval(means) == expected


@pytest.mark.parametrize(("n", "quantile"), [(31, 2.042), (41, 2.0211), (61, 2.0003), (121, 1.9799), (1001, 1.9623)])
def test_beyond_the_table_the_quantile_is_students_too(n, quantile):
    means = [float(index % 2) for index in range(n)]
    low, high = interval(means)
    deviation = (sum((one - sum(means) / n) ** 2 for one in means) / (n - 1)) ** 0.5
    assert (high - low) / 2 == pytest.approx(quantile * deviation / n**0.5, abs=2e-4)


def test_bins():
    assert spread([]) == []
    assert spread([7.0]) == [7.0, 8.0]
    assert spread([1.0, 2.0, 4.0]) == [1.0, 2.0, 3.0, 4.0, 5.0]
    wide = spread([0.0, 630_000.0])
    assert (len(wide) <= 42, wide[0], wide[1]) == (True, 0.0, 20_000.0)
    fine = spread([0.1, 0.25, 0.4])
    assert (fine[0] <= 0.1, fine[-1] > 0.4, len(fine) <= 42) == (True, True, True)
    assert counts([1.0, 1.0, 2.0, 4.0], spread([1.0, 2.0, 4.0])) == [2, 1, 0, 1]
    assert counts([], []) == []
    assert sum(counts([0.1, 0.25, 0.4], fine)) == 3


def test_words_of_a_scenario_come_from_its_lanes():
    assert spec().build(LabOptions(ON))[1].labels["permit.desk"] == t("审查岗", "Desk")
