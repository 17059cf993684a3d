"""Kills a process between any two writes of a piece of work, so that a test can say what is there afterwards.

    for death in deaths(lambda: complete_task(act(), item_id=item.pk, values=values)):
        assert state() in (before, after)

Each round runs the work in a child process of its own that ends without any clean-up (``os._exit``) just before its n-th write, or
just before or after a commit, for n = 1, 2, ... until a child lives to the end. Works on SQLite and on PostgreSQL; the test
needs ``transactional_db``, since a child sees only what is committed. What the work writes must be committed by itself.
"""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from django.db import connection, connections

__all__ = ["Death", "deaths", "die_at"]

_DIED, _FAILED = 77, 78
_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "COPY", "TRUNCATE", "SAVEPOINT", "RELEASE")
_PATIENCE_S = 120


@dataclass(frozen=True, slots=True)
class Death:
    """Where a child ended: before its ``point``-th write, ``next`` being what it was about to do; ``lived`` when it came to the end."""

    point: int
    next: str
    lived: bool = False


def deaths(work: Callable[[], Any], *, most: int = 400) -> Iterator[Death]:
    """A child's death at each point of ``work`` in turn, the last one being a child that lived.

    ``work`` runs in a fork of this process with a connection of its own; what it returns is lost, what it writes stays. After each
    death the caller checks the database and puts it back where ``work`` can start again. AssertionError when ``work``
    raises, when a child hangs, or when ``most`` deaths were not enough.
    """
    for point in range(1, most + 1):
        death = die_at(point, work)
        yield death
        if death.lived:
            assert point > 1, "the work wrote nothing, so there was nothing to die at"
            return
    raise AssertionError(f"still writing after {most} points")


def die_at(point: int, work: Callable[[], Any]) -> Death:
    """Run ``work`` in a child that dies at its ``point``-th write (from 1)."""
    _hang_up()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _live_and_die(point, work, writer)
    os.close(writer)
    told = _heard(reader)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert not code or code == _DIED, f"the child ended with {code} at point {point}: {told}"
    return Death(point, told, lived=code == 0)


def _hang_up() -> None:
    """Connections and pools do not survive a fork; both sides open their own."""
    for one in connections.all(initialized_only=True):
        one.close()
        if one.vendor == "postgresql":
            one.close_pool()


def _heard(reader: int) -> str:
    with os.fdopen(reader, encoding="utf-8", errors="replace") as told:
        return told.read()


def _live_and_die(point: int, work: Callable[[], Any], writer: int) -> NoReturn:
    signal.alarm(_PATIENCE_S)  # a child that waits for a lock for ever must not hold up the test run
    hook = _Hook(point, writer)
    try:
        hook.install()
        with connection.execute_wrapper(hook):
            work()
    except BaseException:
        os.write(writer, traceback.format_exc()[-3000:].encode())
        os._exit(_FAILED)
    os._exit(0)


class _Hook:
    """Counts what the child writes and ends it at its point."""

    def __init__(self, point: int, writer: int) -> None:
        self.left = point
        self.writer = writer

    def install(self) -> None:
        connection.ensure_connection()
        commit = connection._commit

        def commit_between_two_points() -> None:
            self.about_to("COMMIT")
            commit()
            self.about_to("do what follows the COMMIT")

        connection._commit = commit_between_two_points

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        words = str(sql)
        if words.lstrip("( ").upper().startswith(_WRITES):
            self.about_to(words[:200])
        return execute(sql, params, many, context)

    def about_to(self, what: str) -> None:
        self.left -= 1
        if self.left == 0:
            os.write(self.writer, what.encode())
            os._exit(_DIED)
