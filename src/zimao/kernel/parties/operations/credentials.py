"""What somebody signs in with: password, second factor, recovery codes, tokens for programs."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from pydantic import SecretStr

from zimao.kernel.errors import Conflict, Missing, NotAllowed, Refused
from zimao.kernel.operations import Act, operation
from zimao.kernel.parties import totp
from zimao.kernel.parties.forms import PasswordChange, TokenForm
from zimao.kernel.parties.models import ApiToken, Membership, RecoveryCode, User
from zimao.kernel.parties.passwords import accepted_hash
from zimao.kernel.parties.roles import ANYONE, ZONE_ADMIN
from zimao.kernel.text import t

__all__ = [
    "TOKEN_PREFIX",
    "change_password",
    "confirm_totp",
    "create_token",
    "remove_totp",
    "renew_recovery_codes",
    "reset_totp",
    "revoke_token",
    "set_language",
    "start_totp",
    "token_digest",
]

TOKEN_PREFIX = "zm_"  # noqa: S105 - what tokens begin with, so that leaked ones are recognised
_WRONG_CODE = t(
    "动态验证码不正确或已使用，请等应用显示下一个验证码再试", "The code is wrong or has been used: wait for the next one and try again"
)
_SHOWN_ONCE = t(
    "该请求已执行过，密钥只显示一次；如已遗失请重新生成", "This was done before; the secret is shown once, make a new one if it is lost"
)


@operation("parties.change_password", roles=(ANYONE,), label=t("修改密码", "Change the password"))
def change_password(act: Act, *, form: PasswordChange) -> User:
    """Set a new password; the old one must be right. Every other session of the user ends with it."""
    user = _own(act)
    if not user.check_password(form.old.get_secret_value()):
        raise Refused("password.wrong", t("原密码不正确，请重新输入", "The old password is wrong: type it again"), "old")
    user.password = accepted_hash(form.new.get_secret_value(), user.username, "new")
    user.save(update_fields=["password"])
    act.record("parties.change_password", f"user:{user.pk}")
    return user


@operation("parties.set_language", roles=(ANYONE,), label=t("设置语言", "Set the language"))
def set_language(act: Act, *, language: str) -> User:
    """The language in which pages and notices speak to the user: ``zh`` or ``en``."""
    if language not in {"zh", "en"}:
        raise Refused("language.unknown", t("只支持中文和英文", "Only Chinese and English are spoken here"), "language")
    user = _own(act)
    user.language = language
    user.save(update_fields=["language"])
    return user


@operation("parties.start_totp", roles=(ANYONE,), label=t("开始启用动态验证码", "Begin to set up one-time codes"))
def start_totp(act: Act) -> User:
    """Draw a secret that counts once a code of it has been given; Conflict when one is in force already."""
    user = _own(act)
    if user.totp_confirmed:
        raise Conflict("totp.confirmed", t("动态验证码已启用", "One-time codes are in force already"))
    user.totp_secret = totp.new_secret()
    user.save(update_fields=["totp_secret"])
    return user


def confirm_totp(act: Act, *, code: str) -> list[str]:
    """Put the drawn secret in force by a code of it; the ten recovery codes, to be shown once."""
    codes = totp.new_recovery_codes()
    _confirm_totp(act, code=code, digests=_hidden(codes))
    return _checked_codes(act, codes)


@operation("parties.confirm_totp", roles=(ANYONE,), label=t("启用动态验证码", "Put one-time codes in force"))
def _confirm_totp(act: Act, *, code: str, digests: Sequence[SecretStr]) -> User:
    user = _own(act)
    if user.totp_confirmed or not user.totp_secret:
        raise Conflict("totp.not_started", t("请先开始启用动态验证码", "Begin to set up one-time codes first"))
    step = totp.matching_step(user.totp_secret, code, act.at)
    if step is None:
        raise Refused("totp.wrong", _WRONG_CODE, "code")
    user.totp_confirmed, user.totp_last_step = True, step
    user.save(update_fields=["totp_confirmed", "totp_last_step"])
    _replace_codes(user, digests)
    act.record("parties.confirm_totp", f"user:{user.pk}")
    return user


def renew_recovery_codes(act: Act, *, code: str) -> list[str]:
    """Ten new recovery codes, to be shown once; the old ones are void. A TOTP code that was not used yet is asked for."""
    codes = totp.new_recovery_codes()
    _renew_recovery_codes(act, code=code, digests=_hidden(codes))
    return _checked_codes(act, codes)


@operation("parties.renew_recovery_codes", roles=(ANYONE,), label=t("更换恢复码", "Renew the recovery codes"))
def _renew_recovery_codes(act: Act, *, code: str, digests: Sequence[SecretStr]) -> User:
    user = _own(act)
    _spend_code(act, user, code)
    _replace_codes(user, digests)
    act.record("parties.renew_recovery_codes", f"user:{user.pk}")
    return user


@operation("parties.remove_totp", roles=(ANYONE,), label=t("停用动态验证码", "Stop using one-time codes"))
def remove_totp(act: Act, *, code: str) -> User:
    """Go back to the password alone; not for somebody who holds a role today or later."""
    user = _own(act)
    if settings.OFFICERS_NEED_TOTP and Membership.objects.filter(user=user).exclude(valid_to__lt=act.at.date()).exists():
        raise NotAllowed("totp.required", t("任职人员必须使用动态验证码", "Who holds a role must use one-time codes"))
    _spend_code(act, user, code)
    _forget_factor(user)
    act.record("parties.remove_totp", f"user:{user.pk}")
    return user


@operation("parties.reset_totp", roles=(ZONE_ADMIN,), label=t("重置他人的动态验证码", "Reset somebody's one-time codes"))
def reset_totp(act: Act, *, username: str, reason: str) -> User:
    """Let an officer of the zone who lost the device set it up anew at the next sign-in. Not for oneself."""
    user = User.objects.filter(username=username.strip().lower(), memberships__zone_id=act.actor.zone).distinct().first()
    if user is None:
        raise Missing("user.unknown", t("本片区没有这个用户", "There is no such user in this zone"), "username")
    if user.pk == act.actor.user_id:
        raise NotAllowed("totp.oneself", t("不能重置自己的动态验证码", "You cannot reset your own one-time codes"))
    if not reason.strip():
        raise Refused("reason.missing", t("请填写原因", "Give the reason"), "reason")
    _forget_factor(user)
    act.record("parties.reset_totp", f"user:{user.pk}", {"zone": act.actor.zone}, {"reason": reason})
    return user


def create_token(act: Act, *, form: TokenForm) -> tuple[ApiToken, str]:
    """A key for a program and its secret, to be shown once. It never has more than the actor's roles of this moment."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    made = _create_token(act, form=form, digest=SecretStr(token_digest(secret)))
    if made.digest != token_digest(secret):
        raise Conflict("token.shown", _SHOWN_ONCE)
    return made, secret


