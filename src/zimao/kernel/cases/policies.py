"""Who may do what to a case. Predicates over (actor, subject), in the manner of the ``rules`` library."""

from __future__ import annotations

from rules.predicates import Predicate

from zimao.kernel.cases.models import Case, WorkItem
from zimao.kernel.cases.processes import process
from zimao.kernel.operations import Actor

__all__ = ["files_for_applicant", "may_do_item", "may_see_case", "supervises"]


def _files_for_applicant(actor: Actor, case: Case) -> bool:
    """The actor is the applicant, or holds a mandate of the applicant for this service today."""
    return actor.acts_for(case.applicant_id, case.service)


files_for_applicant = Predicate(_files_for_applicant, "files_for_applicant")


def _supervises(actor: Actor, case: Case) -> bool:
    """The actor is the supervisor of the service in the case's zone."""
    return actor.zone == case.zone_id and actor.has(process(case.process_key).supervisor)


supervises = Predicate(_supervises, "supervises")


def _holds_lane(actor: Actor, subject: tuple[Case, WorkItem]) -> bool:
    """The actor holds the role of the task's lane in the case's zone."""
    case, item = subject
    return actor.zone == case.zone_id and item.role != "applicant" and actor.has(item.role)


holds_lane = Predicate(_holds_lane, "holds_lane")


def _answers_as_applicant(actor: Actor, subject: tuple[Case, WorkItem]) -> bool:
    """The task is the applicant's, and the actor files for the applicant."""
    case, item = subject
    return item.role == "applicant" and bool(files_for_applicant(actor, case))


answers_as_applicant = Predicate(_answers_as_applicant, "answers_as_applicant")


may_do_item = holds_lane | answers_as_applicant


def _works_on_case(actor: Actor, case: Case) -> bool:
    """The actor holds the role of a lane of the case's diagram, in the case's zone."""
    prefix = f"{case.service}."
    return actor.zone == case.zone_id and any(role.startswith(prefix) for role in actor.roles)


works_on_case = Predicate(_works_on_case, "works_on_case")


may_see_case = files_for_applicant | supervises | works_on_case
