"""What the steps of a ship case mean in the service: the certificates, the register, the letters, the delivery."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from zimao.kernel.cases import operations as case_operations
from zimao.kernel.cases.models import Case, Suspension, WorkItem
from zimao.kernel.cases.processes import Decided
from zimao.kernel.cases.runtime import happened
from zimao.kernel.errors import Refused
from zimao.kernel.notices import notify
from zimao.kernel.operations import Act
from zimao.kernel.text import Text, t
from zimao.services.ship_registry import issuing, notices, register
from zimao.services.ship_registry.forms import AcceptForm, ApproveForm, CorrectionForm, DispatchForm, ExamineForm, MakeForm
from zimao.services.ship_registry.forms.codes import CERTIFICATES
from zimao.services.ship_registry.models import Application, Certificate, Delivery
from zimao.services.ship_registry.operations import checked_form
from zimao.services.ship_registry.parameters import applicability_model, parameters_on
from zimao.services.ship_registry.queries import form_of
from zimao.services.ship_registry.readiness import verdicts_of

__all__ = ["ShipHooks"]

EXAMINATIONS = ["examine_ownership", *(f"preexamine_{kind}" for kind in CERTIFICATES if kind != "ownership")]
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


class ShipHooks:
    """The service's side of each step (``kernel.cases.processes.CaseHooks``)."""

    def complete(self, act: Act, case: Case, item: WorkItem, form: BaseModel) -> Mapping[str, str | bool | int]:
        """Do what the form says and answer the one routing fact of the task."""
        application = Application.objects.select_related("zone", "applicant").get(case=case)
        return {item.element: _STEPS[type(form)](act, case, application, item, form)}

    def decide(self, act: Act, case: Case, decision: str, facts: Mapping[str, Any]) -> Decided:
        """R1 for this ship: which branches of the diagram are taken, and the seven rows that say why."""
        application = Application.objects.get(case=case)
        verdicts = verdicts_of(form_of(application))
        for kind, verdict in verdicts.items():
            status = Certificate.Status.PENDING if verdict.applies else Certificate.Status.NOT_APPLICABLE
            Certificate.objects.get_or_create(
                application=application,
                kind=kind,
                defaults={"status": status, "reason_zh": verdict.reason.zh, "reason_en": verdict.reason.en, "source": verdict.source},
            )
        trace = {kind: {"applies": verdict.applies, "rule": verdict.rule, "source": verdict.source} for kind, verdict in verdicts.items()}
        routing = {f"applies_{kind}": verdict.applies for kind, verdict in verdicts.items()}
        return Decided(routing, {"decision_sha256": applicability_model().sha256, **trace})

    def element_reached(self, act: Act, case: Case, element: str) -> None:
        """A predecessor was refused: the successor ends undecided, its findings are kept (R10)."""
        kind = element.removeprefix("end_").removesuffix("_not_decided")
        if kind in CERTIFICATES and element == f"end_{kind}_not_decided":
            Certificate.objects.filter(application__case=case, kind=kind).update(status=Certificate.Status.NOT_DECIDED)

    def closed(self, act: Act, case: Case) -> None:
        """Tell the owner how the case ended, and the world when a ship was registered."""
        application = Application.objects.select_related("applicant", "ship").get(case=case)
        words = notices.CLOSED[case.status]
        notify(
            act, to=application.applicant, template=words, dedupe=f"{case.number}/closed", subject=case.number, link=f"/ships/{case.number}"
        )
        if application.ship is not None and case.status == Case.Status.COMPLETED:
            data = {"register_number": application.ship.register_number, "port": application.ship.port}
            act.emit("ship.registered", case.number, data)


