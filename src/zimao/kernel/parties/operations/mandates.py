"""Dated powers of attorney."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from django.db.models import Q

from zimao.kernel.errors import Missing, Refused
from zimao.kernel.operations import Act, operation
from zimao.kernel.parties import identifiers
from zimao.kernel.parties.fields import blind_indexes
from zimao.kernel.parties.forms import MandateForm
from zimao.kernel.parties.models import Mandate, Party, Zone
from zimao.kernel.parties.roles import APPLICANT
from zimao.kernel.text import t

__all__ = ["end_mandate", "give_mandate"]


@operation("parties.give_mandate", roles=(APPLICANT,), label=t("授权委托", "Give a mandate"))
def give_mandate(act: Act, *, form: MandateForm) -> Mandate:
    """The actor's party lets another party act for it in a service, from the first to the last day.

    The same mandate again has no second effect. Refused: an agent that is not registered, oneself, a period that is over.
    """
    principal = _own_party(act)
    agent = _agent(form)
    if agent.pk == principal:
        raise Refused("mandate.oneself", t("不能委托自己", "A mandate is given to somebody else"), "agent_identifier")
    if form.valid_to < form.valid_from or form.valid_to < _today(act):
        raise Refused("mandate.period", t("委托期限已过或早于起始日期", "The period is over or ends before it begins"), "valid_to")
    mandate, made = Mandate.objects.get_or_create(
        principal_id=principal, agent=agent, service=form.service, valid_from=form.valid_from, valid_to=form.valid_to
    )
    if made:
        data = {"principal": principal, "agent": agent.pk, "service": form.service, "from": str(form.valid_from), "to": str(form.valid_to)}
        act.record("parties.give_mandate", f"mandate:{mandate.pk}", _public(data), data)
        act.emit("mandate.given", f"mandate:{mandate.pk}", data)
    return mandate


@operation("parties.end_mandate", roles=(APPLICANT,), label=t("终止委托", "End a mandate"))
def end_mandate(act: Act, *, mandate: int) -> Mandate:
    """End a mandate at once (its last day becomes yesterday); the principal and the agent may. Again: no second effect."""
    own = _own_party(act)
    row = Mandate.objects.select_for_update().filter(Q(principal_id=own) | Q(agent_id=own), pk=mandate).first()
    if row is None:
        raise Missing("mandate.missing", t("没有这份委托", "There is no such mandate"))
    last = _today(act) - timedelta(days=1)
    if row.valid_to <= last:
        return row
    row.valid_to = last
    row.save(update_fields=["valid_to"])
    data = {"principal": row.principal_id, "agent": row.agent_id, "service": row.service, "to": str(last), "by": own}
    act.record("parties.end_mandate", f"mandate:{row.pk}", _public(data), data)
    act.emit("mandate.ended", f"mandate:{row.pk}", data)
    return row


def _public(data: Mapping[str, object]) -> dict[str, object]:
    """What the evidence log may show of a mandate: not between whom."""
    return {name: value for name, value in data.items() if name in {"service", "from", "to"}}


def _own_party(act: Act) -> int:
    if act.actor.party_id is None:
        raise Refused("mandate.nobody", t("平台本身不能委托", "The platform itself gives no mandates"))
    return act.actor.party_id


def _agent(form: MandateForm) -> Party:
    identifier = identifiers.check(form.agent_scheme, form.agent_identifier, "agent_identifier")
    found = Party.objects.filter(scheme=form.agent_scheme, identifier_index__in=blind_indexes(identifier)).first()
    if found is None:
        raise Refused("mandate.agent_unknown", t("受托方尚未注册", "The agent is not registered here"), "agent_identifier")
    return found


def _today(act: Act) -> date:
    return Zone.objects.get(pk=act.actor.zone).day(act.at)
