"""What an operator may set for events, with the values used when nothing is set.

EVENTS_WEBHOOK_RETRIES    seconds before each further attempt of a webhook; its length is the number of retries
EVENTS_HANDLER_RETRIES    the same for handlers of this process
EVENTS_LEASE_SECONDS      how long a worker may hold an item before another may take it
EVENTS_TIMEOUT_SECONDS    whole time a receiver has to answer
EVENTS_ALLOW_NETWORKS     networks (CIDR) outside the public internet that webhooks may reach, e.g. a government intranet
EVENTS_MAX_BYTES          largest message taken in at POST /events
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings

__all__ = ["allowed_networks", "handler_retries", "lease", "max_bytes", "timeout_seconds", "webhook_retries"]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# five quick tries for a restart of the receiver, then hours for its weekend: 3 days 4 hours in all
_WEBHOOK_RETRIES = (5, 30, 120, 600, 3600, 4 * 3600, 12 * 3600, 24 * 3600, 36 * 3600)
_HANDLER_RETRIES = (1, 5, 30, 300, 1800, 7200)


def _setting(name: str, default: Any) -> Any:
    return getattr(settings, name, default)


def webhook_retries() -> Sequence[int]:
    """Seconds before each further attempt of a webhook."""
    return tuple(_setting("EVENTS_WEBHOOK_RETRIES", _WEBHOOK_RETRIES))


def handler_retries() -> Sequence[int]:
    """Seconds before each further attempt of a handler."""
    return tuple(_setting("EVENTS_HANDLER_RETRIES", _HANDLER_RETRIES))


def lease() -> timedelta:
    """How long a worker may hold an item."""
    return timedelta(seconds=int(_setting("EVENTS_LEASE_SECONDS", 120)))


def timeout_seconds() -> float:
    """Whole time a receiver has to answer, name resolution included."""
    return float(_setting("EVENTS_TIMEOUT_SECONDS", 15))


def allowed_networks() -> tuple[Network, ...]:
    """Networks that are not public and that webhooks may reach all the same."""
    return tuple(ipaddress.ip_network(one) for one in _setting("EVENTS_ALLOW_NETWORKS", ()))


def max_bytes() -> int:
    """Largest message taken in."""
    return int(_setting("EVENTS_MAX_BYTES", 256 * 1024))
