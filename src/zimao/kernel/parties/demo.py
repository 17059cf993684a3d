"""Accounts of the demonstration: two zones, applicants, and the officers of every service's desks.

Everything is derived from fixed lists and from the roles that the services declare, so two loads give the same accounts. All
have the published password, which opens nothing where ``settings.DEMO`` is off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.hashers import make_password
from stdnum.cn import ric
from stdnum.cn import uscc as credit_code

from zimao.kernel.manifest import services
from zimao.kernel.operations import Act, operation
from zimao.kernel.parties.actors import platform_actor
from zimao.kernel.parties.models import Mandate, Membership, Party, Unit, User, Zone
from zimao.kernel.parties.passwords import DEMO_PASSWORD
from zimao.kernel.parties.queries import party_with
from zimao.kernel.parties.roles import APPLICANT, AUDITOR, SYSTEM, ZONE_ADMIN, Role, role_label
from zimao.kernel.text import Text, t

__all__ = ["DEMO_PASSWORD", "Account", "load_demo"]

_ZONES = (("FZ", "福州片区", "Fuzhou Area", "350105"), ("XM", "厦门片区", "Xiamen Area", "350203"))
_SURNAMES = "林陈黄郑吴王李张刘杨许蔡谢徐苏叶曾罗江何方沈高马宋"
_GIVEN = ("文博", "晓岚", "志强", "雅琴", "建国", "海燕", "子轩", "丽娟", "明辉", "思源", "秀英", "国栋")


@dataclass(frozen=True, slots=True)
class Account:
    """One account: sign-in name, number of the person (0: an enterprise), role and where it is held."""

    username: str
    person: int
    role: str
    zones: tuple[str, ...]
    unit: str = ""


def load_demo(at: datetime) -> list[tuple[str, Text, str]]:
    """Make the demonstration's zones and accounts where they are missing; what to print: name, role, zones.

    Roles are valid from a year before ``at``; the owner's mandates to the agent run for a year from then to a year after.
    """
    return _load(Act(platform_actor("FZ"), at))


@operation("parties.load_demo", roles=(SYSTEM,), label=t("装载演示账户", "Load the demonstration's accounts"))
def _load(act: Act) -> list[tuple[str, Text, str]]:
    start = act.at.date() - timedelta(days=365)
    for number, (code, zh, en, area) in enumerate(_ZONES):
        Zone.objects.get_or_create(code=code, defaults={"name_zh": zh, "name_en": en})
        _units(code, _agency(number, zh, en, area))
    password = make_password(DEMO_PASSWORD)
    accounts = list(_officers())
    for account in accounts:
        _officer(account, password, start)
    applicants = _applicants(password, start)
    act.record("parties.load_demo", "demo", {"accounts": len(accounts) + len(applicants)})
    held = [(one.username, role_label(one.role), "/".join(one.zones)) for one in accounts]
    return [(username, label, "/".join(zone[0] for zone in _ZONES)) for username, label in applicants] + held


def _desks() -> dict[str, Role]:
    """The desks of every service by their short name; where two services have one of the same name, the later says whose it is."""
    found: dict[str, Role] = {}
    for service in services():
        for role in service.roles:
            short = role.key.rpartition(".")[2]
            found[short if short not in found else role.key.replace(".", "-")] = role
    return found


def _officers() -> Iterator[Account]:
    """Two officers a desk in the first zone and one in the second, then those who look after the zones."""
    person = 1
    for desk, held in _desks().items():
        for username, zone in ((f"{desk}1", "FZ"), (f"{desk}2", "FZ"), (f"xm-{desk}", "XM")):
            yield Account(username, person, held.key, (zone,), desk)
            person += 1
    both = tuple(zone[0] for zone in _ZONES)
    for username, role in (("admin", ZONE_ADMIN), ("editor", "table.editor"), ("checker", "table.approver"), ("auditor", AUDITOR)):
        yield Account(username, person, role, both)
        person += 1


def _officer(account: Account, password: str, start: date) -> None:
    user = _user(account.username, _person(account.person), password)
    for zone in account.zones:
        unit = Unit.objects.filter(zone_id=zone, code=account.unit).first()
        if not Membership.objects.filter(user=user, zone_id=zone, role=account.role).exists():
            Membership.objects.create(user=user, zone_id=zone, role=account.role, unit=unit, valid_from=start)


def _applicants(password: str, start: date) -> list[tuple[str, Text]]:
    owner = _enterprise("91350105MA", 1, "闽海远航船务（演示）有限公司", "Minhai Ocean Shipping (Demo) Co., Ltd.")
    agent = _enterprise("91350105MA", 2, "福州海通船舶代理（演示）有限公司", "Fuzhou Haitong Ship Agency (Demo) Co., Ltd.")
    _user("owner", owner, password, holder="陈远航")
    _user("agent", agent, password, holder="林海通")
    _user("citizen", _person(900), password)
    end = start + timedelta(days=730)
    for service in services():
        Mandate.objects.get_or_create(principal=owner, agent=agent, service=service.key, defaults={"valid_from": start, "valid_to": end})
    words = role_label(APPLICANT)
    return [
        ("owner", t("{role}·船东企业", "{role}, shipowner (enterprise)").fill(role=words)),
        ("agent", t("{role}·船舶代理，受船东委托", "{role}, ship agent with the owner's mandate").fill(role=words)),
        ("citizen", t("{role}·个人", "{role}, person").fill(role=words)),
    ]


def _user(username: str, party: Party, password: str, holder: str = "") -> User:
    return User.objects.get_or_create(username=username, defaults={"party": party, "password": password, "holder": holder})[0]


def _person(number: int) -> Party:
    body = f"35010219{84 + number % 16}{1 + number % 12:02}{1 + number % 28:02}{number:03}"
    name = _SURNAMES[number % len(_SURNAMES)] + _GIVEN[number % len(_GIVEN)]
    phone = f"1390591{number:04}"
    return _party(Party(kind="person", name=name, scheme="resident_id", identifier=body + ric.calc_check_digit(body + "0"), phone=phone))


def _enterprise(prefix: str, number: int, name: str, name_en: str) -> Party:
    body = f"{prefix}DEM{number:04}"
    email, address = f"office{number}@example.com", "福州市马尾区（演示地址）1 号"
    code = body + credit_code.calc_check_digit(body)
    return _party(
        Party(
            kind="enterprise",
            name=name,
            name_en=name_en,
            scheme="uscc",
            identifier=code,
            phone="059100000000",
            email=email,
            address=address,
        )
    )


def _agency(number: int, zh: str, en: str, area: str) -> Party:
    body = f"12{area}DEMA{number:05}"
    return _party(
        Party(
            kind="agency",
            name=f"{zh}政务服务机构（演示）",
            name_en=f"{en} service agency (demo)",
            scheme="uscc",
            identifier=body + credit_code.calc_check_digit(body),
        )
    )


def _party(party: Party) -> Party:
    known = party_with(party.scheme, party.identifier)
    if known is None:
        party.save()
    return known or party


def _units(zone: str, agency: Party) -> None:
    for code, role in _desks().items():
        words = {"agency": agency, "name_zh": role.label.zh, "name_en": role.label.en}
        Unit.objects.get_or_create(zone_id=zone, code=code, defaults=words)