def token_digest(secret: str) -> str:
    """The SHA-256 under which a token is kept; its 256 random bits make a slow hash needless."""
    return hashlib.sha256(secret.encode()).hexdigest()


@operation("parties.create_token", roles=(ANYONE,), label=t("生成接口密钥", "Make a token for a program"))
def _create_token(act: Act, *, form: TokenForm, digest: SecretStr) -> ApiToken:
    longest = settings.API_TOKEN_MAX_DAYS
    if form.days > longest:
        raise Refused("token.days", t("有效期最长 {days} 天", "A token lasts {days} days at most").fill(days=longest), "days")
    made = ApiToken.objects.create(
        user=_own(act),
        zone_id=act.actor.zone,
        name=form.name,
        digest=digest.get_secret_value(),
        scopes=["read", "write"] if form.access == "write" else ["read"],
        roles=sorted(act.actor.roles),
        created=act.at,
        expires=act.at + timedelta(days=form.days),
    )
    data = {"zone": made.zone_id, "scopes": made.scopes, "roles": made.roles, "expires": made.expires.isoformat()}
    act.record("parties.create_token", f"token:{made.pk}", data, {"user": made.user_id})
    return made


@operation("parties.revoke_token", roles=(ANYONE,), label=t("吊销接口密钥", "Revoke a token"))
def revoke_token(act: Act, *, token: int) -> ApiToken:
    """End one's own token at once; again: no second effect."""
    row = ApiToken.objects.select_for_update().filter(pk=token, user_id=_me(act)).first()
    if row is None:
        raise Missing("token.missing", t("没有这个接口密钥", "There is no such token"))
    if row.revoked is None:
        row.revoked = act.at
        row.save(update_fields=["revoked"])
        act.record("parties.revoke_token", f"token:{row.pk}", {}, {"user": row.user_id})
    return row


def _me(act: Act) -> int:
    if act.actor.user_id is None:
        raise NotAllowed("anonymous", t("请先登录", "Please sign in first"))
    return act.actor.user_id


def _own(act: Act) -> User:
    return User.objects.select_for_update().get(pk=_me(act))


def _spend_code(act: Act, user: User, code: str) -> None:
    step = totp.matching_step(user.totp_secret, code, act.at) if user.totp_confirmed else None
    if step is None or step <= user.totp_last_step:
        raise Refused("totp.wrong", _WRONG_CODE, "code")
    user.totp_last_step = step
    user.save(update_fields=["totp_last_step"])


def _forget_factor(user: User) -> None:
    user.totp_secret, user.totp_confirmed = "", False
    user.save(update_fields=["totp_secret", "totp_confirmed"])
    user.recovery_codes.all().delete()


def _hidden(codes: Sequence[str]) -> list[SecretStr]:
    """Digests that the idempotency record cannot write down, and that do not make a retried request a different one."""
    return [SecretStr(totp.recovery_digest(code)) for code in codes]


def _replace_codes(user: User, digests: Sequence[SecretStr]) -> None:
    user.recovery_codes.all().delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=digest.get_secret_value()) for digest in digests)


def _checked_codes(act: Act, codes: list[str]) -> list[str]:
    if not RecoveryCode.objects.filter(user_id=_me(act), digest=totp.recovery_digest(codes[0])).exists():
        raise Conflict("codes.shown", _SHOWN_ONCE)
    return codes
