"""What the service adds to the kernel's case page and task page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from zimao.kernel.cases.clock import CaseClock
from zimao.kernel.cases.models import Case, WorkItem
from zimao.kernel.cases.panels import ServiceWords
from zimao.kernel.operations import Act, Actor
from zimao.kernel.parties.operations.access import record_look
from zimao.kernel.text import Text, t
from zimao.services.ship_registry.forms.codes import CERTIFICATES
from zimao.services.ship_registry.models import Application, Certificate, Delivery
from zimao.services.ship_registry.pages.summary import summary
from zimao.services.ship_registry.parameters import parameters_on
from zimao.services.ship_registry.planning import material_names, target_on
from zimao.services.ship_registry.queries import earlier_findings, values_of
from zimao.services.ship_registry.rules import daily_saving

__all__ = ["WORDS", "case_panel", "task_panel"]

WORDS = ServiceWords(CERTIFICATES, material_names)
_REVEALS = frozenset(f"ship_registry.{desk}" for desk in ("acceptance", "registration", "approver", "certificate_room", "supervisor"))
_KINDS: Mapping[str, str] = {
    "not_applicable": "neutral",
    "pending": "info",
    "examined": "info",
    "approved": "primary",
    "made": "success",
    "handed_over": "success",
    "refused": "danger",
    "not_decided": "warning",
}
_STATUSES: Mapping[str, Text] = {
    "not_applicable": t("不适用", "Does not apply"),
    "pending": t("待审查", "To be examined"),
    "examined": t("已审查", "Examined"),
    "approved": t("已批准", "Approved"),
    "refused": t("不予许可", "Refused"),
    "not_decided": t("前置未获批，不予决定", "Not decided: predecessor refused"),
    "made": t("已制证", "Made"),
    "handed_over": t("已送达", "Handed over"),
}
_FINDINGS: Mapping[str, Text] = {"pass": t("建议准予", "Recommend approval"), "fail": t("建议不予", "Recommend refusal")}


@dataclass(frozen=True, slots=True)
class Card:
    """One certificate on the case page."""

    certificate: Certificate
    name: Text
    status: Text
    kind: str
    reason: Text | None


def _cards(application: Application) -> list[Card]:
    found = {one.kind: one for one in application.certificates.select_related("document", "letter")}
    return [
        Card(
            one,
            name,
            _STATUSES[one.status],
            _KINDS[one.status],
            Text(one.reason_zh, one.reason_en) if one.reason_zh and one.status == Certificate.Status.NOT_APPLICABLE else None,
        )
        for kind, name in CERTIFICATES.items()
        if (one := found.get(kind)) is not None
    ]


@dataclass(frozen=True, slots=True)
class ClockFace:
    """Day ``day`` of ``target``; ``running`` False while a correction or a review is waited for."""

    day: int
    target: int
    running: bool
    closed: bool


def _clock(case: Case, today: date) -> ClockFace:
    clock = CaseClock.of(case)
    end = clock.day(case.closed_at) if case.closed_at else today
    start = clock.day(case.submitted_at)
    return ClockFace(clock.elapsed(case.submitted_at, end), target_on(case.zone_id, start), clock.running, case.closed_at is not None)


def case_panel(case: Case, actor: Actor) -> tuple[str, Mapping[str, Any]] | None:
    """The seven certificates, the clock, the delivery, what is saved."""
    application = Application.objects.select_related("zone", "applicant", "ship").filter(case=case).first()
    if application is None:
        return None
    files = actor.acts_for(application.applicant_id, "ship_registry")
    face = _clock(case, case.zone.day(timezone.now()))
    values = values_of(application) if files else {}
    delivery = Delivery.objects.filter(application=application).first()
    return "ships/_case_panel.html", {
        "application": application,
        "cards": _cards(application),
        "clock": face,
        "delivery": delivery,
        "shows_code": files,
        "may_correct": files and case.suspended,
        "saving": _saving(case, face, values),
    }


def _saving(case: Case, face: ClockFace, values: Mapping[str, Any]) -> int | None:
    """R11 for the owner, in fen, once the case has ended: days saved against the old total, times the ship's own cost a day."""
    cost = values.get("daily_cost")
    if not (face.closed and isinstance(cost, int) and case.status == Case.Status.COMPLETED):
        return None
    before = sum(row["days"] for row in parameters_on(case.zone_id, case.zone.day(case.submitted_at)).rows("ship_periods_before"))
    return daily_saving(max(before - face.day, 0), cost * 100)


def task_panel(item: WorkItem, actor: Actor) -> tuple[str, Mapping[str, Any]] | None:
    """What was applied for, on the left of the desk's form; for an approver also what the examiner found."""
    application = Application.objects.select_related("zone", "applicant", "filed_by__party").filter(case_id=item.case_id).first()
    if application is None:
        return None
    reveal = actor.has(*_REVEALS) or actor.acts_for(application.applicant_id, "ship_registry")
    if reveal and not actor.acts_for(application.applicant_id, "ship_registry"):
        purpose = f"{application.number} {item.element}"
        record_look(Act(actor, timezone.now()), party=application.applicant_id, field="case", purpose=purpose)
    certificate = application.certificates.filter(kind=item.track).first()
    months = parameters_on(application.zone_id, application.zone.day(item.opened_at)).values()["results_kept_months"]
    return "ships/_task_panel.html", {
        "application": application,
        "sections": summary(values_of(application), reveal=reveal),
        "found": _found(certificate),
        "examiner": _examiner(item),
        "earlier": [(one, _found(one)) for one in earlier_findings(application, item.track, months=months)] if item.track else [],
        "track": CERTIFICATES.get(item.track),
        "corrects": item.element == "answer_correction",
    }


def _found(certificate: Certificate | None) -> dict[str, Any] | None:
    if certificate is None or not certificate.findings:
        return None
    kept = json.loads(certificate.findings)
    return {
        "decision": _FINDINGS.get(kept.get("decision", "")),
        "failed": kept.get("decision") == "fail",
        "words": kept.get("findings", ""),
    }


def _examiner(item: WorkItem) -> WorkItem | None:
    done = WorkItem.objects.filter(case_id=item.case_id, track=item.track, form="examine", status=WorkItem.Status.DONE)
    return done.order_by("-done_at").first() if item.form == "approve" else None
