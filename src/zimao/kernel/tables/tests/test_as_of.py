"""What is in force on a day: the seed, shared releases, a zone's own; by worked examples and for random intervals."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zimao.kernel import tables
from zimao.kernel.errors import Missing, Unavailable
from zimao.kernel.tables.contents import checked
from zimao.kernel.tables.models import Release
from zimao.kernel.tables.queries import base_of

FIRST = date(2020, 1, 1)


def amount(on, zone="FZ"):
    return tables.as_of("test_fees", on, zone).frame["amount"][0]


def test_with_an_empty_database_the_seed_answers(fees, db, django_assert_num_queries):
    tables.as_of("test_fees", FIRST)
    with django_assert_num_queries(1):
        found = tables.as_of("test_fees", date(2026, 5, 1), "FZ")
    assert (found.release, found.source, found.effective_from) == ("seed", fees.source, FIRST)
    assert len(found.sha256) == 64
    assert found.frame.to_dicts()[0] == {
        "item": "ownership",
        "amount": 100,
        "rate": Decimal("0.13"),
        "since": FIRST,
        "verified": True,
        "payer": "owner",
        "code": "A1",
    }
    assert found.frame.to_dicts()[1] | {"item": ""} == {
        "item": "",
        "amount": 200,
        "rate": None,
        "since": None,
        "verified": False,
        "payer": "",
        "code": "A2",
    }
    assert found.frame.schema == pl.Schema(
        {
            "item": pl.String,
            "amount": pl.Int64,
            "rate": pl.Decimal(38, 4),
            "since": pl.Date,
            "verified": pl.Boolean,
            "payer": pl.String,
            "code": pl.String,
        }
    )


def test_before_the_first_day_there_is_a_clear_no(fees, db):
    with pytest.raises(Missing) as told:
        tables.as_of("test_fees", date(2019, 12, 31))
    assert told.value.code == "tables.not_in_force"
    assert "2020-01-01" in told.value.sentence.en


def test_an_unknown_table_is_missing(fees, db):
    with pytest.raises(Missing):
        tables.as_of("no_such_table", FIRST)


def test_a_release_counts_from_its_first_to_its_last_day(release):
    release(300, date(2026, 1, 1), date(2026, 12, 31))
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [amount(day) for day in days] == [100, 300, 300, 100]


def test_the_later_beginning_wins_then_the_later_number(release):
    release(300, date(2026, 3, 1))
    release(400, date(2026, 1, 1))
    assert amount(date(2026, 2, 1)) == 400
    assert amount(date(2026, 3, 1)) == 300
    assert release(500, date(2026, 3, 1)).label == "FZ-3"
    assert amount(date(2026, 3, 1)) == 500


def test_a_zone_wins_over_what_is_shared_and_does_not_touch_other_zones(release):
    assert release(700, date(2026, 6, 1), zone="").label == "1"
    release(300, date(2026, 1, 1), zone="FZ")
    assert (amount(date(2026, 7, 1), "FZ"), amount(date(2026, 7, 1), "XM"), amount(date(2026, 7, 1), "")) == (300, 700, 700)


def test_a_draft_is_not_in_force(draft):
    draft(300)
    assert amount(date(2026, 5, 1)) == 100


def test_one_query_for_a_release_that_was_read_before(release, django_assert_num_queries):
    release(300)
    amount(date(2026, 5, 1))
    with django_assert_num_queries(1):
        assert amount(date(2026, 5, 1)) == 300


def test_a_caller_cannot_change_what_others_read(release):
    release(300)
    frame = tables.as_of("test_fees", date(2026, 5, 1), "FZ").frame
    frame[0, "amount"] = 1
    assert amount(date(2026, 5, 1)) == 300


def test_contents_that_do_not_match_their_hash_are_not_used(draft, approver, act_as):
    row = draft(300)
    Release.objects.filter(pk=row.pk).update(contents=row.contents.replace("300", "301"))
    tables.operations.approve_release(act_as(approver), release_id=row.pk)
    with pytest.raises(Unavailable, match="broken"):
        amount(date(2026, 5, 1))


def test_a_release_is_compared_with_what_was_in_force_before_it(release, draft):
    first, second = release(300), release(400)
    third = draft(500)
    assert base_of(first).release == "seed"
    assert base_of(second).release_id == first.pk
    assert base_of(third).release_id == second.pk


spans = st.tuples(st.sampled_from(["", "FZ"]), st.integers(0, 60), st.none() | st.integers(0, 60))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(spans, max_size=7), st.integers(0, 130))
def test_for_random_intervals_the_right_release_is_picked(fees, editor, wanted, offset):
    Release.objects.all()._raw_delete("default")
    numbers = {"": 0, "FZ": 0}
    rows = []
    for place, (zone, first, length) in enumerate(wanted):
        numbers[zone] += 1
        start = FIRST + timedelta(days=first)
        end = None if length is None else start + timedelta(days=length)
        rows.append((zone, numbers[zone], start, end, place))
        _put(fees, rows[-1])
    day = FIRST + timedelta(days=offset)
    fitting = [row for row in rows if row[2] <= day and (row[3] is None or day <= row[3])]
    own = [row for row in fitting if row[0] == "FZ"] or fitting
    expected = max(own, key=lambda row: (row[2], row[1]))[4] if own else 100
    assert amount(day) == expected


def _put(spec, row):
    zone, number, start, end, place = row
    found = checked(spec, [(2, ["ownership", str(place), "", "", "true", "", ""])])
    Release.objects.create(
        table=spec.name,
        zone=zone,
        number=number,
        effective_from=start,
        effective_to=end,
        state="released",
        sha256=found.sha256,
        source="x",
        contents=found.text,
        rows=1,
        drafted_at="2026-01-01T00:00:00Z",
    )
