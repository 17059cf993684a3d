"""The worker: one loop, ended cleanly."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import transaction
from django_tasks import task
from django_tasks_db.models import DBTaskResult
from typer.testing import CliRunner

from zimao.kernel import jobs
from zimao.kernel.events import enqueue, on, periodic
from zimao.kernel.events import handlers as registry
from zimao.kernel.events.models import HandlerRun
from zimao.kernel.jobs_cli import app
from zimao.kernel.journal import Message

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DONE = []


@task
def remember(word):
    DONE.append(word)
    return word


@pytest.fixture(autouse=True)
def own_registries(monkeypatch):
    monkeypatch.setattr(registry, "_HANDLERS", {})
    monkeypatch.setattr(periodic, "_JOBS", {})
    monkeypatch.setattr(jobs, "_STEPS", {})
    DONE.clear()


@pytest.mark.django_db(transaction=True)
def test_one_round_does_a_bit_of_everything():
    seen = []
    on("a.b", lambda event: seen.append("event"), "h")
    jobs.every(60, "test.job", lambda now: seen.append("job"))
    jobs.step("test.step", lambda now, should_stop: len(seen))
    with transaction.atomic():
        enqueue([Message("a.b", "s")], at=NOW, zone="FZ")
    remember.enqueue("task")
    did = jobs.tick(NOW, jobs.Stop())
    assert seen == ["event", "job"]
    assert DONE == ["task"]
    assert did == Counter({"events": 2, "test.step": 1, "periodic": 1, "tasks": 1})
    assert DBTaskResult.objects.get().status == "SUCCESSFUL"


@pytest.mark.django_db(transaction=True)
def test_a_part_that_fails_keeps_nobody_from_their_turn():
    ran = []
    jobs.step("test.bad", lambda now, should_stop: 1 // 0)
    jobs.step("test.good", lambda now, should_stop: ran.append(now) or 1)
    assert jobs.tick(NOW, jobs.Stop()) == Counter({"errors": 1, "test.good": 1})
    assert ran == [NOW]
    with pytest.raises(ValueError, match=r"test\.bad"):
        jobs.step("test.bad", len)


@pytest.mark.django_db(transaction=True)
def test_a_task_that_fails_is_recorded_and_the_loop_goes_on():
    remember.enqueue([1])
    broken = DBTaskResult.objects.get()
    broken.args_kwargs = {"args": [], "kwargs": {}}
    broken.save()
    assert jobs.tick(NOW, jobs.Stop())["tasks"] == 1
    assert DBTaskResult.objects.get().status == "FAILED"


@pytest.mark.django_db(transaction=True)
def test_once_ends_when_nothing_is_left():
    left = [3, 2, 0]
    jobs.step("test.step", lambda now, should_stop: left.pop(0))
    total = jobs.run_worker(jobs.Stop(), once=True, clock=lambda: NOW)
    assert (total["rounds"], total["test.step"], total["stopped"]) == (3, 5, False)


@pytest.mark.django_db(transaction=True)
def test_a_stop_ends_it_after_the_item_in_hand():
    stop, seen = jobs.Stop(), []

    def handler(event):
        seen.append(event.subject)
        stop.set()

    on("a.b", handler, "h")
    later = []
    jobs.step("test.step", lambda now, should_stop: later.append(now) or 1)
    with transaction.atomic():
        enqueue([Message("a.b", f"s{n}") for n in range(3)], at=NOW, zone="FZ")
    total = jobs.run_worker(stop, clock=lambda: NOW)
    assert (seen, later, total["stopped"], total["rounds"]) == (["s0"], [], True, 1)
    assert HandlerRun.objects.filter(state="pending", attempts=0).count() == 2


@pytest.mark.django_db(transaction=True)
def test_tasks_stop_too():
    stop = jobs.Stop()
    for word in ("one", "two"):
        remember.enqueue(word)
    stop.set()
    assert jobs._run_tasks(stop, "w") == 0
    assert DONE == []


@pytest.mark.django_db(transaction=True)
def test_the_command(monkeypatch):
    monkeypatch.setattr("zimao.kernel.jobs_cli.stop_on_signals", lambda stop: None)
    jobs.every(60, "test.job", lambda now: None)
    answer = CliRunner().invoke(app, ["--once", "--json"])
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.output)
    assert (found["periodic"], found["stopped"]) == (1, False)
    assert "后台进程已结束" in CliRunner().invoke(app, ["--once"]).output


def test_sigterm_ends_the_process_cleanly(tmp_path):
    """A real process on a database of its own: it starts, is told to end, reports and leaves with 0."""
    environment = os.environ | {
        "ZIMAO_HOME": str(tmp_path),
        "ZIMAO_DATABASE_URL": f"sqlite:///{tmp_path / 'worker.sqlite3'}",
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[3]), *sys.path]),
        "DJANGO_SETTINGS_MODULE": "zimao.settings",
    }
    program = (
        "import django; django.setup()\n"
        "from django.core.management import call_command; call_command('migrate', verbosity=0)\n"
        "from zimao.kernel import jobs, jobs_cli\n"
        "jobs.step('say', lambda now, stop: print('round', flush=True) or 0)\n"
        "jobs_cli.app(['--json', '--idle', '30'])\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout.readline() == "round\n"
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert json.loads(out)["stopped"] is True
