"""A demonstration office: a zone, a seal of the demo authority, an officer who holds it, and one certificate."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings

from zimao.kernel.documents.issuing import Fact, IssueRequest, issue
from zimao.kernel.documents.models import Document, ESeal
from zimao.kernel.documents.operations import SealWords, create_seal, grant_authority
from zimao.kernel.documents.roles import SEAL_KEEPER
from zimao.kernel.errors import NotAllowed
from zimao.kernel.operations import Act, Actor, operation
from zimao.kernel.parties.models import Party, User, Zone
from zimao.kernel.text import t

__all__ = ["issue_demo"]

_ZONE, _SEAL, _KIND, _ROLE = "DEMO", "DEMO", "documents.demo", "documents.demo_officer"
_STATEMENT = t(
    "兹证明下列船舶已在本平台完成登记演示。本证书仅供演示，不具法律效力。",
    "The ship below has gone through a demonstration of registration. This certificate is a demonstration without legal effect.",
)
_FACTS = (
    Fact(t("船名", "Name of ship"), "闽海油 16"),
    Fact(t("船舶识别号", "Ship identification No."), "CN20241234567"),
    Fact(t("船舶种类", "Type of ship"), "成品油船"),
    Fact(t("船籍港", "Port of registry"), "平潭"),
    Fact(t("总吨位", "Gross tonnage"), "2998"),
    Fact(t("净吨位", "Net tonnage"), "1679"),
    Fact(t("船舶所有人", "Owner"), "欧阳示例", personal=True),
)


def issue_demo(*, subject: str, at: datetime) -> Document:
    """One demonstration certificate for the case ``subject``; the office is opened at first use.

    NotAllowed unless the installation is a demonstration (ZIMAO_DEMO=1), since numbers are never given back.
    """
    if not settings.DEMO:
        raise NotAllowed(
            "not_demo",
            t("只有演示环境（ZIMAO_DEMO=1）可以签发演示证书", "Only a demonstration (ZIMAO_DEMO=1) issues demonstration certificates"),
        )
    Zone.objects.get_or_create(code=_ZONE, defaults={"name_zh": "演示片区", "name_en": "Demonstration Zone"})
    officer = _person("documents-demo-officer", _ROLE)
    if not ESeal.objects.filter(zone_id=_ZONE, code=_SEAL).exists():
        _open(Act(_person("documents-demo-keeper", SEAL_KEEPER), at), officer, at.date())
    return _issue(Act(officer, at), subject=subject)


@operation("documents.issue_demo", roles=(_ROLE,), label=t("签发演示证书", "Issue a demonstration certificate"))
def _issue(act: Act, *, subject: str) -> Document:
    facts = [{"zh": fact.label.zh, "en": fact.label.en, "value": fact.value} for fact in _FACTS]
    return issue(
        act,
        request=IssueRequest(
            kind=_KIND,
            subject=subject,
            series="demo",
            number_format="演示〔{n:06d}〕号",
            title=t("船舶登记演示证书", "Demonstration Certificate of Registration"),
            template="kernel/certificate",
            data={"statement": {"zh": _STATEMENT.zh, "en": _STATEMENT.en}, "facts": facts},
            seal=_SEAL,
            facts=_FACTS,
        ),
    )


def _open(act: Act, officer: Actor, day: date) -> None:
    words = SealWords(
        name=t("示例海事局", "Sample Maritime Authority"), agency=t("示例海事局", "Sample Maritime Authority"), inscription="演示专用章"
    )
    create_seal(act, code=_SEAL, words=words, valid_from=day, valid_to=day + timedelta(days=3650))
    if officer.user_id is not None:
        grant_authority(act, code=_SEAL, user_id=officer.user_id, kinds=[_KIND], valid_from=day)


def _person(username: str, role: str) -> Actor:
    user = User.objects.filter(username=username).first()
    if user is None:
        party = Party.objects.create(kind=Party.Kind.PERSON, name=username)
        user = User.objects.create(username=username, party=party, is_active=True)
        user.set_unusable_password()
        user.save()
    return Actor(user.pk, user.party_id, _ZONE, frozenset({role}), username)
