"""How often one address may ask the public verification: enough for any counter, too little to use it as a file mill.

Codes have 115 random bits, so this does not guard against guessing; it guards the processor.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from zimao.kernel.errors import Unavailable
from zimao.kernel.parties.fields import blind_index
from zimao.kernel.text import Text, t

__all__ = ["TooManyRequests", "admit"]

_WINDOW_SECONDS = 60
_LIMITS = {"code": 60, "file": 12}


class TooManyRequests(Unavailable):
    """The address asked too often within a minute."""

    status: ClassVar[int] = 429
    title: ClassVar[Text] = t("请求过于频繁", "Too many requests")


def admit(request: HttpRequest, what: str) -> None:
    """Count one question of kind ``what`` (``code`` or ``file``); TooManyRequests beyond the limit of this minute.

    Counted in Django's cache: by process with the built-in one, over all processes with a shared one. The address itself
    is not kept.
    """
    key = f"documents-{what}-{blind_index(_address(request))}"
    cache.add(key, 0, _WINDOW_SECONDS)
    try:
        asked = cache.incr(key)
    except ValueError:  # the window ended between the two calls
        return
    if asked > _LIMITS[what]:
        raise TooManyRequests(
            "too_many_requests", t("核验请求过于频繁，请一分钟后再试", "Too many checks from your address; try again in a minute")
        )


def _address(request: HttpRequest) -> str:
    chain = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    behind: int = settings.TRUSTED_PROXIES
    return chain[-behind] if behind and len(chain) >= behind else str(request.META.get("REMOTE_ADDR", ""))
