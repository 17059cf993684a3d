"""One round of the outbox. Any number of workers may call it at the same time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from zimao.kernel.events.delivering import deliver
from zimao.kernel.events.fanout import fan_out
from zimao.kernel.events.running import run_handlers

__all__ = ["Stats", "dispatch_once"]


@dataclass(frozen=True, slots=True)
class Stats:
    """What a round did: messages fanned out, handler runs and webhook deliveries done, failed (to be retried or not), given up."""

    messages: int = 0
    handled: int = 0
    handler_failures: int = 0
    delivered: int = 0
    delivery_failures: int = 0
    dead: int = 0

    @property
    def busy(self) -> bool:
        """True when the round found anything to do, so the next one should follow at once."""
        return bool(self.messages or self.handled or self.handler_failures or self.delivered or self.delivery_failures)


def _never() -> bool:
    return False


def dispatch_once(now: datetime, limit: int = 100, *, should_stop: Callable[[], bool] = _never) -> Stats:
    """Fan out up to ``limit`` messages, run up to ``limit`` handlers, post one round of webhooks.

    Webhooks get a message at least once and know a repetition by its id; a handler's effect on the database happens
    exactly once. ``should_stop`` is asked between items.
    """
    messages = fan_out(now, limit)
    handled = run_handlers(now, limit, should_stop)
    if should_stop():
        return Stats(messages, handled.done, handled.failed, dead=handled.dead)
    posted = deliver(now)
    return Stats(messages, handled.done, handled.failed, posted.done, posted.failed, handled.dead + posted.dead)
