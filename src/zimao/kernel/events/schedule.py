"""When to try again, and when to stop. Pure: the schedule and the chance are arguments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

__all__ = ["retry_after"]


def retry_after(attempts: int, schedule: Sequence[int], chance: float, *, jitter: float = 0.2) -> timedelta | None:
    """How long to wait after the ``attempts``-th failed attempt (from 1), or None when the schedule is used up.

    ``schedule`` is seconds before the second, third, ... attempt. ``chance`` in [0, 1) spreads the wait over
    ±``jitter`` of it, so that a receiver that comes back is not met by everybody at the same second.
    """
    if attempts < 1:
        raise ValueError("an attempt must have failed first")
    if attempts > len(schedule):
        return None
    return timedelta(seconds=schedule[attempts - 1] * (1 + jitter * (2 * chance - 1)))
