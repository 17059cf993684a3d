"""Runs of the lab: who may order them, and what becomes of them when workers stop, die or are too many."""

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from zimao.kernel import jobs
from zimao.kernel.errors import Conflict, Missing, NotAllowed, Refused
from zimao.kernel.events.models import Outbox
from zimao.kernel.measures import registry, running
from zimao.kernel.measures.lab import Order, run_lab
from zimao.kernel.measures.models import LabRun
from zimao.kernel.measures.operations import MOST_WAITING, fail_lab_run, finish_lab_run, start_lab_run
from zimao.kernel.measures.queries import lab_calendar, lab_run, newest_result
from zimao.kernel.measures.running import LEASE, MAX_ATTEMPTS, lab_step
from zimao.kernel.measures.scenario import LabOptions
from zimao.kernel.measures.tests.conftest import NOW
from zimao.kernel.measures.tests.office import SERVICE, measures, spec
from zimao.kernel.operations import Act
from zimao.kernel.parties import platform_actor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ordered(act):
    def make(cases=60, seed=1, **more):
        return start_lab_run(act(**more.pop("by", {})), service=SERVICE, cases=cases, seed=seed, **more)

    return make


def going(now=NOW):
    return lab_step(now, lambda: False)


def until_done(now=NOW):
    while going(now):
        pass


def died():
    """This worker is gone with all it knew."""
    running._MINE.held = None


@pytest.fixture
def short_slices(monkeypatch):
    """A slice is one step, so that a run is met in the middle."""
    ticks = iter(range(10**9))
    monkeypatch.setattr(running.time, "monotonic", lambda: next(ticks) / 2)
    monkeypatch.setattr(running, "SLICE_SECONDS", 1)


def test_the_worker_computes_what_was_ordered(ordered, act):
    run = ordered(seed=3)
    assert (run.state, run.options, run.on.isoformat()) == ("queued", "{}", "2024-05-06")
    until_done(NOW + timedelta(minutes=1))
    run.refresh_from_db()
    expected = run_lab(spec(), measures("FZ", run.on), lab_calendar("FZ"), Order(60, 3, LabOptions(run.on, "FZ")))
    assert (run.state, run.progress, run.attempts, run.holder) == ("done", 100, 1, "")
    assert run.result == expected.as_json()
    assert run.inputs_sha256 == expected.inputs_sha256
    assert run.finished_at == NOW + timedelta(minutes=1)
    (event,) = Outbox.objects.filter(type="lab.run.ended")
    assert event.subject == f"lab/{run.pk}"


def test_it_works_in_slices_and_tells_how_far_it_is(ordered, short_slices):
    run = ordered()
    assert going() == 1
    run.refresh_from_db()
    assert (run.state, run.attempts, run.leased_until) == ("running", 1, NOW + LEASE)
    shares = []
    while run.state == "running":
        going(NOW + timedelta(seconds=len(shares)))
        run.refresh_from_db()
        shares.append(run.progress)
    assert shares == sorted(shares)
    assert len(set(shares)) > 5
    assert going() == 0


def test_two_workers_do_not_take_the_same_run(ordered, short_slices):
    run = ordered()
    going()
    mine = running._MINE.held
    died()
    assert going(NOW + LEASE / 2) == 0
    running._MINE.held = mine
    until_done()
    assert LabRun.objects.get(pk=run.pk).attempts == 1


def test_a_killed_workers_run_is_begun_anew_when_the_lease_ends_with_the_same_result(ordered, short_slices):
    run = ordered()
    going()
    died()
    until_done(NOW + LEASE)
    again = LabRun.objects.get(pk=run.pk)
    twin = ordered()
    until_done(NOW + LEASE)
    assert (again.state, again.attempts) == ("done", 2)
    assert again.result == LabRun.objects.get(pk=twin.pk).result


