"""Counting tries to sign in, and spending one-time codes. The platform acts here: nobody is signed in yet."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from zimao.kernel.journal import Verb, register_verbs
from zimao.kernel.operations import Act, operation
from zimao.kernel.parties import totp
from zimao.kernel.parties.fields import blind_index
from zimao.kernel.parties.models import RecoveryCode, Throttle, User
from zimao.kernel.parties.roles import ANYONE, SYSTEM
from zimao.kernel.text import t

__all__ = ["accept_code", "count_try", "forget_tries", "give_back_try", "record_sign_in"]

register_verbs(Verb("parties.closed", t("多次失败，暂停尝试", "Closed for a while after many failures")))
_MAY = (SYSTEM, ANYONE)


@operation("parties.count_try", roles=_MAY, label=t("登记一次尝试", "Count a try"))
def count_try(act: Act, *, limit: str, who: str) -> int:
    """Count a try before it is made; seconds to wait when none is free now, else 0.

    ``limit`` is a key of ``settings.SIGN_IN_LIMITS``. The try that uses up the free ones closes the name at once, and a
    success opens it again: so tries made side by side cannot be more than the free ones. The wait doubles with each try.
    """
    rule = settings.SIGN_IN_LIMITS[limit]
    name = _name(limit, who)
    Throttle.objects.get_or_create(name=name, defaults={"last_at": act.at})
    row = Throttle.objects.select_for_update().get(name=name)
    if row.closed_until is not None and row.closed_until > act.at:
        return max(1, round((row.closed_until - act.at).total_seconds()))
    if act.at - row.last_at > timedelta(seconds=rule["forget_s"]):
        row.tries = 0
    row.tries += 1
    row.last_at = act.at
    row.closed_until = None
    over = row.tries - rule["free"]
    if over >= 0:
        wait = min(rule["first_wait_s"] * 2 ** min(over, 30), rule["max_wait_s"])
        row.closed_until = act.at + timedelta(seconds=wait)
        act.record("parties.closed", f"throttle:{row.pk}", {"limit": limit, "tries": row.tries, "wait_s": wait})
    row.save()
    return 0


@operation("parties.give_back_try", roles=_MAY, label=t("退还一次尝试", "Give a try back"))
def give_back_try(act: Act, *, limit: str, who: str) -> None:
    """A try that succeeded does not count against an address that many share; the failures before it still do."""
    row = Throttle.objects.select_for_update().filter(name=_name(limit, who)).first()
    if row is None or not row.tries:
        return
    row.tries -= 1
    if row.tries < settings.SIGN_IN_LIMITS[limit]["free"]:
        row.closed_until = None
    row.save(update_fields=["tries", "closed_until"])


@operation("parties.forget_tries", roles=_MAY, label=t("清除尝试记录", "Forget the tries"))
def forget_tries(act: Act, *, limit: str, who: str) -> None:
    """A full success: the name is free again. Names that were last tried more than a week ago go as well."""
    Throttle.objects.filter(name=_name(limit, who)).delete()
    Throttle.objects.filter(last_at__lt=act.at - timedelta(days=7)).delete()


@operation("parties.accept_code", roles=_MAY, label=t("核验动态验证码", "Check a one-time code"))
def accept_code(act: Act, *, user: int, code: str) -> str:
    """Spend a TOTP code or a recovery code; ``totp``, ``recovery``, or empty when it is wrong or was used before.

    The time step is raised by a conditional update, so that of two requests with one code only one gets in.
    """
    found = User.objects.get(pk=user)
    step = totp.matching_step(found.totp_secret, code, act.at) if found.totp_confirmed else None
    if step is not None:
        fresh = User.objects.filter(pk=user, totp_last_step__lt=step).update(totp_last_step=step)
        return "totp" if fresh else ""
    open_code = RecoveryCode.objects.filter(user_id=user, digest=totp.recovery_digest(code), used_at__isnull=True)
    return "recovery" if found.totp_confirmed and open_code.update(used_at=act.at) else ""


@operation("parties.record_sign_in", roles=_MAY, label=t("登录", "Sign in"))
def record_sign_in(act: Act, *, user: int, factor: str) -> None:
    """Put a completed sign-in on the evidence log with its factor: password, totp, recovery or openid."""
    act.record("parties.record_sign_in", f"user:{user}", {"factor": factor})


def _name(limit: str, who: str) -> str:
    return f"{limit}:{blind_index(who)}"
