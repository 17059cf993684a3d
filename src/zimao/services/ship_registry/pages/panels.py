"""What the service adds to the kernel's case page and task page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from zimao.kernel.cases.clock import CaseClock
from zimao.kernel.cases.models import Case, WorkItem
from zimao.kernel.cases.panels import ServiceWords
from zimao.kernel.operations import Act, Actor
from zimao.kernel.parties.models import AccessRecord
from zimao.kernel.parties.operations.access import record_look
from zimao.kernel.text import Text, t
from zimao.services.ship_registry.forms.codes import CERTIFICATES
from zimao.services.ship_registry.models import Application, Certificate
from zimao.services.ship_registry.pages.summary import summary
from zimao.services.ship_registry.parameters import parameters_on
from zimao.services.ship_registry.planning import material_names, target_on
from zimao.services.ship_registry.queries import earlier_findings, values_of
from zimao.services.ship_registry.rules import daily_saving

__all__ = ["WORDS", "case_panel", "task_panel"]

WORDS = ServiceWords(CERTIFICATES, material_names, panel_shows_tracks=True)
SAME_LOOK = timedelta(minutes=10)
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


def _read(case: Case) -> tuple[Application | None, dict[str, Certificate]]:
    """The application with its delivery, and its certificates by kind. What was filled in is read only when it is asked for.

    Certificates come with acceptance; from then on one query brings everything.
    """
    if case.accepted_at is not None:
        rows = Certificate.objects.filter(application__case=case).select_related("application__delivery", "document", "letter")
        found = {one.kind: one for one in rows.defer("application__values")}
        if found:
            return next(iter(found.values())).application, found
    return Application.objects.filter(case=case).select_related("delivery").defer("values").first(), {}


def _cards(found: Mapping[str, Certificate]) -> list[Card]:
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
    application, certificates = _read(case)
    if application is None:
        return None
    files = actor.acts_for(application.applicant_id, "ship_registry")
    face = _clock(case, case.zone.day(timezone.now()))
    return "ships/_case_panel.html", {
        "application": application,
        "cards": _cards(certificates),
        "clock": face,
        "delivery": getattr(application, "delivery", None),
        "shows_code": files,
        "may_correct": files and case.suspended,
        "saving": _saving(case, face, application) if files else None,
    }


def _saving(case: Case, face: ClockFace, application: Application) -> int | None:
    """R11 for the owner, in fen, once the case has ended: days saved against the old total, times the ship's own cost a day."""
    if not face.closed or case.status != Case.Status.COMPLETED:
        return None
    cost = values_of(application).get("daily_cost")
    if not isinstance(cost, int):
        return None
    before = sum(row["days"] for row in parameters_on(case.zone_id, case.zone.day(case.submitted_at)).rows("ship_periods_before"))
    return daily_saving(max(before - face.day, 0), cost * 100)


def task_panel(item: WorkItem, actor: Actor) -> tuple[str, Mapping[str, Any]] | None:
    """What was applied for, on the left of the desk's form; for an approver also what the examiner found."""
    application, certificate = _of_track(item)
    if application is None:
        return None
    own = actor.acts_for(application.applicant_id, "ship_registry")
    reveal = own or actor.has(*_REVEALS)
    if reveal and not own:
        _looked(actor, application, item)
    months = parameters_on(item.case.zone_id, item.case.zone.day(item.opened_at)).values()["results_kept_months"]
    return "ships/_task_panel.html", {
        "application": application,
        "sections": summary(values_of(application), reveal=reveal),
        "found": _found(certificate),
        "examiner": _examiner(item),
        "earlier": [(one, _found(one)) for one in earlier_findings(application, item.track, months=months)] if item.track else [],
        "track": CERTIFICATES.get(item.track),
        "corrects": item.element == "answer_correction",
    }


def _of_track(item: WorkItem) -> tuple[Application | None, Certificate | None]:
    """The application, and the certificate that the task is about when it is about one."""
    if item.track:
        rows = Certificate.objects.filter(application__case_id=item.case_id, kind=item.track)
        if (certificate := rows.select_related("application").first()) is not None:
            return certificate.application, certificate
    return Application.objects.filter(case_id=item.case_id).first(), None


def _looked(actor: Actor, application: Application, item: WorkItem) -> None:
    """Put the look on record. The same page again within ten minutes (refreshed, or refused and shown again) is the same look."""
    now, purpose = timezone.now(), f"{application.number} {item.element}"
    same = AccessRecord.objects.filter(user_id=actor.user_id or 0, party_id=application.applicant_id, field="case", purpose=purpose)
    if not same.filter(at__gt=now - SAME_LOOK, at__lte=now).exists():
        record_look(Act(actor, now), party=application.applicant_id, field="case", purpose=purpose)


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
    """The examination that an approver decides upon: the newest of the track."""
    if item.form != "approve":
        return None
    done = [one for one in item.case.work_items.all() if one.track == item.track and one.form == "examine" and one.done_at]
    return max(
        (one for one in done if one.status == WorkItem.Status.DONE), key=lambda one: (one.done_at or one.opened_at, one.pk), default=None
    )
