"""Handlers of this process: who wants which messages. Registered by name from an app's ``ready``, never found by scanning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zimao.kernel.events.patterns import is_pattern, matches

__all__ = ["Event", "Handler", "handler_named", "handlers", "handlers_for", "on"]


@dataclass(frozen=True, slots=True)
class Event:
    """A message as a handler sees it. ``id`` is the CloudEvents id; ``origin`` is empty for our own messages."""

    id: str
    type: str
    subject: str
    zone: str
    data: Mapping[str, Any]
    at: datetime
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Handler:
    """A function that is called once per message whose type falls under ``pattern``."""

    name: str
    pattern: str
    call: Callable[[Event], None]
    inbound: bool


_HANDLERS: dict[str, Handler] = {}


def on(pattern: str, handler: Callable[[Event], None], name: str, *, inbound: bool = False) -> None:
    """Call ``handler`` for every message whose type falls under ``pattern``, from now on.

    ``name`` stays the same for ever: it is how the platform knows that this handler has had this message. A handler does
    its work in the database only (that is what makes it happen once); calls to the outside are messages of their own.
    With ``inbound`` it hears registered outside sources, and only those; without it, only our own services, so that no
    source outside can speak in the name of a service. ValueError for a bad pattern or a name that is taken.
    """
    if not is_pattern(pattern):
        raise ValueError(f"not a pattern: {pattern!r}")
    known = _HANDLERS.get(name)
    if known is not None and known.call is not handler:
        raise ValueError(f"two handlers are called {name!r}")
    _HANDLERS[name] = Handler(name, pattern, handler, inbound)


def handlers() -> Mapping[str, Handler]:
    """Every handler by name."""
    return dict(_HANDLERS)


def handler_named(name: str) -> Handler | None:
    """The handler called ``name``, or None when this process has none."""
    return _HANDLERS.get(name)


def handlers_for(type_: str, *, inbound: bool) -> list[Handler]:
    """The handlers that want a message of ``type_`` from outside (``inbound``) or from our own services."""
    return [handler for handler in _HANDLERS.values() if handler.inbound == inbound and matches(handler.pattern, type_)]
