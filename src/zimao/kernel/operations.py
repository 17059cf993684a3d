"""Every write is one operation.

An operation is a function that takes an :class:`Act` (who, when, with which idempotency key) and keyword arguments. The
decorator checks the roles, opens one transaction, answers a repeated key with the first result, and writes what the
function recorded to the evidence log and the outbox before the transaction commits. So a write is there whole, with its
proof and its announcement, or not at all. An operation that another one calls joins its transaction; when it fails, what it
wrote, recorded and emitted is undone, whether the caller goes on or not.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db import transaction
from django.utils.crypto import salted_hmac

from zimao.kernel import events, evidence
from zimao.kernel.errors import Conflict, NotAllowed
from zimao.kernel.journal import Entry, Message, Verb, register_verbs
from zimao.kernel.models import OperationKey
from zimao.kernel.results import keep, restore
from zimao.kernel.text import Text, t

__all__ = ["Act", "Actor", "Operation", "operation", "operations"]

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a signed-in user in one zone with the roles held there on that day, or the platform itself."""

    user_id: int | None
    party_id: int | None
    zone: str
    roles: frozenset[str]
    name: str
    language: str = "zh"
    # (party, service) pairs for which the actor holds a power of attorney on the day of the act; service "*" is every one
    principals: frozenset[tuple[int, str]] = frozenset()

    def acts_for(self, party_id: int, service: str) -> bool:
        """True when the actor is that party, or holds its power of attorney for the service or for all of them."""
        return party_id == self.party_id or not self.principals.isdisjoint({(party_id, service), (party_id, "*")})

    def principals_in(self, service: str) -> frozenset[int]:
        """The parties whose power of attorney covers ``service``; the actor's own party is not among them."""
        return frozenset(party_id for party_id, named in self.principals if named in {service, "*"})

    def has(self, *roles: str) -> bool:
        """True when the actor holds at least one of ``roles``."""
        return bool(self.roles.intersection(roles))


@dataclass(slots=True)
class Act:
    """One act: the actor, the instant (UTC), the caller's idempotency key, and what has been recorded so far."""

    actor: Actor
    at: datetime
    key: str = ""
    entries: list[Entry] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    depth: int = 0

    def record(self, verb: str, subject: str, data: Mapping[str, Any] | None = None, private: Mapping[str, Any] | None = None) -> None:
        """Put one line on the evidence log when the transaction ends well."""
        self.entries.append(Entry(verb, subject, data or {}, private or {}))

    def emit(self, type_: str, subject: str, data: Mapping[str, Any] | None = None) -> None:
        """Put one event in the outbox when the transaction ends well."""
        self.messages.append(Message(type_, subject, data or {}))

    def require(self, policy: Callable[[Actor, Any], bool], subject: Any) -> None:
        """Raise NotAllowed unless ``policy(actor, subject)`` holds (policies are ``rules`` predicates)."""
        if not policy(self.actor, subject):
            raise NotAllowed("policy", t("您无权对该对象执行此操作", "You may not do this to this object"))


@dataclass(frozen=True, slots=True)
class Operation:
    """What the platform knows of an operation: its name, the roles that may call it, the words for it."""

    name: str
    roles: frozenset[str]
    label: Text
    call: Callable[..., Any]


_OPERATIONS: dict[str, Operation] = {}


def operations() -> Mapping[str, Operation]:
    """Every operation by name: what the permission matrix test and the role page read."""
    return dict(_OPERATIONS)


def operation(
    name: str, *, roles: Iterable[str], label: Text
) -> Callable[[Callable[Concatenate[Act, P], R]], Callable[Concatenate[Act, P], R]]:
    """Declare an operation.

    ``name`` is also the evidence verb. ``roles`` are those that may call it at all (``*``: anyone signed in).
    """
    allowed = frozenset(roles)

    def declare(function: Callable[Concatenate[Act, P], R]) -> Callable[Concatenate[Act, P], R]:
        @functools.wraps(function)
        def run(act: Act, *args: P.args, **kwargs: P.kwargs) -> R:
            if "*" not in allowed and not act.actor.roles & allowed:
                raise NotAllowed(
                    "role",
                    t(
                        "您的岗位无权执行“{label}”，请由有此岗位的人员办理",
                        "Your role may not do “{label}”: it needs somebody who holds the role for it",
                    ).fill(label=label),
                )
            if act.depth:
                return _run_within(function, act, *args, **kwargs)
            return _run_once(name, function, act, *args, **kwargs)

        register_verbs(Verb(name, label))
        _OPERATIONS[name] = Operation(name, allowed, label, run)
        return run  # type: ignore[return-value]  # wraps() types the first parameter by name

    return declare


def _run_once(name: str, function: Callable[Concatenate[Act, P], R], act: Act, /, *args: P.args, **kwargs: P.kwargs) -> R:
    with transaction.atomic():
        known = _claim_key(name, act, args, kwargs) if act.key else None
        if known is not None and known.result:
            return restore(known.result)  # type: ignore[no-any-return]
        act.depth += 1
        try:
            result = function(act, *args, **kwargs)
            evidence.append(act.entries, at=act.at, actor=act.actor.user_id)
            events.enqueue(act.messages, at=act.at, zone=act.actor.zone)
        finally:
            act.depth -= 1
            act.entries.clear()
            act.messages.clear()
        if known is not None:
            known.result = keep(result)
            known.save(update_fields=["result"])
        return result


def _run_within(function: Callable[Concatenate[Act, P], R], act: Act, /, *args: P.args, **kwargs: P.kwargs) -> R:
    entries, messages = len(act.entries), len(act.messages)
    act.depth += 1
    try:
        with transaction.atomic():
            return function(act, *args, **kwargs)
    except BaseException:
        del act.entries[entries:], act.messages[messages:]
        raise
    finally:
        act.depth -= 1


def _claim_key(name: str, act: Act, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> OperationKey:
    """The row of this key, made now or found; the unique constraint makes the second of two racing calls wait, then find.

    The request is kept as a keyed hash: it may hold names and numbers that a plain hash would let somebody guess.
    """
    request = json.dumps([args, kwargs], default=str, sort_keys=True)
    digest = salted_hmac("zimao.operation", request, algorithm="sha256").hexdigest()
    row, made = OperationKey.objects.get_or_create(
        user_id=act.actor.user_id or 0, operation=name, key=act.key, defaults={"request_sha256": digest, "at": act.at}
    )
    if not made and row.request_sha256 != digest:
        raise Conflict("key_reused", t("同一幂等键用于不同的请求", "This idempotency key was used for a different request"))
    return row
