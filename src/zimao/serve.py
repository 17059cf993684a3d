"""``zimao serve``: the web server and one worker beside it, started, watched and stopped together.

The server is Granian with WSGI processes of one thread each (docs/decisions/0008-server-and-worker.md). It replaces its own
processes that fail; when it ends, everything ends with its exit code. The worker is started again when it ends by itself:
everything it does can be taken up where it was left.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from types import FrameType

import typer
from django.conf import settings

from zimao.demo import accounts
from zimao.kernel.errors import Refused
from zimao.kernel.parties import passwords
from zimao.kernel.text import Text, t

__all__ = ["Supervisor", "run"]

_READY_SECONDS = 90.0
_LONGEST_PAUSE = 30.0
_GRACE_SECONDS = 20.0
_ANYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104 - compared with, not listened on


@dataclass(slots=True)
class Supervisor:
    """The processes of one installation on this machine."""

    server: list[str]
    worker: list[str] | None
    environment: Mapping[str, str]
    stop: threading.Event = field(default_factory=threading.Event)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    failures: int = 0
    again_at: float = 0.0

    def start(self) -> None:
        """Start both processes."""
        self._spawn("server", self.server)
        if self.worker is not None:
            self._spawn("worker", self.worker)

    def watch(self) -> int:
        """Keep the worker alive until the server ends or ``stop`` is set; the exit code (0 when asked to stop)."""
        while not self.stop.wait(0.2):
            ended = self.running["server"].poll()
            if ended is not None:
                return ended or 1
            self._mend_worker()
        return 0

    def shut_down(self) -> None:
        """Ask every process to end after what it has in hand; what is left of them after the grace period is killed."""
        for process in self.running.values():
            if process.poll() is None:
                process.terminate()
        until = time.monotonic() + _GRACE_SECONDS
        for process in self.running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, until - time.monotonic()))
            # A server that is told to end while it starts leaves its own processes behind; they are in its group.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _spawn(self, name: str, command: list[str]) -> None:
        # A session of its own: Ctrl+C reaches this process only, and the order of ending is decided here.
        # Should this process be killed outright, the kernel asks its children to end (Linux).
        command = ["setpriv", "--pdeathsig", "TERM", "--", *command] if shutil.which("setpriv") else command
        self.running[name] = subprocess.Popen(command, env=dict(self.environment), start_new_session=True)  # noqa: S603 - our own commands

    def _mend_worker(self) -> None:
        """Start an ended worker again, at once the first time and then after longer and longer pauses."""
        worker = self.running.get("worker")
        if worker is None or self.worker is None or worker.poll() is None:
            return
        now = time.monotonic()
        if not self.again_at:
            pause = min(_LONGEST_PAUSE, 2.0**self.failures - 1)
            self.again_at, self.failures = now + pause, self.failures + 1
        if now >= self.again_at:
            self.again_at = 0.0
            self._spawn("worker", self.worker)


def run(*, host: str, port: int, workers: int, worker: bool, as_json: bool, language: str = "zh") -> int:
    """Serve until SIGTERM or SIGINT; the exit code. Refused (``serve.port``) when the port is taken."""
    _must_be_free(host, port)
    address = f"http://{'localhost' if host in _ANYWHERE else host}:{port}"
    environment = {"ZIMAO_PUBLIC_URL": address, **os.environ}
    supervisor = Supervisor(_server(host, port, workers), [sys.executable, "-m", "zimao.cli", "worker"] if worker else None, environment)

    def handle(signum: int, frame: FrameType | None) -> None:
        supervisor.stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    supervisor.start()
    try:
        if _answers(supervisor, host, port):
            _announce(address, as_json, language)
        return supervisor.watch()
    finally:
        supervisor.shut_down()


def _server(host: str, port: int, workers: int) -> list[str]:
    options = {
        "--interface": "wsgi",
        "--host": host,
        "--port": port,
        "--workers": workers,
        "--blocking-threads": 1,
        "--log-level": "warning",
    }
    given = [str(part) for option in options.items() for part in option]
    return [
        sys.executable,
        "-m",
        "granian",
        *given,
        "--no-ws",
        "--workers-kill-timeout",
        "8",
        "--respawn-failed-workers",
        "zimao.wsgi:application",
    ]


def _must_be_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            words = t(
                "无法监听 {host}:{port}（{why}），请用 --port 换一个端口", "Cannot listen on {host}:{port} ({why}); choose another --port"
            )
            raise Refused("serve.port", words.fill(host=host, port=port, why=error.strerror), "port") from error


def _answers(supervisor: Supervisor, host: str, port: int) -> bool:
    """Wait until the server answers a request, not only until the port is open; False when it ended or nobody waits any more."""
    until = time.monotonic() + _READY_SECONDS
    target = "127.0.0.1" if host in _ANYWHERE else host
    while time.monotonic() < until and not supervisor.stop.wait(0.2):
        if supervisor.running["server"].poll() is not None:
            return False
        connection = HTTPConnection(target, port, timeout=5)
        try:
            connection.request("GET", "/healthz", headers={"Host": f"localhost:{port}"})
            connection.getresponse().read()
            return True
        except (OSError, HTTPException):
            continue
        finally:
            connection.close()
    return False


def _announce(address: str, as_json: bool, language: str) -> None:
    shown = accounts() if settings.DEMO else []
    if as_json:
        rows = [{"username": one, "roles": role.into(language)} for one, role in shown]
        typer.echo(json.dumps({"address": address, "demo": settings.DEMO, "accounts": rows}, ensure_ascii=False))
    else:
        typer.echo("\n".join(line.into(language) for line in _lines(address, shown)))
    sys.stdout.flush()


def _lines(address: str, shown: Iterable[tuple[str, Text]]) -> Iterable[Text]:
    yield t("zimao 已启动：{address} （按 Ctrl+C 停止）", "zimao is running at {address} (Ctrl+C stops it)").fill(address=address)
    rows = list(shown)
    if rows:
        words = t("演示账户，密码均为 {password}：", "Demonstration accounts, all with the password {password}:")
        yield words.fill(password=passwords.DEMO_PASSWORD)
    for username, role in rows:
        yield t("  {username}  {role}", "  {username}  {role}").fill(username=f"{username:<20}", role=role)
