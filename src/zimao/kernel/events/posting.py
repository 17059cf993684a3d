"""Signed posts to the outside: Standard Webhooks signatures, one deadline for the whole exchange, no redirects.

Receivers of one lane are called one after the other, lanes side by side; a lane stops at its first failure, so a receiver
that hangs costs one deadline a round and delays nobody else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
from standardwebhooks import Webhook

from zimao.kernel.errors import ZimaoError
from zimao.kernel.events import policy
from zimao.kernel.events.addresses import Target, check_url, choose, resolve

__all__ = ["Letter", "Receipt", "post_all", "signature_headers"]

_LANES_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Letter:
    """One signed post. ``id`` is the receiver's means to know a repetition; ``secrets`` holds the current one first."""

    id: str
    url: str
    body: bytes
    secrets: tuple[str, ...]
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of a letter: the status code, or the error. ``posted`` is False when its lane had stopped before it."""

    code: int | None = None
    error: str = ""
    posted: bool = True

    @property
    def accepted(self) -> bool:
        """True for a 2xx answer."""
        return self.code is not None and 200 <= self.code < 300


def signature_headers(letter: Letter, now: datetime) -> dict[str, str]:
    """The three headers of Standard Webhooks; while a secret is being changed there is one signature for each secret."""
    instant = now.astimezone(UTC)
    text = letter.body.decode()
    signatures = [Webhook(secret).sign(msg_id=letter.id, timestamp=instant, data=text) for secret in letter.secrets]
    return {"webhook-id": letter.id, "webhook-timestamp": str(int(instant.timestamp())), "webhook-signature": " ".join(signatures)}


def post_all(lanes: Sequence[Sequence[Letter]], now: datetime) -> list[list[Receipt]]:
    """Post every letter; the receipts have the shape of ``lanes``. Touches no database. Never raises for a receiver's fault."""
    return asyncio.run(_post_lanes(lanes, now)) if lanes else []


async def _post_lanes(lanes: Sequence[Sequence[Letter]], now: datetime) -> list[list[Receipt]]:
    gate = asyncio.Semaphore(_LANES_AT_ONCE)
    limits = httpx.Limits(max_keepalive_connections=0)  # a kept connection would outlive the check of its address
    async with httpx.AsyncClient(follow_redirects=False, trust_env=False, limits=limits, timeout=policy.timeout_seconds()) as client:
        return list(await asyncio.gather(*(_post_lane(client, gate, lane, now) for lane in lanes)))


async def _post_lane(client: httpx.AsyncClient, gate: asyncio.Semaphore, lane: Sequence[Letter], now: datetime) -> list[Receipt]:
    receipts: list[Receipt] = []
    async with gate:
        for letter in lane:
            receipts.append(await _post(client, letter, now))
            if not receipts[-1].accepted:
                break
    return receipts + [Receipt(posted=False)] * (len(lane) - len(receipts))


async def _post(client: httpx.AsyncClient, letter: Letter, now: datetime) -> Receipt:
    try:
        async with asyncio.timeout(policy.timeout_seconds()):
            return await _exchange(client, letter, now)
    except TimeoutError:
        return Receipt(error=f"no answer within {policy.timeout_seconds():g} s")
    except ZimaoError as error:
        return Receipt(error=f"{error.code}: {error.sentence.en}")
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        return Receipt(error=f"{type(error).__name__}: {error}"[:500])


async def _exchange(client: httpx.AsyncClient, letter: Letter, now: datetime) -> Receipt:
    host, port, secure = check_url(letter.url)
    target = choose(host, await resolve(host, port), policy.allowed_networks(), secure=secure)
    url, headers = _pinned(letter.url, target)
    headers |= signature_headers(letter, now) | {"Content-Type": letter.content_type, "User-Agent": "zimao-webhooks"}
    async with client.stream("POST", url, content=letter.body, headers=headers, extensions={"sni_hostname": host}) as response:
        code = response.status_code  # the body is not read: nothing in it is needed, and it may be endless
    return Receipt(code=code, error="" if 200 <= code < 300 else f"HTTP {code}")


def _pinned(url: str, target: Target) -> tuple[httpx.URL, dict[str, str]]:
    """The address with the host replaced by the checked IP address, and the Host line with the name."""
    named = httpx.URL(url)
    return named.copy_with(host=str(target.address)), {"Host": named.netloc.decode()}
