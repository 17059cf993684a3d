"""Reads that are the same all through one page: done once, shared by its parts, forgotten at its end.

A page has parts that do not know of each other (the case, its plan, a service's panel), and each asks for the calendar and
the tables in force. Inside :func:`reading` such a read is done once. Outside, and so in every operation, each read is fresh.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

__all__ = ["is_reading", "once", "reading"]

P = ParamSpec("P")
R = TypeVar("R")
_kept: ContextVar[dict[Hashable, Any] | None] = ContextVar("kept", default=None)


@contextmanager
def reading() -> Iterator[None]:
    """What is drawn inside may share its reads. For drawing only: nothing inside may change what is read ``once``."""
    if is_reading():
        yield
        return
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def is_reading() -> bool:
    """True inside :func:`reading`."""
    return _kept.get() is not None


def once(read: Callable[P, R]) -> Callable[P, R]:
    """``read`` with its answer kept by arguments, which must be hashable, until :func:`reading` ends. An error is not kept."""

    @functools.wraps(read)
    def shared(*args: P.args, **kwargs: P.kwargs) -> R:
        kept = _kept.get()
        if kept is None:
            return read(*args, **kwargs)
        key = (read, args, tuple(sorted(kwargs.items())))
        if key not in kept:
            kept[key] = read(*args, **kwargs)
        answer: R = kept[key]
        return answer

    return shared
