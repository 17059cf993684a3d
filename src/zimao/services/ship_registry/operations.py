"""The verbs of an application. Everything after its submission is a step of the case (hooks.py)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from zimao.kernel.cases.materials import attach
from zimao.kernel.cases.models import Case
from zimao.kernel.cases.runtime import happened, start_case
from zimao.kernel.errors import Conflict, Missing, Problem, Refused
from zimao.kernel.notices import notify
from zimao.kernel.operations import Act, operation
from zimao.kernel.series import next_number
from zimao.kernel.text import t
from zimao.services.ship_registry.forms import ApplicationForm
from zimao.services.ship_registry.models import Application, Certificate, Delivery
from zimao.services.ship_registry.notices import RENAMED
from zimao.services.ship_registry.parameters import Parameters, parameters_on
from zimao.services.ship_registry.prefilling import merged, read_inspection
from zimao.services.ship_registry.queries import form_of, numbered
from zimao.services.ship_registry.readiness import check_whole, given_materials, is_editable, usable_name, wrong_values
from zimao.services.ship_registry.rules import latin_of
from zimao.services.ship_registry.workbook import Filled, place_of

__all__ = [
    "fill_application",
    "hand_over",
    "save_application",
    "start_application",
    "submit_application",
    "take_inspection",
    "use_alternative",
]

SERVICE = "ship_registry"
PROCESS = "ship_initial_registration"
MOST_CHARACTERS = 200_000


@operation("ship_registry.start", roles=("applicant",), label=t("新建船舶登记申请", "Start a ship application"))
def start_application(act: Act, *, applicant_id: int | None = None, values: Mapping[str, Any] | None = None) -> Application:
    """A new draft for oneself or for a principal whose power of attorney one holds. Who: owner or agent."""
    party = applicant_id or act.actor.party_id or 0
    act.require(lambda actor, owner: actor.acts_for(owner, SERVICE), party)
    serial = next_number(f"ships/{act.actor.zone}/{act.at.year}")
    application = Application.objects.create(
        number=f"SR-{act.actor.zone}-{act.at.year}-{serial:06d}",
        zone_id=act.actor.zone,
        applicant_id=party,
        filed_by_id=act.actor.user_id or 0,
        values=json.dumps(_sections(values or {}), ensure_ascii=False),
        created_at=act.at,
        changed_at=act.at,
    )
    act.record("ship_registry.start", application.number)
    return application


@operation("ship_registry.save", roles=("applicant",), label=t("保存申请", "Save an application"))
def save_application(act: Act, *, number: str, values: Mapping[str, Any]) -> Application:
    """Keep the sections that were filled in, whether complete or not. Who: owner or agent, while it is a draft or to be corrected."""
    application = _locked(act, number)
    _editable(application)
    _hold(act, application, {**json.loads(application.values), **_sections(values)})
    application.save()
    act.record("ship_registry.save", application.number, {}, {"values": application.values})
    return application


@operation("ship_registry.fill", roles=("applicant",), label=t("用工作簿填写申请", "Fill an application from a workbook"))
def fill_application(act: Act, *, number: str, filled: Filled) -> Application:
    """Put the filled cells of a workbook into the draft; what the workbook leaves empty stays. Who: as for saving.

    Refused with every wrong cell by sheet, row and column, and then nothing of it is kept. Fields that need each other are
    checked once the whole form is filled in.
    """
    application = _locked(act, number)
    _editable(application)
    _hold(act, application, merged(json.loads(application.values), filled.values))
    problems = wrong_values(application, parameters_on(application.zone_id, application.zone.day(act.at)))
    wrong = [place_of(filled, one) for one in problems if one.field.partition(".")[0] in filled.values]
    if wrong:
        raise Refused.of(wrong)
    application.save()
    act.record("ship_registry.fill", application.number, {"sections": sorted(filled.values)}, {"values": application.values})
    return application


@operation("ship_registry.inspection", roles=("applicant",), label=t("引用检验证书数据", "Take inspection certificate data"))
def take_inspection(act: Act, *, number: str, data: Mapping[str, Any]) -> Application:
    """Put the particulars of a statutory inspection certificate into the draft and remember which came from it. Who: as for saving.

    Refused for data that is not of this ship, for a field that no certificate states, and for values that no ship may have.
    """
    application = _locked(act, number)
    _editable(application)
    certificate = read_inspection(data, json.loads(application.values))
    _hold(act, application, merged(json.loads(application.values), certificate.sections))
    application.inspection = certificate.as_json(act.at)
    application.save()
    act.record("ship_registry.inspection", application.number, {"fields": sorted(certificate.particulars)}, {"values": application.values})
    return application


@operation("ship_registry.submit", roles=("applicant",), label=t("提交船舶登记申请", "Submit a ship application"))
def submit_application(act: Act, *, number: str) -> Case:
    """Check the whole application and open its one case for all certificates. Who: owner or agent.

    Refused with every broken rule at once, each beside its field; Conflict when it was submitted before.
    """
    application = _locked(act, number)
    if application.case_id:
        raise Conflict("submitted_already", t("该申请已提交", "This application was submitted already"))
    day = application.zone.day(act.at)
    parameters = parameters_on(application.zone_id, day)
    form = checked_form(application, parameters)
    name = form.ship.name_zh
    case = start_case(
        act,
        process_key=PROCESS,
        number=application.number,
        title=t("{name} 初始登记", "{name}: initial registration").fill(name=name),
        applicant_id=application.applicant_id,
        facts={"application": application.number},
    )
    application.case = case
    application.ship_name = name
    application.save()
    Delivery.objects.create(application=application, kind=form.delivery.kind)
    attach(act, case, given_materials(application, parameters).values())
    act.record("ship_registry.submit", case.number, {"releases": parameters.releases}, {"values": application.values})
    act.emit("ship.application.submitted", case.number, {"zone": application.zone_id})
    return case


@operation(
    "ship_registry.use_alternative",
    roles=("ship_registry.registration", "ship_registry.approver"),
    label=t("改用备选船名", "Use an alternative name"),
)
def use_alternative(act: Act, *, number: str, name: str) -> Application:
    """Register the ship under an alternative that the owner named, when the first name is gone. Who: the registration desk, the approver.

    Before ownership is approved only. Refused for a name that the owner did not offer or that may not be registered either. The
    name in Latin letters follows (pinyin); the policy keeps the ship's name as insured, for the insurance desk to see.
    """
    application = numbered(number).select_for_update(of=("self",)).select_related("zone", "applicant").first()
    if application is None or application.zone_id != act.actor.zone or application.case_id is None:
        raise Missing("application", t("没有这份申请", "There is no such application"), "number")
    if application.ship_id:
        raise Conflict("ship_registered", t("船舶已登记，船名不能再改", "The ship is registered; her name cannot be changed here"))
    values = json.loads(application.values)
    offered = form_of(application).ship.alternatives
    if name not in offered:
        raise Refused("name_not_offered", t("申请人没有列出这个备选船名", "The owner did not offer this name"), "name")
    usable_name(application, name, parameters_on(application.zone_id, application.zone.day(act.at)))
    before = values["ship"]["name_zh"]
    values["ship"].update(name_zh=name, name_en=latin_of(name), alternatives=[one for one in offered if one != name])
    _hold(act, application, values)
    application.save()
    notify(
        act,
        to=application.applicant,
        template=RENAMED,
        dedupe=f"{number}/renamed/{name}",
        values={"before": before, "name": name},
        link=f"/ships/{number}",
        subject=number,
    )
    act.record("ship_registry.use_alternative", number, {"before": before, "name": name})
    return application


@operation("ship_registry.hand_over", roles=("ship_registry.certificate_room",), label=t("窗口一次领取", "Hand over at the counter"))
def hand_over(act: Act, *, number: str, pick_up_code: str) -> Delivery:
    """The owner collects everything in one go with the code. Who: the certificate room.

    Refused for a wrong code, Conflict the second time.
    """
    application = _found(number)
    delivery = Delivery.objects.select_for_update().get(application=application)
    if application.zone_id != act.actor.zone or application.case is None:
        raise Missing("application", t("没有这份申请", "There is no such application"), "number")
    if delivery.kind != Delivery.Kind.PICK_UP or not delivery.pick_up_code or delivery.pick_up_code != pick_up_code.strip().upper():
        raise Refused("pick_up_code", t("领取码不正确，或该件不是窗口领取", "The code is wrong, or this is not a pick-up"), "pick_up_code")
    if delivery.handed_over_at:
        raise Conflict("handed_over", t("证书已全部领取", "The certificates were collected already"))
    delivery.handed_over_at = act.at
    delivery.save()
    application.certificates.filter(status=Certificate.Status.MADE).update(status=Certificate.Status.HANDED_OVER)
    happened(act, application.case, "counter.visit", data={"purpose": "pick_up"})
    happened(act, application.case, "delivery.handed_over", data={"kind": delivery.kind})
    act.record("ship_registry.hand_over", number, {"kind": delivery.kind})
    return delivery


def checked_form(application: Application, parameters: Parameters) -> ApplicationForm:
    """The application as a valid form; Refused with every problem at once, each beside its field."""
    form, problems = check_whole(application, parameters)
    if problems or form is None:
        raise Refused.of(problems)
    return form


def _found(number: str) -> Application:
    application = numbered(number).select_related("case").first()
    if application is None:
        raise Missing("application", t("没有这份申请", "There is no such application"), "number")
    return application


def _locked(act: Act, number: str) -> Application:
    found = numbered(number).select_for_update().first()
    if found is None or not act.actor.acts_for(found.applicant_id, SERVICE):
        raise Missing("application", t("没有这份申请，或您无权操作", "There is no such application, or it is not yours"), "number")
    return found


def _editable(application: Application) -> None:
    if not is_editable(application):
        sentence = t(
            "申请已提交，只有在补正期间可以修改", "The application was submitted; it can be changed only while a correction is asked for"
        )
        raise Conflict("not_editable", sentence)


def _hold(act: Act, application: Application, kept: Mapping[str, Any]) -> None:
    """Set what the application holds, and what lists show of it; the caller saves."""
    application.values = json.dumps(kept, ensure_ascii=False, default=str)
    if len(application.values) > MOST_CHARACTERS:
        raise Refused("too_large", t("申请内容过长", "The application is too long"))
    given = kept.get("ship")
    ship: dict[str, Any] = given if isinstance(given, dict) else {}
    application.ship_name = str(ship.get("name_zh") or "")[:60]
    application.identification_number = str(ship.get("identification_number") or "")[:13]
    application.changed_at = act.at


def _sections(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are, when each belongs to a section of the form. Their contents are checked when it is submitted."""
    strange = [name for name in values if name not in ApplicationForm.model_fields]
    if strange:
        sentence = t("申请表没有这一部分", "The form has no such section")
        raise Refused.of([Problem("field.extra_forbidden", name[:100], sentence) for name in strange])
    return dict(values)