def test_a_worker_that_was_taken_for_dead_writes_nothing(ordered, short_slices):
    run = ordered()
    going()
    late = running._MINE.held
    died()
    until_done(NOW + LEASE)
    first = LabRun.objects.get(pk=run.pk)
    running._MINE.held = late
    while running._MINE.held is not None:
        going(NOW + 2 * LEASE)
    after = LabRun.objects.get(pk=run.pk)
    assert (after.finished_at, after.result, after.state) == (first.finished_at, first.result, "done")
    assert Outbox.objects.filter(type="lab.run.ended").count() == 1


def test_a_run_that_kills_its_workers_is_given_up(ordered, short_slices):
    run = ordered()
    now = NOW
    for _ in range(MAX_ATTEMPTS):
        assert going(now) == 1
        died()
        now += LEASE
    until_done(now)
    run.refresh_from_db()
    assert (run.state, run.error, run.result) == ("failed", "worker_lost", "")
    assert going(now + LEASE) == 0


def test_a_worker_that_is_told_to_stop_gives_the_run_back(ordered, short_slices):
    run = ordered()
    going()
    assert lab_step(NOW, lambda: True) == 1
    run.refresh_from_db()
    assert (run.state, run.attempts, run.leased_until, run.holder) == ("queued", 0, None, "")
    until_done()
    run.refresh_from_db()
    assert (run.state, run.attempts) == ("done", 1)


def test_an_error_ends_the_run_and_not_the_worker(ordered, monkeypatch):
    def broken(zone, on):
        raise ValueError("no such table")

    run = ordered()
    registry.register_measures(SERVICE, broken, spec())
    until_done()
    registry.register_measures(SERVICE, lambda zone, on: [None], spec())
    monkeypatch.setattr(registry.Declared, "on", lambda *_: [None])
    other = ordered()
    until_done()
    assert [(one.state, one.error) for one in LabRun.objects.order_by("pk")] == [("failed", "not_runnable"), ("failed", "failed")]
    assert run.pk < other.pk


def test_the_worker_of_the_platform_runs_it_among_its_other_work(ordered, monkeypatch):
    monkeypatch.setattr(jobs, "_STEPS", {"measures.lab": lab_step})
    run = ordered()
    total = jobs.run_worker(jobs.Stop(), once=True, clock=lambda: NOW)
    assert total["measures.lab"] >= 1
    assert LabRun.objects.get(pk=run.pk).state == "done"


# --- ordering ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["zone.admin", "auditor", "permit.supervisor"])
def test_who_may_order(role, act):
    assert start_lab_run(act(role), service=SERVICE, cases=10, seed=1).state == "queued"


@pytest.mark.parametrize("role", ["applicant", "permit.desk", "table.editor", "ship_registry.supervisor", "user"])
def test_who_may_not(role, act):
    with pytest.raises(NotAllowed):
        start_lab_run(act(role), service=SERVICE, cases=10, seed=1)
    assert not LabRun.objects.exists()


def test_one_key_orders_once(act):
    first, again = (start_lab_run(act(key="k"), service=SERVICE, cases=10, seed=1) for _ in range(2))
    assert first.pk == again.pk
    with pytest.raises(Conflict):
        start_lab_run(act(key="k"), service=SERVICE, cases=11, seed=1)
    assert LabRun.objects.count() == 1


def test_a_zone_has_so_many_runs_at_a_time(ordered, act):
    for seed in range(MOST_WAITING):
        ordered(seed=seed)
    with pytest.raises(Conflict, match="waiting"):
        ordered(seed=9)
    until_done()
    assert ordered(seed=9).state == "queued"


def test_what_was_changed_is_kept_and_shows_in_the_result(ordered):
    run = ordered(arrivals=1.2, officers={"permit.desk": 3})
    assert json.loads(run.options) == {"arrivals": 1.2, "officers": {"permit.desk": 3}}
    until_done()
    found = json.loads(LabRun.objects.get(pk=run.pk).result)
    assert (found["arrivals"], found["officers"]["new"]) == (1.2, {"permit.desk": 3})
    assert newest_result(SERVICE, "FZ") is None
    plain = ordered()
    until_done()
    assert newest_result(SERVICE, "FZ").pk == newest_result(SERVICE, "").pk == plain.pk
    assert newest_result(SERVICE, "XM") is None


