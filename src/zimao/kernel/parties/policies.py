"""Who may do what to which object: ``rules`` predicates of an actor and a subject, to combine with ``&``, ``|`` and ``~``.

A subject is a party or a user, its primary key, or an object with a ``zone_id``; each predicate says which it takes.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from rules.predicates import Predicate

from zimao.kernel.operations import Actor
from zimao.kernel.parties.models import Mandate, Party, User, Zone
from zimao.kernel.parties.roles import APPLICANT, registered_roles

__all__ = ["acts_for", "holds_role", "is_self", "may_reveal", "principals_of", "same_zone"]


def _is_self(actor: Actor, subject: Party | User) -> bool:
    """The subject is the actor's own party or own sign-in."""
    if isinstance(subject, User):
        return actor.user_id is not None and actor.user_id == subject.pk
    return actor.party_id is not None and actor.party_id == subject.pk


is_self = Predicate(_is_self, "is_self")


def _same_zone(actor: Actor, subject: Any) -> bool:
    """The subject (a zone, its code, or anything with a ``zone_id``) lies in the actor's zone."""
    code = subject.pk if isinstance(subject, Zone) else getattr(subject, "zone_id", subject)
    return bool(actor.zone == code)


same_zone = Predicate(_same_zone, "same_zone")


def holds_role(*keys: str) -> Predicate:
    """The actor holds at least one of these roles; the subject does not matter."""

    def holds(actor: Actor, subject: Any) -> bool:
        return actor.has(*keys)

    return Predicate(holds, f"holds_role:{','.join(keys)}")


def acts_for(service: str, on: date) -> Predicate:
    """The subject (a party or its key) is the actor's own party, or gave it a mandate for ``service`` valid on ``on``.

    The same answer as ``Actor.acts_for`` for the day of the act, and for any other day too. Like there, only an applicant acts for
    others: an officer on duty does not decide over a party and act for it with one sign-in.
    """

    def acts(actor: Actor, subject: Party | int | None) -> bool:
        principal = subject.pk if isinstance(subject, Party) else subject
        if actor.party_id is None or principal is None:
            return False
        if actor.party_id == principal:
            return True
        if not actor.has(APPLICANT):
            return False
        held = Mandate.objects.valid_on(on, service)
        return held.filter(principal_id=principal, agent_id=actor.party_id).exists()

    return Predicate(acts, f"acts_for:{service}")


def may_reveal(on: date) -> Predicate:
    """The subject is the actor's own party or one with a mandate, or the actor holds a role that reveals, or is the platform."""

    def reveals(actor: Actor, subject: Party) -> bool:
        known = registered_roles()
        return any(key in known and known[key].reveals for key in actor.roles)

    return holds_role("system") | Predicate(reveals, "role_reveals") | acts_for("*", on)


def principals_of(actor: Actor, service: str, on: date) -> list[Party]:
    """The parties for which the actor may act in ``service`` on a day: the own one first, then those that gave a mandate."""
    if actor.party_id is None:
        return []
    own = Party.objects.get(pk=actor.party_id)
    if not actor.has(APPLICANT):
        return [own]
    given = Mandate.objects.valid_on(on, service).filter(agent_id=own.pk).values("principal_id")
    return [own, *Party.objects.filter(pk__in=given).exclude(pk=own.pk).order_by("pk")]
