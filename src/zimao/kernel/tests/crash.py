"""Kills a process between any two writes of a piece of work, so that a test can say what is there afterwards.

    def step(number):                       # at the top of the test's module: the child imports it
        complete_task(act(), item_id=..., values=...)

    for death in deaths(partial(step, number)):
        assert state() in (before, after)

Each round runs the work in a child process of its own that ends without any clean-up (``os._exit``) just before its n-th write, or
just before or after a commit, for n = 1, 2, ... until a child lives to the end. Works on SQLite and on PostgreSQL; the test
needs ``transactional_db``, since a child sees only what is committed.

Children are forked from a clean server process that has the platform loaded and has never run anything: a fork of the test's
own process would inherit the dead threads of its libraries. So ``work`` is a function that can be imported, or a ``partial`` of
one with arguments that can be pickled, and what a test patched is not patched there. Settings that a test changed are.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from django.conf import settings
from django.db import connection, connections

__all__ = ["Death", "deaths", "die_at"]

_DIED, _FAILED = 77, 78
_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "COPY", "TRUNCATE", "SAVEPOINT", "RELEASE")
_PATIENCE_S = 120
_AFTER_COMMIT = "what follows the COMMIT"


@dataclass(frozen=True, slots=True)
class Death:
    """Where a child ended: before its ``point``-th write, ``next`` being what it was about to do; ``lived`` when it came to the end."""

    point: int
    next: str
    lived: bool = False

    @property
    def committed(self) -> bool:
        """True when work of one transaction must be there: the child died after the commit, or not at all."""
        return self.lived or self.next == _AFTER_COMMIT


def deaths(work: Callable[[], Any], *, most: int = 400) -> Iterator[Death]:
    """A child's death at each point of ``work`` in turn, the last one being a child that lived.

    What ``work`` returns is lost, what it commits stays: after each death the caller checks the database and puts it back where
    ``work`` can start again. AssertionError when ``work`` raises, when a child hangs, or when ``most`` deaths were not enough.
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
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["zimao.kernel.tests.crash_server"])
    reader, writer = context.Pipe(duplex=False)
    database = str(connections["default"].settings_dict["NAME"])
    child = context.Process(target=_live_and_die, args=(point, pickle.dumps(work), _settings(), database, writer))
    _start(child)
    writer.close()
    told = _heard(reader)
    child.join()
    assert not child.exitcode or child.exitcode == _DIED, f"the child ended with {child.exitcode} at point {point}: {told}"
    return Death(point, told, lived=child.exitcode == 0)


def _start(child: Any) -> None:
    """The server is started with the first child and finds modules where this process does."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    try:
        child.start()
    finally:
        os.environ.pop("PYTHONPATH") if before is None else os.environ.update(PYTHONPATH=before)


def _heard(reader: Connection) -> str:
    try:
        return str(reader.recv())
    except EOFError:
        return ""


def _settings() -> dict[str, Any]:
    """The settings of this moment, without those that cannot travel (a pickled module or function of a test, say)."""
    found = {}
    for name in dir(settings):
        if name.isupper():
            try:
                pickle.dumps(value := getattr(settings, name))
            except (pickle.PicklingError, AttributeError, TypeError):
                continue
            found[name] = value
    return found


def _live_and_die(point: int, work: bytes, changed: Mapping[str, Any], database: str, writer: Connection) -> NoReturn:
    signal.alarm(_PATIENCE_S)  # a child that waits for a lock for ever must not hold up the test run
    try:
        for name, value in changed.items():
            if getattr(settings, name, None) != value:
                setattr(settings, name, value)
        connections.databases["default"]["NAME"] = database
        call = pickle.loads(work)
        hook = _Hook(point, writer)
        hook.install()
        with connection.execute_wrapper(hook):
            call()
    except BaseException:
        writer.send(traceback.format_exc()[-3000:])
        os._exit(_FAILED)
    os._exit(0)


class _Hook:
    """Counts what the child writes and ends it at its point."""

    def __init__(self, point: int, writer: Connection) -> None:
        self.left = point
        self.writer = writer

    def install(self) -> None:
        connection.ensure_connection()
        commit = connection._commit

        def commit_between_two_points() -> None:
            self.about_to("COMMIT")
            commit()
            self.about_to(_AFTER_COMMIT)

        connection._commit = commit_between_two_points

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        words = str(sql)
        if words.lstrip("( ").upper().startswith(_WRITES):
            self.about_to(words[:200])
        return execute(sql, params, many, context)

    def about_to(self, what: str) -> None:
        self.left -= 1
        if self.left == 0:
            self.writer.send(what)
            os._exit(_DIED)
