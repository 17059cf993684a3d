"""``zimao parties``: accounts, roles, the first administrator, and changing the key of the encrypted fields."""

from __future__ import annotations

import secrets
import sys
from datetime import datetime
from typing import Annotated, Any

import typer
from django.utils import timezone

from zimao.kernel.console import AsJson, language, output, refused
from zimao.kernel.errors import Missing, ZimaoError
from zimao.kernel.operations import Act
from zimao.kernel.parties import operations, rotation
from zimao.kernel.parties.actors import platform_actor
from zimao.kernel.parties.forms import PersonRegistration, read
from zimao.kernel.parties.models import Membership, User, Zone
from zimao.kernel.parties.queries import masked
from zimao.kernel.parties.roles import ZONE_ADMIN, registered_roles, role_label
from zimao.kernel.text import t

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="主体、用户和岗位 Parties, users and roles")
ZoneCode = Annotated[str, typer.Option("--zone", help="片区代码 · The zone's code")]


def _act(zone: str) -> Act:
    if zone and not Zone.objects.filter(pk=zone).exists():
        raise Missing("zone.unknown", t("没有这个片区：{code}", "There is no zone {code}").fill(code=zone), "zone")
    return Act(platform_actor(zone), timezone.now())


@app.command()
def users(zone: Annotated[str, typer.Option("--zone")] = "", as_json: AsJson = False) -> None:
    """列出用户（姓名和证件已脱敏）· List users, with what is personal masked."""
    found = User.objects.select_related("party").order_by("username")
    if zone:
        found = found.filter(memberships__zone_id=zone).distinct()
    rows = [_user_row(user) for user in found]
    output(rows, [f"{row['username']:<24}{row['name']:<16}{row['second_factor']!s:<7}{', '.join(row['roles'])}" for row in rows], as_json)


@app.command()
def roles(as_json: AsJson = False) -> None:
    """列出岗位 · List the roles."""
    reader = language()
    rows = [
        {"key": role.key, "label": role.label.into(reader), "description": role.description.into(reader), "reveals": role.reveals}
        for role in registered_roles().values()
    ]
    output(rows, [f"{row['key']:<36}{row['label']}" for row in rows], as_json)


@app.command()
def zone(code: str, name_zh: str, name_en: str, as_json: AsJson = False) -> None:
    """建立片区 · Create a zone, or rename it."""
    made = operations.create_zone(_act(""), code=code, name_zh=name_zh, name_en=name_en)
    output({"code": made.pk, "name_zh": made.name_zh, "name_en": made.name_en}, [made.pk], as_json)


@app.command()
def grant(
    username: str,
    role: str,
    *,
    zone: ZoneCode,
    valid_from: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"])] = None,
    valid_to: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"])] = None,
    as_json: AsJson = False,
) -> None:
    """授予岗位 · Give a user a role in a zone, from today unless said otherwise."""
    try:
        act = _act(zone)
        start = valid_from.date() if valid_from else Zone.objects.get(pk=zone).day(act.at)
        end = valid_to.date() if valid_to else None
        made = operations.grant_role(act, username=username, role=role, valid_from=start, valid_to=end)
    except ZimaoError as error:
        raise refused(error, as_json) from error
    output(
        _membership_row(made),
        [f"{username} {role_label(role).into(language())} {zone} {made.valid_from} – {made.valid_to or ''}"],
        as_json,
    )


@app.command()
def end(membership: int, zone: ZoneCode, as_json: AsJson = False) -> None:
    """立即终止岗位 · End a role at once."""
    try:
        row = operations.end_role(_act(zone), membership=membership)
    except ZimaoError as error:
        raise refused(error, as_json) from error
    output(_membership_row(row), [f"{row.pk} {row.valid_from} – {row.valid_to}"], as_json)


@app.command(name="create-admin")
def create_admin(
    username: str,
    *,
    zone: ZoneCode,
    name: Annotated[str, typer.Option(help="姓名 · Name")],
    identifier: Annotated[str, typer.Option(help="居民身份证号码 · Resident identity number")],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="从标准输入读取密码 · Read the password from standard input")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """建立片区的首位管理员；不给密码则生成一个 · Make a zone's first administrator; without a password one is drawn."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else secrets.token_urlsafe(15)
    try:
        act = _act(zone)
        form = read(PersonRegistration, {"username": username, "password": password, "name": name, "identifier": identifier})
        user = operations.register_person(act, form=form)
        operations.grant_role(act, username=user.username, role=ZONE_ADMIN, valid_from=Zone.objects.get(pk=zone).day(act.at))
    except ZimaoError as error:
        raise refused(error, as_json) from error
    shown = {"username": user.username, "zone": zone} | ({} if password_stdin else {"password": password})
    output(shown, [" ".join(str(value) for value in shown.values())], as_json)


@app.command(name="rotate-keys")
def rotate_keys(
    batch: Annotated[int, typer.Option(min=1, help="每批行数 · Rows a batch")] = 500,
    check: Annotated[
        bool, typer.Option("--check", help="只检查旧密钥是否仍被使用 · Only tell whether older keys are still in use")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """用最新密钥重新加密全部字段，可中断后继续 · Rewrite every encrypted field under the newest key; may be stopped and gone on with."""
    if not check:
        done = rotation.rotate(
            timezone.now(), batch=batch, told=None if as_json else lambda model, rows: typer.echo(f"{model} {rows}", err=True)
        )
        operations.note_rotation(_act(""), rows={one.model: one.rows for one in done})
    stale = rotation.stale_rows()
    output({"stale": stale}, [f"{model:<32}{rows}" for model, rows in stale.items()], as_json)
    raise typer.Exit(1 if any(stale.values()) else 0)


def _user_row(user: User) -> dict[str, Any]:
    held = [f"{row.role}@{row.zone_id}" for row in user.memberships.all() if row.holds(timezone.localdate())]
    party = masked(user.party)
    return {
        "id": user.pk,
        "username": user.username,
        "kind": party.kind,
        "name": party.name,
        "second_factor": user.totp_confirmed,
        "active": user.is_active,
        "roles": held,
    }


def _membership_row(row: Membership) -> dict[str, Any]:
    return {"id": row.pk, "user": row.user_id, "zone": row.zone_id, "role": row.role, "from": row.valid_from, "to": row.valid_to}
