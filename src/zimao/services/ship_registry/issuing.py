"""What the certificates and letters of a ship case say. The page itself, the seal and the number are the kernel's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from zimao.kernel.documents import Document, Fact, IssueRequest, issue
from zimao.kernel.operations import Act
from zimao.kernel.text import Text, t
from zimao.services.ship_registry.contents import lines_of, notes_of
from zimao.services.ship_registry.forms import ApplicationForm
from zimao.services.ship_registry.forms.codes import CERTIFICATES
from zimao.services.ship_registry.models import Application, Certificate
from zimao.services.ship_registry.parameters import Parameters, parameters_on
from zimao.services.ship_registry.queries import form_of
from zimao.services.ship_registry.rules import valid_until

__all__ = ["CERTIFICATE_KINDS", "LETTER_KINDS", "SEAL", "issue_certificate", "issue_refusal", "issue_refusal_of_acceptance"]

SEAL = "ship_registry"
_SERIES = {
    "ownership": "船所",
    "nationality": "船国",
    "manning": "船配",
    "interim_smc": "船安",
    "mmsi": "船标",
    "licence": "船电",
    "insurance": "船油",
}
LETTER_KINDS = [*(f"ship.letter.{kind}" for kind in CERTIFICATES), "ship.letter.acceptance"]
CERTIFICATE_KINDS = [f"ship.{kind}" for kind in CERTIFICATES]
_STATEMENTS = {
    "ownership": t(
        "兹证明下列船舶的所有权已依照《船舶登记条例》登记。",
        "The ownership of the ship below is registered under the Regulations on Ship Registration.",
    ),
    "nationality": t(
        "兹证明下列船舶具有中华人民共和国国籍，准予悬挂中华人民共和国国旗航行。",
        "The ship below has the nationality of the People's Republic of China and may sail under its flag.",
    ),
    "manning": t(
        "兹证明下列船舶按本证书所列人员配备时，视为安全配员。",
        "The ship below is considered safely manned when she carries at least the people listed.",
    ),
    "interim_smc": t(
        "兹证明下列船舶的安全管理体系符合签发临时证书的条件。",
        "The ship below meets the conditions for an interim safety management certificate.",
    ),
    "mmsi": t("兹为下列船舶指配水上移动业务标识码。", "The maritime mobile service identity below is assigned to the ship."),
    "licence": t("兹准予下列船舶设置、使用船舶电台。", "The ship below may carry and use a ship radio station."),
    "insurance": t(
        "兹证明下列船舶具有有效的油污损害民事责任保险。",
        "The ship below carries valid insurance for civil liability for oil pollution damage.",
    ),
}


def issue_certificate(act: Act, application: Application, certificate: Certificate) -> Document:
    """Make, number and seal one certificate; the same document when it was made before."""
    form = form_of(application)
    day = application.zone.day(act.at)
    parameters = parameters_on(application.zone_id, certificate.decided_on or day)
    lines = lines_of(certificate.kind, application, form, parameters)
    notes = notes_of(certificate.kind, parameters)
    return issue(
        act,
        request=IssueRequest(
            kind=f"ship.{certificate.kind}",
            subject=application.number,
            series=f"ship.{certificate.kind}/{day.year}",
            number_format=f"{application.zone_id}{_SERIES[certificate.kind]}〔{day.year}〕{{n:06d}}号",
            title=CERTIFICATES[certificate.kind],
            template="kernel/certificate",
            data={
                "statement": _both(_STATEMENTS[certificate.kind]),
                "facts": [line.printed() for line in lines],
                "notes": [_both(note) for note in notes],
            },
            seal=SEAL,
            valid_to=_valid_to(application, form, certificate, day, parameters),
            facts=[line.fact() for line in lines],
            holder_id=application.applicant_id,
        ),
    )


def _valid_to(application: Application, form: ApplicationForm, certificate: Certificate, day: date, parameters: Parameters) -> date | None:
    nationality = application.certificates.filter(kind="nationality").values_list("valid_to", flat=True).first()
    return valid_until(certificate.kind, day, parameters.values(), nationality_until=nationality, policy_until=form.insurance.valid_to)


def issue_refusal(act: Act, application: Application, certificate: Certificate, *, reason: str, article: str) -> Document:
    """The decision letter for one refused certificate: reason, article, and how to appeal (行政许可法 art. 38)."""
    title = t("不予行政许可决定书", "Decision of refusal")
    what = CERTIFICATES[certificate.kind]
    paragraphs = [
        t("您申请的“{what}”（办件编号{number}），经审查决定不予许可。", "Your application for the {what} (case {number}) is refused.").fill(
            what=what, number=application.number
        ),
        t("理由：{reason}", "Reason: {reason}").fill(reason=reason),
        t("依据：{article}", "Legal basis: {article}").fill(article=article),
        _appeal(application, application.zone.day(act.at)),
    ]
    return _letter(act, application, f"ship.letter.{certificate.kind}", title, paragraphs)


def issue_refusal_of_acceptance(act: Act, application: Application, reason: str) -> Document:
    """The letter that an application is not accepted (行政许可法 art. 32)."""
    paragraphs = [
        t(
            "您提交的船舶初始登记申请（编号{number}），决定不予受理。",
            "Your application for initial registration ({number}) is not accepted.",
        ).fill(number=application.number),
        t("理由：{reason}", "Reason: {reason}").fill(reason=reason),
        _appeal(application, application.zone.day(act.at)),
    ]
    return _letter(act, application, "ship.letter.acceptance", t("不予受理决定书", "Decision not to accept"), paragraphs)


def _appeal(application: Application, on: date) -> Text:
    values = parameters_on(application.zone_id, on).values()
    return t(
        "如不服本决定，可自收到之日起{days}日内申请行政复议，或者在{months}个月内提起行政诉讼。",
        "You may ask for administrative reconsideration within {days} days of receipt, or go to court within {months} months.",
    ).fill(days=values["reconsideration_days"], months=values["litigation_months"])


def _letter(act: Act, application: Application, kind: str, title: Text, paragraphs: Sequence[Text]) -> Document:
    year = application.zone.day(act.at).year
    name = application.applicant.name
    return issue(
        act,
        request=IssueRequest(
            kind=kind,
            subject=application.number,
            series=f"ship.letter/{year}",
            number_format=f"{application.zone_id}船决〔{year}〕{{n:06d}}号",
            title=title,
            template="kernel/letter",
            data={"addressee": {"zh": name, "en": name}, "paragraphs": [_both(one) for one in paragraphs]},
            seal=SEAL,
            facts=[Fact(t("办件编号", "Case"), application.number)],
            holder_id=application.applicant_id,
        ),
    )


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
