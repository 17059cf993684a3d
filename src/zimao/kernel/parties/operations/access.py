"""Looking at personal data in the clear leaves a record."""

from __future__ import annotations

from datetime import date

from zimao.kernel.errors import NotAllowed, Refused
from zimao.kernel.operations import Act, operation
from zimao.kernel.parties.models import AccessRecord, Party, Zone
from zimao.kernel.parties.policies import may_reveal
from zimao.kernel.parties.roles import ANYONE, SYSTEM
from zimao.kernel.text import t

__all__ = ["PERSONAL_FIELDS", "record_look", "reveal"]

PERSONAL_FIELDS = ("name", "identifier", "phone", "email", "address")


def reveal(act: Act, party: Party, field: str, purpose: str) -> str:
    """The value of a personal field in the clear, after the look has been recorded and put on the evidence log.

    ``field`` is one of PERSONAL_FIELDS. Not an operation itself: an operation's result is kept with its idempotency key,
    and this one must not be. NotAllowed unless the actor's role reveals, or the party is the own one or a principal.
    """
    if field not in PERSONAL_FIELDS:
        raise Refused("reveal.field", t("没有这个个人信息项：{field}", "There is no personal field {field}").fill(field=field), "field")
    record_look(act, party=party.pk, field=field, purpose=purpose)
    return str(getattr(party, field))


@operation("parties.record_look", roles=(ANYONE, SYSTEM), label=t("查看个人信息", "Look at personal data"))
def record_look(act: Act, *, party: int, field: str, purpose: str) -> AccessRecord:
    """Record that the actor looks at a party's data: one field, or a page that shows several (``field="case"``).

    ``purpose`` says what for, in words that the person concerned may read; it is required.
    """
    if not purpose.strip():
        raise Refused("reveal.purpose", t("请写明查看目的", "Say what you need it for"), "purpose")
    subject = Party.objects.get(pk=party)
    if not may_reveal(_day(act))(act.actor, subject):
        raise NotAllowed("reveal", t("您的岗位不能查看完整的个人信息", "Your role may not see personal data in the clear"))
    zone = act.actor.zone or None
    made = AccessRecord.objects.create(
        at=act.at, user_id=act.actor.user_id, zone_id=zone, party=subject, field=field, purpose=purpose[:200]
    )
    act.record("parties.record_look", f"party:{party}", {"field": field}, {"purpose": purpose})
    return made


def _day(act: Act) -> date:
    zone = Zone.objects.filter(pk=act.actor.zone).first()
    return zone.day(act.at) if zone else act.at.date()