def _accept(act: Act, case: Case, application: Application, item: WorkItem, form: AcceptForm) -> str:
    if form.decision == "correct":
        if case.suspensions.filter(kind=Suspension.Kind.CORRECTION).exists():
            sentence = t("补正只能要求一次（行政许可法第三十二条）", "A correction may be asked for only once (行政许可法, art. 32)")
            raise Refused("corrected_before", sentence, "decision")
        day = application.zone.day(act.at)
        case_operations.stop_clock(act, case, kind=Suspension.Kind.CORRECTION, reason=form.reason, on=day)
        _tell(act, application, notices.CORRECTION, f"{case.number}/correction", reason=form.reason)
    elif form.decision == "accept":
        case.accepted_at = act.at
        happened(act, case, "case.accepted")
        _tell(act, application, notices.ACCEPTED, f"{case.number}/accepted")
    else:
        issuing.issue_refusal_of_acceptance(act, application, form.reason)
    return form.decision


def _correct(act: Act, case: Case, application: Application, item: WorkItem, form: CorrectionForm) -> str:
    day = application.zone.day(act.at)
    checked_form(application, parameters_on(application.zone_id, day))
    case_operations.start_clock(act, case, on=day)
    return "answered"


def _examine(act: Act, case: Case, application: Application, item: WorkItem, form: ExamineForm) -> str:
    certificate = _certificate(application, item.track)
    certificate.status = Certificate.Status.EXAMINED
    certificate.findings = json.dumps({"decision": form.decision, "findings": form.findings}, ensure_ascii=False)
    certificate.save(update_fields=["status", "findings"])
    return form.decision


def _approve(act: Act, case: Case, application: Application, item: WorkItem, form: ApproveForm) -> str:
    case_operations.refuse_same_person(act, case, EXAMINATIONS)
    certificate = _certificate(application, item.track)
    certificate.decided_on = application.zone.day(act.at)
    if form.decision == "approve":
        register.enter(act, application, item.track)
        certificate.status = Certificate.Status.APPROVED
    else:
        certificate.status = Certificate.Status.REFUSED
        certificate.letter = issuing.issue_refusal(act, application, certificate, reason=form.reason, article=form.article)
        _tell(
            act,
            application,
            notices.REFUSED,
            f"{case.number}/{item.track}/refused",
            certificate=CERTIFICATES[item.track],
            reason=form.reason,
        )
    certificate.save()
    return form.decision


def _make(act: Act, case: Case, application: Application, item: WorkItem, form: MakeForm) -> str:
    certificate = _certificate(application, item.track)
    document = issuing.issue_certificate(act, application, certificate)
    certificate.status = Certificate.Status.MADE
    certificate.document = document
    certificate.number = document.number
    certificate.issued_on = application.zone.day(act.at)
    certificate.valid_to = document.valid_to
    certificate.save()
    happened(act, case, "document.issued", element=item.element, track=item.track, data={"number": document.number})
    return "made"


def _dispatch(act: Act, case: Case, application: Application, item: WorkItem, form: DispatchForm) -> str:
    delivery = Delivery.objects.select_for_update().get(application=application)
    delivery.kind = form.kind
    if form.kind == "pick_up":
        delivery.pick_up_code = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    else:
        delivery.tracking_number = form.tracking_number
        delivery.handed_over_at = act.at
        application.certificates.filter(status=Certificate.Status.MADE).update(status=Certificate.Status.HANDED_OVER)
        happened(act, case, "delivery.handed_over", data={"kind": form.kind})
    delivery.save()
    values = {"code": delivery.pick_up_code or "-", "tracking": form.tracking_number or "-"}
    _tell(act, application, notices.DISPATCHED[form.kind], f"{case.number}/dispatched", **values)
    return "dispatched"


_Step = Callable[[Act, Case, Application, WorkItem, Any], str]
_STEPS: Mapping[type[BaseModel], _Step] = {
    AcceptForm: _accept,
    CorrectionForm: _correct,
    ExamineForm: _examine,
    ApproveForm: _approve,
    MakeForm: _make,
    DispatchForm: _dispatch,
}


def _certificate(application: Application, kind: str) -> Certificate:
    return Certificate.objects.select_for_update().get(application=application, kind=kind)


def _tell(act: Act, application: Application, template: Any, dedupe: str, **values: str | Text) -> None:
    notify(
        act,
        to=application.applicant,
        template=template,
        dedupe=dedupe,
        values=values,
        link=f"/ships/{application.number}",
        subject=application.number,
    )
