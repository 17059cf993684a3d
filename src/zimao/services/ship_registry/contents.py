"""What each of the seven certificates states of a ship, line by line, in both languages with units. Reads, writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from zimao.kernel.documents import Fact
from zimao.kernel.text import Text, t
from zimao.services.ship_registry.forms import ApplicationForm
from zimao.services.ship_registry.forms.codes import AREAS, AUTOMATION, HULLS, OIL, SHIP_TYPES
from zimao.services.ship_registry.models import Application
from zimao.services.ship_registry.parameters import Parameters, applicability_model
from zimao.services.ship_registry.ratings import DEPARTMENTS, RATINGS
from zimao.services.ship_registry.rules import minimum_manning, voyage_of

__all__ = ["Line", "lines_of", "notes_of"]

_NONE = "—"
_EXAMINER = t("由审查人员核定", "As determined by the examiner")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a certificate. ``value`` in both languages is printed in both; ``wide`` takes the whole width."""

    label: Text
    value: Text | str
    wide: bool = False
    personal: bool = False

    def printed(self) -> dict[str, Any]:
        """The line as the template takes it."""
        both = isinstance(self.value, Text)
        words = {"value": self.value.zh, "value_en": self.value.en} if isinstance(self.value, Text) else {"value": self.value}
        return {"zh": self.label.zh, "en": self.label.en, **words, "wide": self.wide or (both and len(words["value"]) > 24)}

    def fact(self) -> Fact:
        """The line as a verifier sees it."""
        value = f"{self.value.zh} {self.value.en}" if isinstance(self.value, Text) else self.value
        return Fact(self.label, value, personal=self.personal)


@dataclass(frozen=True, slots=True)
class _Ship:
    """What the lines are made of."""

    application: Application
    form: ApplicationForm
    parameters: Parameters


def lines_of(kind: str, application: Application, form: ApplicationForm, parameters: Parameters) -> list[Line]:
    """The lines of the certificate ``kind`` of an application."""
    ship = _Ship(application, form, parameters)
    return [*_common(ship), *_OWN[kind](ship)]


def notes_of(kind: str, parameters: Parameters) -> list[Text]:
    """What stands below the lines in small print."""
    months = parameters.values()["interim_smc_valid_months"]
    notes = {
        "interim_smc": t(
            "本证书有效期不超过{n}个月，特殊情况可展期一次，展期不超过6个月（ISM规则第14.2至14.4条）。",
            "Valid for not more than {n} months; may be extended once, in special cases, by not more than 6 (ISM Code 14.2 to 14.4).",
        ).fill(n=months),
        "manning": t(
            "航行中在船人员不得少于上列人数；改变航区、主机或自动化程度时须重新申请。",
            "At sea no fewer than the persons above are on board; a change of area, engine or automation needs a new certificate.",
        ),
        "licence": t("本执照应随船携带；设备变更须重新申请。", "To be carried on board; a change of equipment needs a new licence."),
    }
    return [notes[kind]] if kind in notes else []


def _common(ship: _Ship) -> list[Line]:
    identity, built = ship.form.ship, ship.form.particulars
    registered = ship.application.ship
    return [
        Line(t("船名", "Name of ship"), Text(identity.name_zh, identity.name_en)),
        Line(t("船籍港", "Port of registry"), _port(ship)),
        Line(t("登记号码", "Official number"), registered.register_number if registered else _NONE),
        Line(t("船舶识别号", "Ship identification No."), identity.identification_number),
        Line(t("IMO编号", "IMO number"), identity.imo_number or _NONE),
        Line(t("呼号", "Call sign"), identity.call_sign or _NONE),
        Line(t("船舶种类", "Type of ship"), SHIP_TYPES[built.ship_type]),
        Line(t("总吨 / 净吨", "Gross / net tonnage"), f"{built.gross_tonnage:,} / {built.net_tonnage:,}"),
    ]


def _port(ship: _Ship) -> Text | str:
    code = ship.form.particulars.port
    rows = {row["port"]: Text(row["label_zh"], row["label_en"]) for row in ship.parameters.rows("ship_ports")}
    return rows.get(code, code)


def _owner_lines(ship: _Ship) -> Iterable[Line]:
    for one in ship.form.owners:
        person = one.kind == "person"
        yield Line(t("所有人及份额", "Owner and share"), f"{one.name}　{one.share.normalize():f}%", wide=True, personal=person)


def _built_lines(ship: _Ship) -> list[Line]:
    built = ship.form.particulars
    size = f"{built.length:.2f} × {built.breadth:.2f} × {built.depth:.2f} m"
    engine = f"{built.engine_kind}　{built.engine_count} 台 set(s)　{built.engine_power:,} kW"
    return [
        Line(t("建造厂及地点", "Builder and place"), f"{built.builder}，{built.place_built}", wide=True),
        Line(t("安放龙骨", "Keel laid"), built.keel_laid.isoformat()),
        Line(t("建造完工", "Completed"), built.completed.isoformat()),
        Line(t("总长×型宽×型深", "Length over all × breadth × depth"), size, wide=True),
        Line(t("船体材料", "Hull material"), HULLS[built.hull]),
        Line(t("载重吨", "Deadweight"), f"{built.deadweight:,} t"),
        Line(t("主机", "Main engine"), engine, wide=True),
    ]


