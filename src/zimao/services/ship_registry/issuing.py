"""What the certificates and letters of a ship case say. The page itself, the seal and the number are the kernel's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from zimao.kernel.documents import Document, Fact, IssueRequest, issue
from zimao.kernel.operations import Act
from zimao.kernel.text import Text, t
from zimao.services.ship_registry.forms import ApplicationForm
from zimao.services.ship_registry.forms.codes import AREAS, CERTIFICATES, HULLS, OIL, SHIP_TYPES
from zimao.services.ship_registry.models import Application, Certificate
from zimao.services.ship_registry.parameters import Parameters, parameters_on
from zimao.services.ship_registry.queries import form_of
from zimao.services.ship_registry.ratings import RATINGS
from zimao.services.ship_registry.rules import facts_of, minimum_manning, valid_until

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
    facts = [*_common(application, form), *_OWN_FACTS[certificate.kind](application, form, parameters)]
    return issue(
        act,
        request=IssueRequest(
            kind=f"ship.{certificate.kind}",
            subject=application.number,
            series=f"ship.{certificate.kind}/{day.year}",
            number_format=f"{application.zone_id}{_SERIES[certificate.kind]}〔{day.year}〕{{n:06d}}号",
            title=CERTIFICATES[certificate.kind],
            template="kernel/certificate",
            data={"statement": _both(_STATEMENTS[certificate.kind]), "facts": [_line(fact) for fact in facts]},
            seal=SEAL,
            valid_to=_valid_to(application, form, certificate, day, parameters),
            facts=facts,
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


def _line(fact: Fact) -> dict[str, str]:
    return {**_both(fact.label), "value": fact.value}


def _common(application: Application, form: ApplicationForm) -> list[Fact]:
    ship, built = form.ship, form.particulars
    number = application.ship.register_number if application.ship else "—"
    return [
        Fact(t("船名", "Name of ship"), f"{ship.name_zh}  {ship.name_en}"),
        Fact(t("登记号码", "Official number"), number),
        Fact(t("船舶识别号", "Ship identification number"), ship.identification_number),
        Fact(t("船籍港", "Port of registry"), built.port),
        Fact(t("船舶种类", "Type of ship"), str(SHIP_TYPES[built.ship_type])),
        Fact(t("总吨 / 净吨", "Gross / net tonnage"), f"{built.gross_tonnage} / {built.net_tonnage}"),
    ]


def _ownership(application: Application, form: ApplicationForm, parameters: Parameters) -> list[Fact]:
    built = form.particulars
    owners = [
        Fact(t("船舶所有人及份额", "Owner and share"), f"{one.name} {one.share}%", personal=one.kind == "person") for one in form.owners
    ]
    return [
        *owners,
        Fact(t("取得所有权日期", "Ownership acquired on"), form.contract.delivered_on.isoformat()),
        Fact(t("建造厂及地点", "Builder and place"), f"{built.builder}，{built.place_built}"),
        Fact(t("建造完工日期", "Completed"), built.completed.isoformat()),
        Fact(t("船体材料", "Hull material"), str(HULLS[built.hull])),
        Fact(t("总长 × 型宽 × 型深（米）", "Length × breadth × depth (m)"), f"{built.length} × {built.breadth} × {built.depth}"),
    ]


def _nationality(application: Application, form: ApplicationForm, parameters: Parameters) -> list[Fact]:
    built = form.particulars
    return [
        Fact(t("航区", "Navigation area"), str(AREAS[built.area])),
        Fact(t("主机", "Main engine"), f"{built.engine_kind} {built.engine_count} × {built.engine_power} kW"),
    ]


def _manning(application: Application, form: ApplicationForm, parameters: Parameters) -> list[Fact]:
    built = form.particulars
    facts = facts_of(ship_type=built.ship_type, gross_tonnage=built.gross_tonnage, area=built.area, oil=built.oil, radio=built.radio)
    crew = minimum_manning(
        parameters.rows("ship_manning"), voyage=facts.voyage, gt=built.gross_tonnage, kw=built.engine_power, automation=built.automation
    )
    listed = [Fact(RATINGS[rating], f"{number}") for ratings in crew.crew.values() for rating, number in ratings.items()]
    return [*listed, Fact(t("合计", "Total"), f"{crew.total}")]


def _interim_smc(application: Application, form: ApplicationForm, parameters: Parameters) -> list[Fact]:
    manager = form.manager
    name = form.owners[0].name if manager.is_owner else manager.name
    return [Fact(t("管理公司", "Company"), name), Fact(t("符合证明编号", "Document of Compliance"), manager.doc_number)]


def _mmsi(application: Application, form: ApplicationForm, parameters: Parameters) -> list[Fact]:
    mmsi = (application.ship.mmsi if application.ship else "") or "—"
    return [Fact(t("标识码", "MMSI"), mmsi), Fact(t("呼号", "Call sign"), form.ship.call_sign or "—")]


def _licence(application: Application, form: ApplicationForm, parameters: Parameters) -> list[Fact]:
    equipment = [Fact(t("设备", "Equipment"), f"{one.kind} {one.model}（{one.type_approval}）") for one in form.radio]
    return [*_mmsi(application, form, parameters), *equipment]


def _insurance(application: Application, form: ApplicationForm, parameters: Parameters) -> list[Fact]:
    policy = form.insurance
    return [
        Fact(t("保险人", "Insurer"), policy.insurer),
        Fact(t("保单号", "Policy"), policy.number),
        Fact(t("责任限额", "Limit of liability"), f"SDR {policy.limit:,}"),
        Fact(t("保险期间", "Period of insurance"), f"{policy.valid_from} — {policy.valid_to}"),
        Fact(t("载运油类", "Oil carried"), str(OIL[form.particulars.oil])),
    ]


_OwnFacts = Callable[[Application, ApplicationForm, Parameters], list[Fact]]
_OWN_FACTS: Mapping[str, _OwnFacts] = {
    "ownership": _ownership,
    "nationality": _nationality,
    "manning": _manning,
    "interim_smc": _interim_smc,
    "mmsi": _mmsi,
    "licence": _licence,
    "insurance": _insurance,
}
