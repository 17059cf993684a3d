"""Working days and deadlines: the worked examples of ship registration, and what must hold for every calendar."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zimao.kernel.calendars.days import DueDate, Suspension, WorkingCalendar
from zimao.kernel.calendars.queries import statutory_exceptions, statutory_years

CALENDAR = WorkingCalendar({year: statutory_exceptions(year) for year in statutory_years()})


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        ("2024-05-06", 1, "2024-05-07"),
        ("2024-05-06", 8, "2024-05-15"),  # 2024-05-11 is a Saturday that is worked
        ("2024-05-06", 20, "2024-05-31"),
        ("2024-05-06", 26, "2024-06-11"),  # Dragon Boat Festival on 2024-06-10
        ("2024-05-06", 41, "2024-07-02"),
        ("2024-09-27", 1, "2024-09-29"),  # a Sunday that is worked
        ("2024-09-27", 20, "2024-10-30"),
        ("2024-09-27", 41, "2024-11-28"),
        ("2024-04-30", 1, "2024-05-06"),
        ("2024-04-30", 20, "2024-05-30"),
        ("2024-04-30", 41, "2024-07-01"),
        ("2025-01-20", 20, "2025-02-21"),  # Spring Festival
        ("2025-01-20", 41, "2025-03-24"),
        ("2024-05-06", 0, "2024-05-06"),
    ],
)
def test_the_day_after_the_start_is_day_one(start, days, expected):
    assert CALENDAR.nth(day(start), days) == DueDate(day(expected))


def test_a_correction_stops_the_clock_from_the_day_after_the_notice_until_the_answer():
    asked_on_day_3_answered_on_day_7 = [Suspension(day("2024-05-09"), day("2024-05-14"))]
    assert CALENDAR.due(day("2024-05-06"), 20, asked_on_day_3_answered_on_day_7) == DueDate(day("2024-06-06"))
    assert CALENDAR.elapsed(day("2024-05-06"), day("2024-05-14"), asked_on_day_3_answered_on_day_7) == 3
    assert CALENDAR.elapsed(day("2024-05-06"), day("2024-05-15"), asked_on_day_3_answered_on_day_7) == 4


def test_while_the_clock_stands_still_the_due_day_is_provisional():
    assert CALENDAR.due(day("2024-05-06"), 20, [Suspension(day("2024-05-09"))]).provisional


def test_days_under_two_suspensions_are_left_out_once():
    both = [Suspension(day("2024-05-09"), day("2024-05-14")), Suspension(day("2024-05-13"), day("2024-05-15"))]
    assert CALENDAR.elapsed(day("2024-05-06"), day("2024-05-16"), both) == 4


def test_an_extension_moves_the_due_day():
    assert CALENDAR.due(day("2024-05-06"), 7, (), extension=10) == CALENDAR.nth(day("2024-05-06"), 17)


def test_a_year_that_is_not_released_counts_weekdays_and_says_so():
    unknown = CALENDAR.nth(day("2026-12-28"), 10)
    assert unknown == DueDate(day("2027-01-11"), provisional=True)
    assert not CALENDAR.nth(day("2026-11-02"), 5).provisional


def test_a_closure_of_the_zone_wins_over_the_year():
    typhoon = WorkingCalendar(CALENDAR.years, {day("2024-05-07"): False, day("2024-05-12"): True})
    assert typhoon.nth(day("2024-05-06"), 1) == DueDate(day("2024-05-08"))
    assert typhoon.is_working(day("2024-05-12"))


def test_a_period_has_no_negative_days():
    with pytest.raises(ValueError, match="negative"):
        CALENDAR.nth(day("2024-05-06"), -1)


days_known = st.dates(min_value=date(2005, 1, 1), max_value=date(2025, 12, 31))


@given(days_known, st.integers(1, 200))
def test_the_nth_day_is_worked_and_n_days_lie_before_it(start, days):
    found = CALENDAR.nth(start, days).date
    assert CALENDAR.is_working(found)
    assert CALENDAR.count(start, found) == days
    assert CALENDAR.count(start, found - timedelta(days=1)) == days - 1


@given(days_known, st.integers(1, 60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40)), max_size=4))
def test_on_the_due_day_the_clock_shows_exactly_the_period(start, days, raw):
    pauses = [Suspension(start + timedelta(days=first), start + timedelta(days=first + length)) for first, length in raw]
    found = CALENDAR.due(start, days, pauses).date
    assert CALENDAR.elapsed(start, found, pauses) == days
    assert CALENDAR.elapsed(start, found - timedelta(days=1), pauses) == days - 1
