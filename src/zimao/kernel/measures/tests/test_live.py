"""Live cases answer as simulated ones do: the same query over the same kind of frame."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from zimao.kernel.cases.models import CaseEvent
from zimao.kernel.errors import Missing
from zimao.kernel.measures.frame import EVENT_SCHEMA
from zimao.kernel.measures.live import live_events
from zimao.kernel.measures.measure import ENOUGH
from zimao.kernel.measures.queries import effects, lab_calendar, measure_now
from zimao.kernel.measures.simulate import Batch, dated, simulate
from zimao.kernel.measures.tests.builders import happened, short
from zimao.kernel.measures.tests.office import CALENDAR, OLD, ON, SERVICE, local, measures, scenario
from zimao.kernel.parties.models import Zone

SINCE, UNTIL = datetime(2024, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)


def test_parity_with_the_lab(case):
    """Every event of simulated cases, stored as live rows, gives the very same values."""
    one, batch = scenario("old", OLD), Batch(0, 12, 4, 5)
    simulated = dated(simulate(one, batch), one, batch, CALENDAR)
    for events in simulated.partition_by("case", maintain_order=True):
        live = case(events["case"][0], events["at"].max())
        CaseEvent.objects.bulk_create(
            CaseEvent(case=live, at=row["at"], type=row["type"], element=row["element"], track=row["track"], data=row["data"])
            for row in events.iter_rows(named=True)
        )
    lived = live_events(SERVICE, "FZ", SINCE, UNTIL)
    assert lived.height == simulated.height
    for measure in measures("FZ", ON):
        theirs, ours = measure.query(simulated).select("case", "value"), measure.query(lived).select("case", "value")
        assert ours.equals(theirs), measure.id
        assert ours.height == 12


def test_days_are_working_days_of_the_zone(case):
    """From Sunday 04-28 (worked) to Monday 05-13: 04-29, 04-30, 05-06 to 05-10, 05-11 (worked), 05-13."""
    short(case("a", local(2024, 5, 13)))
    days, trips = measure_now(SERVICE, "FZ", SINCE, UNTIL)
    assert (days.answer.n, days.answer.mean) == (1, 9)
    assert trips.answer.mean == 0
    assert (days.answer.verdict, days.verdict.en) == ("too_few", "Too few cases to judge")
    assert days.interval is None


def test_an_instant_belongs_to_the_date_in_the_zone(case):
    """23:30 UTC on the 28th is the 29th in the zone."""
    short(case("a", local(2024, 4, 30)), datetime(2024, 4, 28, 23, 30, tzinfo=UTC), datetime(2024, 4, 29, 23, 30, tzinfo=UTC))
    assert measure_now(SERVICE, "FZ", SINCE, UNTIL)[0].answer.mean == 1


def test_the_clock_stands_from_the_day_of_the_notice_to_that_of_the_answer(case):
    """Worked example 6: asked on 2024-05-09, answered on 2024-05-14 (05-11 is worked): four working days do not count."""
    happened(
        case("a", local(2024, 6, 6)),
        (local(2024, 5, 6), "case.submitted", None),
        # entered a day late: the day that the notice names counts
        (local(2024, 5, 10), "clock.suspended", {"on": "2024-05-09"}),
        (local(2024, 5, 14), "clock.resumed", {"on": "2024-05-14"}),
        (local(2024, 6, 6), "case.completed", None),
    )
    calendar_days = CALENDAR.count(date(2024, 5, 6), date(2024, 6, 6))
    assert measure_now(SERVICE, "FZ", SINCE, UNTIL)[0].answer.mean == calendar_days - 4


def test_only_what_was_completed_in_that_time_in_that_zone_by_that_service_counts(case):
    Zone.objects.create(code="XM", name_zh="厦门片区", name_en="Xiamen area")
    day = local(2024, 5, 13)
    for number, more in {
        "in": {},
        "elsewhere": {"zone": "XM"},
        "other": {"service": "loans"},
        "open": {"status": "open"},
        "withdrawn": {"status": "withdrawn"},
        "late": {},
    }.items():
        short(case(number, day if number != "late" else day + timedelta(days=1), **more))

    def cases(zone):
        return set(live_events(SERVICE, zone, day, day + timedelta(hours=1))["case"])

    assert cases("FZ") == {"in"}
    assert cases("") == {"in", "elsewhere"}
    assert live_events(SERVICE, "FZ", day + timedelta(hours=1), day + timedelta(hours=2)).is_empty()


def test_no_name_of_a_person_is_in_the_frame(case):
    short(case("a", local(2024, 5, 13)))
    events = live_events(SERVICE, "", SINCE, UNTIL)
    assert events.schema == pl.Schema(EVENT_SCHEMA)
    assert "张三" not in str(events.to_dicts())


def test_few_queries_however_many_cases(case, django_assert_max_num_queries):
    for number in range(40):
        short(case(f"c{number}", local(2024, 5, 13)))
    with django_assert_max_num_queries(5):
        days, _ = measure_now(SERVICE, "", SINCE, UNTIL)
    assert days.answer.n == 40 >= ENOUGH
    assert (days.answer.verdict, days.interval) == ("not_met", (9.0, 9.0))


def test_no_cases_and_no_service(zone):
    (days, _) = measure_now(SERVICE, "FZ", SINCE, UNTIL)
    assert (days.answer.n, days.answer.mean, days.answer.verdict, days.middle) == (0, None, "no_cases", "—")
    with pytest.raises(Missing):
        measure_now("loans", "FZ", SINCE, UNTIL)


def test_the_page_of_effects_reads_live_cases_once_a_minute(case, django_assert_max_num_queries):
    short(case("a", local(2024, 5, 13)))
    first = effects("FZ", UNTIL, 3650)
    with django_assert_max_num_queries(1):
        again = effects("FZ", UNTIL, 3650)
    assert [one.now.answer for one in first[0].effects] == [one.now.answer for one in again[0].effects]
    assert [one.now.answer.n for one in again[0].effects] == [1, 1]


def test_the_lab_has_days_where_nothing_is_released(zone):
    """A year that nobody released is taken from the statutory calendar shipped with the software, a released one is not."""
    calendar = lab_calendar("FZ")
    assert not calendar.is_working(date(2024, 5, 2))
    assert not calendar.is_working(date(2025, 10, 1))
    assert calendar.is_working(date(2024, 2, 12))  # Spring Festival, but this test's 2024 does not know it
