"""Who may do what to a case. Predicates over (actor, subject), in the manner of the ``rules`` library."""

from __future__ import annotations

import rules

from zimao.kernel.cases.models import Case, WorkItem
from zimao.kernel.cases.processes import process
from zimao.kernel.operations import Actor

__all__ = ["files_for_applicant", "may_do_item", "may_see_case", "supervises"]


@rules.predicate
def files_for_applicant(actor: Actor, case: Case) -> bool:
    """The actor is the applicant, or holds a mandate of the applicant for this service today."""
    return actor.acts_for(case.applicant_id, case.service)


@rules.predicate
def supervises(actor: Actor, case: Case) -> bool:
    """The actor is the supervisor of the service in the case's zone."""
    return actor.zone == case.zone_id and actor.has(process(case.process_key).supervisor)


@rules.predicate
def holds_lane(actor: Actor, subject: tuple[Case, WorkItem]) -> bool:
    """The actor holds the role of the task's lane in the case's zone."""
    case, item = subject
    return actor.zone == case.zone_id and item.role != "applicant" and actor.has(item.role)


@rules.predicate
def answers_as_applicant(actor: Actor, subject: tuple[Case, WorkItem]) -> bool:
    """The task is the applicant's, and the actor files for the applicant."""
    case, item = subject
    return item.role == "applicant" and bool(files_for_applicant(actor, case))


may_do_item = holds_lane | answers_as_applicant


@rules.predicate
def works_on_case(actor: Actor, case: Case) -> bool:
    """The actor holds the role of a lane of the case's diagram, in the case's zone."""
    prefix = f"{case.service}."
    return actor.zone == case.zone_id and any(role.startswith(prefix) for role in actor.roles)


may_see_case = files_for_applicant | supervises | works_on_case
