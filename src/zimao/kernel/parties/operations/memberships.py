"""Zones, desks, and who holds which role there."""

from __future__ import annotations

from datetime import date, timedelta

from zimao.kernel.errors import Conflict, Missing, Refused
from zimao.kernel.operations import Act, operation
from zimao.kernel.parties.models import Membership, Party, Unit, User, Zone
from zimao.kernel.parties.roles import SYSTEM, ZONE_ADMIN, registered_roles
from zimao.kernel.text import t

__all__ = ["create_unit", "create_zone", "end_role", "grant_role"]


@operation("parties.create_zone", roles=(SYSTEM,), label=t("建立片区", "Create a zone"))
def create_zone(act: Act, *, code: str, name_zh: str, name_en: str) -> Zone:
    """Make a zone, or give the existing one these names."""
    zone, _ = Zone.objects.update_or_create(code=code, defaults={"name_zh": name_zh, "name_en": name_en})
    act.record("parties.create_zone", f"zone:{code}", {"name_zh": name_zh, "name_en": name_en})
    return zone


@operation("parties.create_unit", roles=(SYSTEM, ZONE_ADMIN), label=t("设立岗位单元", "Create a unit"))
def create_unit(act: Act, *, agency: int, code: str, name_zh: str, name_en: str) -> Unit:
    """Make a desk of an agency in the actor's zone, or give the existing one these names."""
    found = Party.objects.filter(pk=agency, kind=Party.Kind.AGENCY).first()
    if found is None:
        raise Refused("unit.agency", t("没有这个机关", "There is no such agency"), "agency")
    names = {"agency": found, "name_zh": name_zh, "name_en": name_en}
    unit, _ = Unit.objects.update_or_create(zone_id=act.actor.zone, code=code, defaults=names)
    act.record("parties.create_unit", f"unit:{unit.pk}", {"zone": act.actor.zone, "code": code})
    return unit


@operation("parties.grant_role", roles=(ZONE_ADMIN, SYSTEM), label=t("授予岗位", "Grant a role"))
def grant_role(act: Act, *, username: str, role: str, valid_from: date, valid_to: date | None = None, unit: str = "") -> Membership:
    """Give a user a role in the actor's zone, first and last day included.

    Granting what is held already with the same last day has no second effect; with another last day it is a Conflict.
    Refused: unknown user, role or unit; an account that is not a person's; oneself; a last day before the first.
    """
    user = _person(act, username)
    known = registered_roles().get(role)
    if known is None or not known.granted:
        raise Refused("role.unknown", t("没有可授予的岗位：{role}", "There is no role {role} to grant").fill(role=role), "role")
    if valid_to is not None and valid_to < valid_from:
        raise Refused("role.period", t("终止日期早于起始日期", "The last day is before the first"), "valid_to")
    desk = _unit(act.actor.zone, unit) if unit else None
    held = Membership.objects.valid_on(valid_from).filter(user=user, zone_id=act.actor.zone, role=role).first()
    if held is not None:
        return _same_or_conflict(held, valid_to)
    made, _ = Membership.objects.update_or_create(
        user=user, zone_id=act.actor.zone, role=role, valid_from=valid_from, defaults={"valid_to": valid_to, "unit": desk}
    )
    data = {"zone": act.actor.zone, "role": role, "from": str(valid_from), "to": str(valid_to or "")}
    act.record("parties.grant_role", f"membership:{made.pk}", data, {"user": user.pk})
    return made


@operation("parties.end_role", roles=(ZONE_ADMIN, SYSTEM), label=t("终止岗位", "End a role"))
def end_role(act: Act, *, membership: int, last_day: date | None = None) -> Membership:
    """End a role after ``last_day``; without one it ends at once (the last day is yesterday).

    Ending it again on the same day has no second effect. The last administrator of a zone cannot be ended.
    """
    row = Membership.objects.select_for_update().select_related("zone").filter(pk=membership, zone_id=act.actor.zone).first()
    if row is None:
        raise Missing("membership.missing", t("本片区没有这条任职记录", "There is no such role in this zone"))
    today = row.zone.day(act.at)
    ends = last_day or today - timedelta(days=1)
    if row.valid_to is not None and row.valid_to <= ends:
        return row
    if row.role == ZONE_ADMIN and SYSTEM not in act.actor.roles and not _other_admin(row, ends + timedelta(days=1)):
        sentence = t(
            "这是本片区最后一名管理员，请先授予他人", "This is the zone's last administrator; grant the role to somebody else first"
        )
        raise Refused("role.last_admin", sentence, "membership")
    row.valid_to = ends
    row.save(update_fields=["valid_to"])
    act.record("parties.end_role", f"membership:{row.pk}", {"zone": row.zone_id, "role": row.role, "to": str(ends)}, {"user": row.user_id})
    return row


def _person(act: Act, username: str) -> User:
    user = User.objects.select_related("party").filter(username=username.strip().lower(), is_active=True).first()
    if user is None:
        raise Refused("user.unknown", t("没有这个用户", "There is no such user"), "username")
    if user.party.kind != Party.Kind.PERSON:
        raise Refused(
            "role.not_a_person", t("岗位只能授予个人账户", "A role is held by a person, not by an enterprise's account"), "username"
        )
    if user.pk == act.actor.user_id:
        raise Refused("role.oneself", t("不能给自己授予岗位", "You cannot grant a role to yourself"), "username")
    return user


def _unit(zone: str, code: str) -> Unit:
    unit = Unit.objects.filter(zone_id=zone, code=code).first()
    if unit is None:
        raise Refused("unit.unknown", t("本片区没有这个岗位单元", "There is no such unit in this zone"), "unit")
    return unit


def _same_or_conflict(held: Membership, valid_to: date | None) -> Membership:
    if held.valid_to == valid_to:
        return held
    until = str(held.valid_to or "—")
    sentence = t("该用户已担任此岗位（至 {until}），请先终止", "The user holds this role already (until {until}); end that first").fill(
        until=until
    )
    raise Conflict("role.held", sentence, "role")


def _other_admin(row: Membership, day: date) -> bool:
    others = Membership.objects.valid_on(day).filter(zone_id=row.zone_id, role=ZONE_ADMIN, user__is_active=True)
    return others.exclude(user_id=row.user_id).exists()
