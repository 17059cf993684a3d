"""A zone, an agency's seal, and people with and without authority over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from zimao.kernel.documents.issuing import Fact, IssueRequest, issue_many
from zimao.kernel.documents.models import Document
from zimao.kernel.documents.operations import SealWords, create_seal, grant_authority
from zimao.kernel.operations import Act, Actor, operation
from zimao.kernel.parties.models import Party, User, Zone
from zimao.kernel.text import Text, t

AT = datetime(2024, 5, 15, 2, 0, tzinfo=UTC)
SEAL_WORDS = SealWords(name=t("示例海事局", "Sample"), agency=t("示例海事局", "Sample Maritime Authority"), inscription="船舶登记专用章")


@dataclass(frozen=True)
class Office:
    """The people of one agency in one zone."""

    keeper: Actor
    officer: Actor
    registrar: Actor
    stranger: Actor


def person(username: str, *roles: str, zone: str = "ZZ") -> Actor:
    party = Party.objects.create(kind="person", name=username)
    user = User.objects.create(username=username, party=party)
    return Actor(user.pk, party.pk, zone, frozenset(roles), username)


def open_office(
    *, valid_from: date = date(2024, 1, 1), valid_to: date | None = None, kinds: Sequence[str] = ("ship.nationality",)
) -> Office:
    Zone.objects.create(code="ZZ", name_zh="示例片区", name_en="Sample Zone")
    office = Office(
        person("keeper", "documents.seal_keeper"),
        person("officer", "test.officer"),
        person("registrar", "documents.registrar"),
        person("stranger", "test.officer"),
    )
    create_seal(Act(office.keeper, AT), code="SHIP", words=SEAL_WORDS, valid_from=date(2024, 1, 1), valid_to=date(2030, 12, 31))
    grant_authority(
        Act(office.keeper, AT), code="SHIP", user_id=office.officer.user_id, kinds=list(kinds), valid_from=valid_from, valid_to=valid_to
    )
    return office


@operation("test.make_documents", roles=("test.officer",), label=t("制证", "Make documents"))
def make(act: Act, *, requests: Sequence[IssueRequest], fail: bool = False) -> list[int]:
    """What a service's operation looks like: it decides, issues, and may still fail."""
    found = issue_many(act, requests=requests)
    if fail:
        raise ZeroDivisionError
    return [document.pk for document in found]


def request(**changes: Any) -> IssueRequest:
    data = {
        "statement": {
            "zh": "兹证明下列船舶具有中华人民共和国国籍。",
            "en": "The ship below has the nationality of the People's Republic of China.",
        },
        "facts": [
            {"zh": "船名", "en": "Name of ship", "value": "闽海油 16"},
            {"zh": "船舶所有人", "en": "Owner", "value": "王小明", "wide": True},
        ],
    }
    standard = IssueRequest(
        kind="ship.nationality",
        subject="SR-2024-000001",
        series="nationality/2024",
        number_format="示船国〔2024〕{n:06d}号",
        title=Text("船舶国籍证书", "Certificate of Ship's Nationality"),
        template="kernel/certificate",
        data=data,
        seal="SHIP",
        valid_to=date(2029, 5, 14),
        facts=(Fact(t("船名", "Name of ship"), "闽海油 16"), Fact(t("所有人", "Owner"), "王小明", personal=True)),
    )
    return replace(standard, **changes)


def issue_one(office: Office, at: datetime = AT, **changes: Any) -> Document:
    (pk,) = make(Act(office.officer, at), requests=[request(**changes)])
    return Document.objects.get(pk=pk)
