"""R7, R8 and the cross-checks of the application: everything that one field alone cannot tell."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from zimao.kernel.errors import Problem, Refused
from zimao.kernel.parties.identifiers import check as check_identifier
from zimao.kernel.text import t
from zimao.services.ship_registry.forms import ApplicationForm
from zimao.services.ship_registry.rules.names import name_clash

__all__ = ["CheckTables", "Register", "check_application", "clash_problem"]

_SEAGOING = ("ocean", "near_coastal", "coastal", "sheltered")
_PASSENGER = ("passenger", "ro_ro_passenger")


@dataclass(frozen=True)
class CheckTables:
    """The releases in force on the day of the check."""

    parameters: Mapping[str, int]
    insurers: Collection[str]
    ports: Collection[str]
    mids: Collection[str]
    call_signs: Collection[str]
    lookalikes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Register:
    """What is on the register: names with their sounds, and the numbers in use."""

    names: Mapping[str, str] = field(default_factory=dict)
    numbers: Collection[str] = ()


@dataclass(frozen=True)
class _Case:
    form: ApplicationForm
    tables: CheckTables
    register: Register
    applies: Collection[str]
    on: date


def check_application(
    form: ApplicationForm, tables: CheckTables, register: Register, *, applies: Collection[str], on: date
) -> list[Problem]:
    """Every rule that ``form`` breaks on the day ``on``; ``applies`` are the certificates that the ship needs."""
    case = _Case(form, tables, register, applies, on)
    return [problem for rule in _RULES for problem in rule(case)]


_CLASHES = {
    "taken": t("船名“{name}”已登记，请改用备选船名", "The name “{name}” is on the register; use an alternative"),
    "homophone": t(
        "船名“{name}”与已登记的“{other}”同音，请改用备选船名", "“{name}” sounds like “{other}” on the register; use an alternative"
    ),
    "lookalike": t(
        "船名“{name}”与已登记的“{other}”字形相近，请改用备选船名", "“{name}” looks like “{other}” on the register; use an alternative"
    ),
}


def clash_problem(name: str, register: Register, lookalikes: Mapping[str, str], field_name: str = "ship.name_zh") -> Problem | None:
    """Why a name may not be registered beside those on the register; None when it may."""
    clash = name_clash(name, register.names, lookalikes)
    if clash is None:
        return None
    return Problem(f"name_{clash.kind}", field_name, _CLASHES[clash.kind].fill(name=name, other=clash.other))


def _names(case: _Case) -> Iterable[Problem]:
    problem = clash_problem(case.form.ship.name_zh, case.register, case.tables.lookalikes)
    return [problem] if problem else []


def _numbers(case: _Case) -> Iterable[Problem]:
    ship, built = case.form.ship, case.form.particulars
    if ship.imo_number:
        yield from _identifier("imo", ship.imo_number, "ship.imo_number")
    elif built.area == "ocean":
        limit = case.tables.parameters["imo_passenger_gt" if built.ship_type in _PASSENGER else "imo_cargo_gt"]
        if built.gross_tonnage >= limit:
            sentence = t(
                "{limit}总吨及以上的该类国际航行船舶必须有IMO编号",
                "Ships of this kind of {limit} GT or more on international voyages need an IMO number",
            )
            yield Problem("imo_missing", "ship.imo_number", sentence.fill(limit=limit))
    for field_name, number in (
        ("ship.identification_number", ship.identification_number),
        ("ship.imo_number", ship.imo_number),
        ("ship.mmsi", ship.mmsi),
        ("ship.call_sign", ship.call_sign),
    ):
        if number and number in case.register.numbers:
            yield Problem(
                "number_taken", field_name, t("号码{number}已被其他船舶使用", "{number} belongs to another ship").fill(number=number)
            )


def _radio_identity(case: _Case) -> Iterable[Problem]:
    ship, tables = case.form.ship, case.tables
    if ship.mmsi and ship.mmsi[:3] not in tables.mids:
        sentence = t("标识码{mmsi}的前三位不是中国水上识别数字（{mids}）", "MMSI {mmsi} does not begin with the digits of China ({mids})")
        yield Problem("mmsi_foreign", "ship.mmsi", sentence.fill(mmsi=ship.mmsi, mids="、".join(sorted(tables.mids))))
    if ship.call_sign and not ship.call_sign.startswith(tuple(tables.call_signs)):
        sentence = t("呼号{sign}不在中国呼号序列内", "Call sign {sign} is not of a series of China")
        yield Problem("call_sign_foreign", "ship.call_sign", sentence.fill(sign=ship.call_sign))
    if "licence" in case.applies and not case.form.radio:
        yield Problem(
            "radio_missing", "radio", t("申请电台执照须填写无线电设备清单", "List the radio equipment: a station licence is applied for")
        )


def _dimensions(case: _Case) -> Iterable[Problem]:
    built = case.form.particulars
    if not built.length >= built.breadth >= built.depth:
        yield Problem(
            "dimensions",
            "particulars.length",
            t("应满足：总长 ≥ 型宽 ≥ 型深", "Length must be at least the breadth, and breadth at least the depth"),
        )
    if built.net_tonnage > built.gross_tonnage:
        sentence = t("净吨{nt}不得大于总吨{gt}", "Net tonnage {nt} may not exceed gross tonnage {gt}")
        yield Problem("tonnage", "particulars.net_tonnage", sentence.fill(nt=built.net_tonnage, gt=built.gross_tonnage))
    least = case.tables.parameters["gt_ratio_minimum"]
    if built.area == "ocean" and built.net_tonnage * 100 < built.gross_tonnage * least:
        sentence = t("国际吨位的净吨不得小于总吨的{least}%", "By the international tonnage rules NT is at least {least} % of GT")
        yield Problem("tonnage_ratio", "particulars.net_tonnage", sentence.fill(least=least))


def _dates(case: _Case) -> Iterable[Problem]:
    built = case.form.particulars
    if built.keel_laid > built.completed:
        yield Problem(
            "keel_after_completion",
            "particulars.keel_laid",
            t("安放龙骨日期晚于完工日期", "The keel was laid after the ship was completed"),
        )
    for name, day in (("particulars.completed", built.completed), ("contract.delivered_on", case.form.contract.delivered_on)):
        if day > case.on:
            yield Problem("date_in_future", name, t("日期不得晚于申请之日", "The date lies after the day of application"))


def _port(case: _Case) -> Iterable[Problem]:
    if case.form.particulars.port not in case.tables.ports:
        sentence = t("船籍港{port}不在本登记机关的港口表内", "Port {port} is not in the table of this registry")
        yield Problem("port_unknown", "particulars.port", sentence.fill(port=case.form.particulars.port))


def _owners(case: _Case) -> Iterable[Problem]:
    total = sum((owner.share for owner in case.form.owners), Decimal(0))
    if total != 100:
        yield Problem(
            "shares",
            "owners",
            t("各所有人份额合计为{total}%，须正好为100%", "The shares add up to {total} %; they must be exactly 100 %").fill(total=total),
        )
    least = case.tables.parameters["chinese_capital_minimum"]
    for row, owner in enumerate(case.form.owners, 1):
        scheme = "uscc" if owner.kind == "enterprise" else "resident_id"
        for problem in _identifier(scheme, owner.identifier, f"owners.{row - 1}.identifier"):
            yield Problem(problem.code, problem.field, problem.sentence, row)
        if owner.kind == "enterprise" and owner.chinese_capital < least:
            sentence = t(
                "中方资本比例{share}%低于{least}%，依据船舶登记条例第二条不能取得中国国籍",
                "Chinese capital of {share} % is below {least} %: no Chinese nationality (船舶登记条例, art. 2)",
            )
            yield Problem("nationality", f"owners.{row - 1}.chinese_capital", sentence.fill(share=owner.chinese_capital, least=least), row)


def _mortgage(case: _Case) -> Iterable[Problem]:
    contract = case.form.contract
    if contract.mortgage and not contract.mortgagee_consents:
        yield Problem(
            "mortgage",
            "contract.mortgagee_consents",
            t("初次登记的船舶已设抵押的，须经抵押权人同意", "A mortgaged ship needs the mortgagee's consent for first registration"),
        )


def _company(case: _Case) -> Iterable[Problem]:
    if "interim_smc" not in case.applies:
        return
    manager, ship_type = case.form.manager, case.form.particulars.ship_type
    if not manager.doc_number:
        yield Problem(
            "doc_missing",
            "manager.doc_number",
            t("申请临时安全管理证书须填写公司符合证明（DOC）编号", "Give the company's Document of Compliance"),
        )
    elif ship_type not in manager.doc_ship_types:
        yield Problem(
            "doc_ship_type",
            "manager.doc_ship_types",
            t("公司符合证明未覆盖该船种", "The Document of Compliance does not cover this type of ship"),
        )
    if manager.doc_valid_to is None or manager.doc_valid_to < case.on:
        yield Problem(
            "doc_expired",
            "manager.doc_valid_to",
            t("公司符合证明已过期或未填写有效期", "The Document of Compliance has expired, or has no date"),
        )


def _insurance(case: _Case) -> Iterable[Problem]:
    if "insurance" not in case.applies:
        return
    policy = case.form.insurance
    if policy.insurer not in case.tables.insurers:
        yield Problem("insurer_unknown", "insurance.insurer", t("保险人不在公布的名单内", "The insurer is not on the published list"))
    if not policy.number or policy.limit <= 0:
        yield Problem("policy_missing", "insurance.number", t("请填写保单号和责任限额", "Give the policy number and its limit"))
    if policy.valid_from is None or policy.valid_to is None or policy.valid_from >= policy.valid_to:
        yield Problem("policy_dates", "insurance.valid_to", t("保险止期须晚于起期", "The policy must end after it begins"))
    elif policy.valid_to <= case.on:
        yield Problem(
            "policy_ended", "insurance.valid_to", t("保单在签发证书前已到期", "The policy ends before the certificate could be issued")
        )
    if policy.ship_name != case.form.ship.name_zh:
        yield Problem(
            "policy_ship", "insurance.ship_name", t("被保险船舶须与申请船舶一致", "The ship insured must be the ship applied for")
        )


def _identifier(scheme: str, value: str, name: str) -> Iterable[Problem]:
    try:
        check_identifier(scheme, value, name)
    except Refused as refused:
        yield from refused.problems


_RULES: tuple[Callable[[_Case], Iterable[Problem]], ...] = (
    _names,
    _numbers,
    _radio_identity,
    _dimensions,
    _dates,
    _port,
    _owners,
    _mortgage,
    _company,
    _insurance,
)
