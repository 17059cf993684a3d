"""Released years, closures of a zone, and the calendar of an empty installation."""

from datetime import date, timedelta

import pytest

from zimao.kernel.calendars import calendar_of, load_statutory_years
from zimao.kernel.calendars.explaining import counted, months, why
from zimao.kernel.calendars.models import CalendarYear, ZoneClosure
from zimao.kernel.calendars.operations import release_year, remove_closure, set_closure
from zimao.kernel.calendars.queries import period, statutory_exceptions, statutory_years, year_source
from zimao.kernel.calendars.tests.conftest import NOW
from zimao.kernel.errors import Missing, NotAllowed, Refused
from zimao.kernel.events.models import Outbox
from zimao.kernel.evidence.models import Leaf

TYPHOON = {"reason_zh": "台风", "reason_en": "Typhoon", "source": "闽防指〔2026〕8号"}
UNKNOWN = max(statutory_years()) + 1
TUESDAY = date(2026, 3, 3)


def test_an_empty_installation_counts_as_the_published_years_say(db, django_assert_num_queries):
    calendar_of("FZ")
    with django_assert_num_queries(2):
        calendar = calendar_of("FZ")
    assert calendar.nth(date(2024, 9, 27), 20).date == date(2024, 10, 30)
    assert not calendar.is_provisional(date(UNKNOWN - 1, 12, 31))
    assert calendar.is_provisional(date(UNKNOWN, 1, 1))
    assert year_source(2024).released_at is None
    assert year_source(UNKNOWN) is None


def test_loading_the_published_years_changes_no_day_and_happens_once(db):
    before = calendar_of("FZ")
    assert load_statutory_years(NOW) == len(statutory_years())
    assert load_statutory_years(NOW) == 0
    after = calendar_of("FZ")
    assert dict(after.years) == dict(before.years)
    assert len(year_source(2024).sha256) == 64


def test_a_released_year_is_known_and_may_be_amended(act):
    monday = date(UNKNOWN, 1, 1) + timedelta(days=-date(UNKNOWN, 1, 1).weekday() % 7)
    release_year(act(), year=UNKNOWN, worked=[], free=[monday], source="国办发明电")
    calendar = calendar_of("FZ")
    assert not calendar.is_provisional(monday)
    assert not calendar.is_working(monday)
    release_year(act(), year=UNKNOWN, worked=[], free=[], source="更正")
    assert calendar_of("FZ").is_working(monday)
    assert CalendarYear.objects.count() == 1
    assert Leaf.objects.filter(verb="calendars.release_year").count() == 2


def test_a_release_wins_over_what_the_package_knows(act):
    day = next(iter(statutory_exceptions(2026)))
    release_year(act(), year=2026, worked=[], free=[], source="更正")
    assert calendar_of("").is_working(day) is (day.weekday() < 5)


def test_every_wrong_day_is_told(act):
    saturday, monday = date(2026, 3, 7), date(2026, 3, 2)
    with pytest.raises(Refused) as told:
        release_year(act(), year=2026, worked=[monday, date(2025, 1, 4)], free=[saturday], source=" ")
    assert [problem.code for problem in told.value.problems] == ["calendar.weekday", "calendar.year", "calendar.weekday", "calendar.source"]
    assert not CalendarYear.objects.exists()


def test_a_typhoon_moves_due_dates_of_its_zone_only(act):
    assert period("FZ", date(2026, 3, 2), 1).due.date == TUESDAY
    set_closure(act(), day=TUESDAY, worked=False, **TYPHOON)
    assert period("FZ", date(2026, 3, 2), 1).due.date == date(2026, 3, 4)
    assert period("XM", date(2026, 3, 2), 1).due.date == TUESDAY
    assert Outbox.objects.get().type == "calendar.changed"
    set_closure(act(), day=TUESDAY, worked=True, **TYPHOON)
    assert ZoneClosure.objects.get().worked
    remove_closure(act(), day=TUESDAY)
    assert not ZoneClosure.objects.exists()
    with pytest.raises(Missing):
        remove_closure(act(), day=TUESDAY)


def test_another_zones_closure_cannot_be_removed(act):
    set_closure(act(), day=TUESDAY, worked=False, **TYPHOON)
    with pytest.raises(Missing):
        remove_closure(act(zone="XM"), day=TUESDAY)


def test_a_closure_needs_its_reason_in_both_languages_and_a_source(act):
    with pytest.raises(Refused) as told:
        set_closure(act(), day=TUESDAY, worked=False, reason_zh="台风", reason_en=" ", source="x" * 301)
    assert [problem.field for problem in told.value.problems] == ["reason_en", "source"]


@pytest.mark.parametrize("role", ["user", "applicant", "table.editor", "auditor"])
def test_only_a_zones_administrator_changes_the_calendar(act, role):
    for call, given in (
        (release_year, {"year": 2026, "worked": [], "free": [], "source": "x"}),
        (set_closure, {"day": TUESDAY, "worked": False, **TYPHOON}),
        (remove_closure, {"day": TUESDAY}),
    ):
        with pytest.raises(NotAllowed, match="role"):
            call(act(role), **given)


def test_why_each_day_of_a_period_counts_or_not(act):
    set_closure(act(), day=date(2024, 4, 30), worked=False, **TYPHOON)
    set_closure(act(), day=date(2024, 5, 12), worked=True, **TYPHOON)
    calendar = calendar_of("FZ")
    rows = {row.day.isoformat(): (row.number, row.why) for row in counted(calendar, date(2024, 4, 29), date(2024, 5, 12))}
    assert rows["2024-04-30"] == (None, "closed")
    assert rows["2024-05-01"] == (None, "holiday")
    assert rows["2024-05-04"] == (None, "weekend")
    assert rows["2024-05-06"] == (1, "weekday")
    assert rows["2024-05-11"] == (6, "shifted")
    assert rows["2024-05-12"] == (7, "opened")


def test_the_months_hold_every_day_once_and_agree_with_the_count(db):
    calendar = calendar_of("")
    found = months(calendar, 2026)
    cells = [cell for month in found for week in month.weeks for cell in week if cell]
    assert [day for day, _ in cells] == [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert all(len(week) == 7 for month in found for week in month.weeks)
    assert all(reason == why(calendar, day) for day, reason in cells)
    assert all(week[place] is None or week[place][0].weekday() == place for month in found for week in month.weeks for place in range(7))
    assert sum(month.worked for month in found) == calendar.count(date(2025, 12, 31), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("start", "days", "field"),
    [(date(2026, 1, 1), -1, "days"), (date(2026, 1, 1), 2001, "days"), (date(9000, 1, 1), 5, "start"), (date(1999, 1, 1), 5, "start")],
)
def test_a_period_that_is_out_of_range_is_refused_before_it_is_counted(db, start, days, field):
    with pytest.raises(Refused) as told:
        period("FZ", start, days)
    assert told.value.field == field