def test_an_order_out_of_its_limits_leaves_nothing(act):
    with pytest.raises(Refused):
        start_lab_run(act(), service=SERVICE, cases=10**6, seed=1)
    with pytest.raises(Missing):
        start_lab_run(act(), service="loans", cases=10, seed=1)
    assert not LabRun.objects.exists()


def test_only_the_platform_ends_runs(ordered, act):
    run = ordered()
    for end, more in ((finish_lab_run, {"inputs_sha256": "", "result": "{}"}), (fail_lab_run, {"error": "failed"})):
        with pytest.raises(NotAllowed):
            end(act(), run_id=run.pk, holder="", **more)
        with pytest.raises(Conflict):
            end(Act(platform_actor("FZ"), NOW), run_id=run.pk, holder="", **more)
        with pytest.raises(Missing):
            end(Act(platform_actor("FZ"), NOW), run_id=0, holder="", **more)


def test_who_sees_a_run(ordered, actor):
    run = ordered()
    for stranger in (None, actor("auditor", zone="XM")):
        with pytest.raises(Missing):
            lab_run(run.pk, stranger)
    assert lab_run(run.pk, actor("applicant")).pk == run.pk
    until_done()
    assert lab_run(run.pk, None).state == "done"


def test_a_process_that_is_killed_in_the_middle_leaves_a_run_that_another_finishes(tmp_path):
    """A real process on a database of its own, killed without notice (SIGKILL); a second one finishes the run."""
    environment = os.environ | {
        "ZIMAO_HOME": str(tmp_path),
        "ZIMAO_DATABASE_URL": f"sqlite:///{tmp_path / 'lab.sqlite3'}",
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[4]), *sys.path]),
        "DJANGO_SETTINGS_MODULE": "zimao.settings",
    }
    begin = _PROGRAM.format(make=True)
    with subprocess.Popen([sys.executable, "-c", begin], stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout.readline() == "in the middle\n"
        process.send_signal(signal.SIGKILL)
    second = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(make=False)], capture_output=True, text=True, env=environment, check=True
    )
    assert second.stdout.split() == ["done", "2"]


_PROGRAM = """
import django; django.setup()
import time
from datetime import timedelta
from django.core.management import call_command
from zimao.kernel.measures import registry, running
from zimao.kernel.measures.models import LabRun
from zimao.kernel.measures.operations import start_lab_run
from zimao.kernel.measures.tests.conftest import NOW
from zimao.kernel.measures.tests.office import SERVICE, measures, spec
from zimao.kernel.operations import Act, Actor
from zimao.kernel.parties.models import Party, User, Zone
registry.register_measures(SERVICE, measures, spec())
if {make}:
    call_command("migrate", verbosity=0, run_syncdb=True)
    Zone.objects.create(code="FZ", name_zh="z", name_en="z")
    user = User.objects.create(username="a", party=Party.objects.create(kind="person", name="a"))
    act = Act(Actor(user.pk, user.party_id, "FZ", frozenset({{"zone.admin"}}), "a"), NOW)
    start_lab_run(act, service=SERVICE, cases=2000, seed=1)
    running.SLICE_SECONDS = 0.05
    running.lab_step(NOW, lambda: False)
    assert LabRun.objects.get().state == "running"
    print("in the middle", flush=True)
    time.sleep(60)
else:
    assert running.lab_step(NOW + timedelta(seconds=1), lambda: False) == 0
    while running.lab_step(NOW + running.LEASE, lambda: False):
        pass
    run = LabRun.objects.get()
    print(run.state, run.attempts)
"""
