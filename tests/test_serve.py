"""``zimao serve`` as a process: it answers, keeps its worker alive, says so when the port is taken, and ends cleanly."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator

import psutil
import pytest
from typer.testing import CliRunner

from zimao.cli import build
from zimao.kernel.errors import Refused
from zimao.serve import Supervisor

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
END = [sys.executable, "-c", "pass"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(600)",
]


def _until(condition, seconds: float = 60.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    made = Supervisor(SLEEP, SLEEP, dict(os.environ))
    yield made
    made.shut_down()


def test_a_worker_that_ends_is_started_again(supervisor):
    supervisor.start()
    watching = threading.Thread(target=supervisor.watch)
    watching.start()
    first = supervisor.running["worker"]
    first.kill()
    assert _until(lambda: supervisor.running["worker"] is not first and supervisor.running["worker"].poll() is None, 20)
    supervisor.stop.set()
    watching.join(10)
    assert not watching.is_alive()


def test_pauses_between_starts_of_a_worker_that_cannot_run_grow(supervisor):
    supervisor.worker = END
    supervisor.start()
    watching = threading.Thread(target=supervisor.watch)
    watching.start()
    assert _until(lambda: supervisor.failures >= 2, 20)
    assert supervisor.again_at == 0.0 or supervisor.again_at > time.monotonic() - 1
    assert supervisor.failures < 6
    supervisor.stop.set()
    watching.join(10)


def test_when_the_server_ends_everything_ends_with_its_code(supervisor):
    supervisor.server = [sys.executable, "-c", "raise SystemExit(3)"]
    supervisor.start()
    worker = supervisor.running["worker"]
    assert supervisor.watch() == 3
    supervisor.shut_down()
    assert worker.poll() is not None


def test_what_does_not_end_when_asked_is_killed(supervisor, monkeypatch):
    monkeypatch.setattr("zimao.serve._GRACE_SECONDS", 1.0)
    supervisor.server = STUBBORN
    supervisor.start()
    assert _until(lambda: psutil.Process(supervisor.running["server"].pid).num_threads() >= 1, 5)
    supervisor.shut_down()
    assert all(process.poll() is not None for process in supervisor.running.values())


def test_a_taken_port_is_said_before_anything_starts():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = CliRunner().invoke(build(), ["serve", "--port", str(taken.getsockname()[1])])
    assert isinstance(result.exception, Refused)
    assert result.exception.code == "serve.port"


@pytest.fixture(scope="module")
def installation(tmp_path_factory) -> dict[str, str]:
    """A home of its own with an empty database."""
    environment = {
        **os.environ,
        "ZIMAO_HOME": str(tmp_path_factory.mktemp("home")),
        "DJANGO_SETTINGS_MODULE": "zimao.settings",
        "LANG": "C",
    }
    environment.pop("ZIMAO_DATABASE_URL", None)
    subprocess.run([sys.executable, "-m", "zimao.cli", "migrate", "--json"], env=environment, check=True, stdout=subprocess.DEVNULL)
    return environment


@pytest.fixture
def serving(installation) -> Iterator[tuple[subprocess.Popen[str], str, int]]:
    """A server that has said its address; it and what it started are gone afterwards, whatever happens."""
    port = _free_port()
    command = [sys.executable, "-m", "zimao.cli", "serve", "--port", str(port), "--workers", "1", "--json"]
    process = subprocess.Popen(command, env=installation, stdout=subprocess.PIPE, text=True)
    try:
        yield process, json.loads(process.stdout.readline())["address"], port
    finally:
        left = [process, *psutil.Process(process.pid).children(recursive=True)] if process.poll() is None else []
        for one in left:
            one.kill()
        process.stdout.close()
        process.wait()


def _workers(process: subprocess.Popen[str]) -> list[psutil.Process]:
    found = []
    for child in psutil.Process(process.pid).children():
        with contextlib.suppress(psutil.Error):
            if child.status() != psutil.STATUS_ZOMBIE and child.cmdline()[-1:] == ["worker"]:
                found.append(child)
    return found


def test_it_serves_mends_and_ends(serving):
    process, address, port = serving
    assert address == f"http://127.0.0.1:{port}"
    with urllib.request.urlopen(f"{address}/healthz", timeout=20) as answer:
        assert json.load(answer) == {"status": "ok"}
    first = _workers(process)[0]
    first.kill()
    assert _until(lambda: any(one.pid != first.pid for one in _workers(process)))
    everything = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert not [one for one in everything if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))


@pytest.mark.parametrize("after", [0.5, 2.0, 3.5])
def test_nothing_is_left_when_it_is_stopped_while_it_starts(installation, after):
    command = [sys.executable, "-m", "zimao.cli", "serve", "--port", str(_free_port()), "--workers", "2"]
    process = subprocess.Popen(command, env=installation, stdout=subprocess.DEVNULL)
    seen: list[psutil.Process] = []
    assert _until(lambda: psutil.Process(process.pid).children())
    end = time.monotonic() + after
    while time.monotonic() < end:
        seen += [one for one in psutil.Process(process.pid).children(recursive=True) if one not in seen]
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert seen
    assert _until(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in seen), 10)


def test_nothing_is_left_when_it_is_killed_outright(serving):
    process, _, _ = serving
    everything = psutil.Process(process.pid).children(recursive=True)
    assert len(everything) >= 3
    process.kill()
    assert _until(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in everything), 30)
