"""Inside one page the tables of a service are read in one query, and the answer is the same as outside."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from zimao.kernel import tables
from zimao.kernel.errors import Missing
from zimao.kernel.once import reading

DAYS = [date(2025, 12, 1) + timedelta(days=20 * n) for n in range(30)]


def in_force():
    return [(tables.as_of("test_fees", on, zone).release, on, zone) for on in DAYS for zone in ("FZ", "XM", "")]


def test_a_page_finds_what_is_in_force_as_everybody_else_does(release, draft):
    release(300, date(2026, 3, 1))
    release(400, date(2026, 1, 1), date(2026, 8, 1))
    release(500, date(2026, 3, 1))
    release(600, date(2026, 2, 1), zone="")
    draft(700, date(2026, 1, 1))
    outside = in_force()
    assert len({name for name, _, _ in outside}) == 4
    with reading():
        assert in_force() == outside


def test_a_page_reads_all_its_tables_in_one_query(release, django_assert_num_queries):
    release(300, date(2026, 1, 1))
    in_force()
    with reading(), django_assert_num_queries(1):
        for on in DAYS:
            tables.as_of("test_fees", on, "FZ")


def test_a_page_too_says_that_nothing_is_in_force_yet(fees, db):
    with reading(), pytest.raises(Missing):
        tables.as_of("test_fees", date(2019, 12, 31))


def test_the_next_page_sees_a_release_made_meanwhile(release):
    release(300, date(2026, 1, 1))
    for amount in (300, 800):
        with reading():
            assert tables.as_of("test_fees", date(2026, 5, 1), "FZ").frame["amount"][0] == amount
        release(800, date(2026, 2, 1))
