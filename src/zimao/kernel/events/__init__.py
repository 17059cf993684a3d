"""The outbox: how services hear of each other, and how the world outside hears of them.

``enqueue`` puts messages down inside the writer's transaction; ``on`` registers a handler of this process; ``dispatch_once``
carries messages to handlers and webhooks. CloudEvents 1.0 in and out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zimao.kernel._door import lazy_door

if TYPE_CHECKING:
    from zimao.kernel.events.addresses import check_url
    from zimao.kernel.events.dispatch import Stats, dispatch_once
    from zimao.kernel.events.handlers import Event, Handler, on
    from zimao.kernel.events.leases import give_back_lease, skip_taken, take_lease, unheld
    from zimao.kernel.events.outbox import enqueue
    from zimao.kernel.events.periodic import every, run_periodic
    from zimao.kernel.events.posting import Letter, Receipt, post_all
    from zimao.kernel.events.schedule import retry_after

__all__ = [
    "Event",
    "Handler",
    "Letter",
    "Receipt",
    "Stats",
    "check_url",
    "dispatch_once",
    "enqueue",
    "every",
    "give_back_lease",
    "on",
    "post_all",
    "retry_after",
    "run_periodic",
    "skip_taken",
    "take_lease",
    "unheld",
]

__getattr__, __dir__ = lazy_door(
    __name__,
    {
        "Event": ".handlers",
        "Handler": ".handlers",
        "Letter": ".posting",
        "Receipt": ".posting",
        "Stats": ".dispatch",
        "check_url": ".addresses",
        "dispatch_once": ".dispatch",
        "enqueue": ".outbox",
        "every": ".periodic",
        "give_back_lease": ".leases",
        "on": ".handlers",
        "post_all": ".posting",
        "retry_after": ".schedule",
        "run_periodic": ".periodic",
        "skip_taken": ".leases",
        "take_lease": ".leases",
        "unheld": ".leases",
    },
)