def _ownership(ship: _Ship) -> list[Line]:
    contract = ship.form.contract
    mortgage = t("已设定，抵押权人同意", "Mortgaged; the mortgagee consents") if contract.mortgage else t("无", "None")
    acquired = t("新建，合同{number}", "New building, contract {number}").fill(number=contract.number)
    return [
        *_owner_lines(ship),
        Line(t("取得方式", "How acquired"), acquired),
        Line(t("取得日期", "Acquired on"), contract.delivered_on.isoformat()),
        *_built_lines(ship),
        Line(t("抵押权", "Mortgage"), mortgage, wide=True),
    ]


def _nationality(ship: _Ship) -> list[Line]:
    return [
        *_owner_lines(ship),
        Line(t("航区", "Navigation area"), AREAS[ship.form.particulars.area], wide=True),
        *_built_lines(ship),
    ]


def _manning(ship: _Ship) -> list[Line]:
    built = ship.form.particulars
    voyage = voyage_of(applicability_model(), built.area)
    rows = ship.parameters.rows("ship_manning")
    crew = minimum_manning(rows, voyage=voyage, gt=built.gross_tonnage, kw=built.engine_power, automation=built.automation)
    listed: list[Line] = []
    for department, name in DEPARTMENTS.items():
        if department in crew.unknown:
            listed.append(Line(name, _EXAMINER, wide=True))
        elif department in crew.crew:
            ratings = crew.crew[department].items()
            zh = "　".join(f"{RATINGS[rating].zh} {number} 人" for rating, number in ratings)
            listed.append(
                Line(name, Text(zh, ", ".join(f"{number} {RATINGS[rating].en.lower()}" for rating, number in ratings)), wide=True)
            )
    total = t("{n} 人", "{n} persons").fill(n=crew.total)
    return [
        Line(t("航区", "Navigation area"), AREAS[built.area]),
        Line(t("主机总功率", "Propulsion power"), f"{built.engine_power:,} kW"),
        Line(t("机舱自动化", "Engine room automation"), AUTOMATION[built.automation], wide=True),
        *listed,
        Line(t("合计不少于", "Not fewer than, in all"), total, wide=True),
    ]


def _interim_smc(ship: _Ship) -> list[Line]:
    manager, built = ship.form.manager, ship.form.particulars
    rules = (
        t("ISM规则", "ISM Code") if built.area == "ocean" else t("国内安全管理规则（NSM规则）", "Domestic safety management rules (NSM)")
    )
    covered = [SHIP_TYPES[one] for one in manager.doc_ship_types]
    types = Text("、".join(one.zh for one in covered) or _NONE, ", ".join(one.en for one in covered))
    return [
        Line(t("管理公司", "Company"), ship.form.owners[0].name if manager.is_owner else manager.name, wide=True),
        Line(t("符合证明编号", "DOC number"), manager.doc_number or _NONE),
        Line(t("符合证明有效期至", "DOC valid to"), manager.doc_valid_to.isoformat() if manager.doc_valid_to else _NONE),
        Line(t("符合证明覆盖船种", "Ship types of the DOC"), types, wide=True),
        Line(t("适用规则", "Applicable rules"), rules, wide=True),
    ]


def _mmsi(ship: _Ship) -> list[Line]:
    mmsi = (ship.application.ship.mmsi if ship.application.ship else "") or _NONE
    return [
        Line(t("标识码（MMSI）", "MMSI"), mmsi, wide=True),
        Line(t("航区", "Navigation area"), AREAS[ship.form.particulars.area], wide=True),
    ]


def _licence(ship: _Ship) -> list[Line]:
    equipment = (f"{one.kind}　{one.model}　{t('型号核准', 'type approval').zh} {one.type_approval}" for one in ship.form.radio)
    return [*_mmsi(ship), *(Line(t("设备{n}", "Equipment {n}").fill(n=n), one, wide=True) for n, one in enumerate(equipment, 1))]


def _insurance(ship: _Ship) -> list[Line]:
    policy, built = ship.form.insurance, ship.form.particulars
    names = {row["insurer"]: Text(row["insurer"], row["label_en"]) for row in ship.parameters.rows("ship_insurers")}
    oil = OIL[built.oil]
    carried = Text(f"{oil.zh}，{built.oil_tonnes:,} t", f"{oil.en}, {built.oil_tonnes:,} t") if built.oil_tonnes else oil
    period = Text(f"{policy.valid_from} 至 {policy.valid_to}", f"{policy.valid_from} to {policy.valid_to}")
    return [
        *_owner_lines(ship),
        Line(t("保险人", "Insurer"), names.get(policy.insurer, policy.insurer), wide=True),
        Line(t("保单号", "Policy number"), policy.number),
        Line(t("责任限额", "Limit of liability"), f"SDR {policy.limit:,}"),
        Line(t("保险期间", "Period of insurance"), period, wide=True),
        Line(t("载运油类", "Oil carried"), carried, wide=True),
    ]


_OWN: Mapping[str, Callable[[_Ship], list[Line]]] = {
    "ownership": _ownership,
    "nationality": _nationality,
    "manning": _manning,
    "interim_smc": _interim_smc,
    "mmsi": _mmsi,
    "licence": _licence,
    "insurance": _insurance,
}
