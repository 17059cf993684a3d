"""Periodic jobs: when they run, what a failure or a dead worker does."""

import pytest

from zimao.kernel.events import every, run_periodic
from zimao.kernel.events.models import PeriodicRun
from zimao.kernel.events.queries import late_jobs

pytestmark = pytest.mark.django_db


def never():
    return False


def test_a_job_comes_round(now, later):
    ran = []
    every(60, "test.job", ran.append)
    for seconds in (0, 1, 59, 60, 61, 500):
        run_periodic(later(seconds), never)
    assert ran == [later(0), later(60), later(500)]


def test_a_failing_job_is_recorded_comes_round_again_and_stops_nobody(now, later):
    ran = []
    every(60, "test.bad", lambda at: 1 / 0)
    every(60, "test.good", ran.append)
    assert run_periodic(now, never) == ["test.bad", "test.good"]
    assert ran == [now]
    row = PeriodicRun.objects.get(name="test.bad")
    assert (row.failures, row.runs, row.leased_until) == (1, 1, None)
    assert "ZeroDivisionError" in row.error
    assert [job.name for job in late_jobs(now)] == ["test.bad"]
    assert run_periodic(later(60), never) == ["test.bad", "test.good"]


def test_a_dead_workers_job_is_taken_over_when_its_lease_ends(now, later):
    ran = []

    def job(at):
        if not ran:
            ran.append("killed")
            raise KeyboardInterrupt
        ran.append(at)

    every(10, "test.job", job, lease=100)
    with pytest.raises(KeyboardInterrupt):
        run_periodic(now, never)
    assert run_periodic(later(99), never) == []
    assert run_periodic(later(101), never) == ["test.job"]
    assert ran == ["killed", later(101)]


def test_names_are_taken_once():
    every(60, "test.job", print)
    every(60, "test.job", print)
    with pytest.raises(ValueError, match=r"test\.job"):
        every(60, "test.job", repr)
