"""The demonstration: seals and authorities of two offices, and cases at every stage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from zimao.kernel.documents.models import ESeal, SealAuthority
from zimao.kernel.documents.operations import SealWords, create_seal, grant_authority
from zimao.kernel.documents.roles import SEAL_KEEPER
from zimao.kernel.operations import Act, Actor
from zimao.kernel.parties.models import Membership, User, Zone
from zimao.kernel.text import Text, t
from zimao.services.ship_registry.examples import example
from zimao.services.ship_registry.issuing import CERTIFICATE_KINDS, LETTER_KINDS, SEAL
from zimao.services.ship_registry.models import Application
from zimao.services.ship_registry.office import Office

__all__ = ["load", "open_offices"]

_OFFICES = {
    "FZ": t("福州海事登记机关（演示）", "Fuzhou Maritime Registry (demo)"),
    "XM": t("厦门海事登记机关（演示）", "Xiamen Maritime Registry (demo)"),
}
_SEALERS: dict[str, Sequence[str]] = {
    "ship_registry.acceptance": ["ship.letter.acceptance"],
    "ship_registry.approver": LETTER_KINDS,
    "ship_registry.certificate_room": CERTIFICATE_KINDS,
}


def open_offices(at: datetime) -> None:
    """Give each zone its registry's seal, and the desks that use it their authority from a year before ``at``."""
    day = at.date() - timedelta(days=365)
    for zone, name in _OFFICES.items():
        if Zone.objects.filter(pk=zone).exists():
            _open(zone, name, day, at)


def _open(zone: str, name: Text, day: date, at: datetime) -> None:
    keeper = Act(Actor(None, None, zone, frozenset({SEAL_KEEPER}), name.zh), at)
    if not ESeal.objects.filter(zone_id=zone, code=SEAL).exists():
        words = SealWords(name=name, agency=name, inscription="船舶登记专用章")
        create_seal(keeper, code=SEAL, words=words, valid_from=day, valid_to=day + timedelta(days=3650))
    for member in Membership.objects.filter(zone_id=zone, role__in=_SEALERS).order_by("pk"):
        if not SealAuthority.objects.filter(seal__zone_id=zone, seal__code=SEAL, user_id=member.user_id).exists():
            grant_authority(keeper, code=SEAL, user_id=member.user_id, kinds=_SEALERS[member.role], valid_from=day)


def load(at: datetime) -> list[str]:
    """Open the offices and bring cases to every stage, once; the numbers of the applications."""
    open_offices(at)
    if Application.objects.exists() or not User.objects.filter(username="owner").exists():
        return list(Application.objects.order_by("pk").values_list("number", flat=True))
    office = Office("FZ")
    _finished(office, at - timedelta(days=35))
    _examined(office, at - timedelta(days=9))
    _refused(office, at - timedelta(days=12))
    office.submit("owner", _ship(4, "闽海油36"), at - timedelta(hours=3))
    office.draft("owner", _ship(5, "闽海油46"), at - timedelta(hours=1))
    Office("XM", "xm-").submit("owner", _ship(6, "鹭海油6"), at - timedelta(days=1))
    return list(Application.objects.order_by("pk").values_list("number", flat=True))


def _ship(number: int, name: str) -> dict[str, object]:
    """The example ship under another name and number."""
    identity = {
        "name_zh": name,
        "name_en": f"DEMO SHIP {number}",
        "identification_number": f"CN2024000{number:04d}",
        "imo_number": "",
        "call_sign": "",
    }
    return example(ship={**identity, "alternatives": []}, insurance={"ship_name": name})


def _finished(office: Office, start: datetime) -> None:
    """All seven certificates made and handed over."""
    case = office.submit("owner", example(), start)
    office.complete(case, "accept_application", start + timedelta(hours=4))
    office.complete(case, "examine_ownership", start + timedelta(days=3))
    office.run(case, start + timedelta(days=18), stop_before=("dispatch",))
    office.complete(case, "dispatch", start + timedelta(days=20))


def _examined(office: Office, start: datetime) -> None:
    """In the middle: ownership approved, the others being pre-examined, one of them late."""
    case = office.submit("owner", _ship(2, "闽海油8"), start)
    office.complete(case, "accept_application", start + timedelta(hours=5))
    office.complete(case, "preexamine_mmsi", start + timedelta(days=2))
    office.complete(case, "preexamine_manning", start + timedelta(days=3))
    office.complete(case, "examine_ownership", start + timedelta(days=4))
    office.complete(case, "approve_ownership", start + timedelta(days=5))


def _refused(office: Office, start: datetime) -> None:
    """One certificate refused with its letter; the others go on."""
    case = office.submit("owner", _ship(3, "闽海油66"), start)
    office.complete(case, "accept_application", start + timedelta(hours=5))
    office.complete(case, "preexamine_insurance", start + timedelta(days=1), decision="fail", findings="保单责任限额低于法定限额")
    for element in ("examine_ownership", "approve_ownership", "preexamine_nationality", "approve_nationality"):
        office.complete(case, element, start + timedelta(days=3))
    office.complete(
        case,
        "approve_insurance",
        start + timedelta(days=4),
        decision="refuse",
        reason="保单责任限额低于法定限额，请补足后重新申请。",
        article="船舶油污损害民事责任保险实施办法",
    )
