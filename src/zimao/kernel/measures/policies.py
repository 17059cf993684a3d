"""Who may use the lab. Predicates over an actor and a subject."""

from __future__ import annotations

from zimao.kernel.measures.scenario import LabSpec
from zimao.kernel.operations import Actor
from zimao.kernel.parties.roles import AUDITOR, ZONE_ADMIN

__all__ = ["may_run_lab"]


def may_run_lab(actor: Actor, spec: LabSpec) -> bool:
    """The zone's administrator, an auditor, and whom the service names: runs cost the worker's time."""
    return actor.has(ZONE_ADMIN, AUDITOR, *spec.roles)
