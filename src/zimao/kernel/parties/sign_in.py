"""Signing in, step by step: the password, then the one-time code. No request and no session here.

Every step counts its try before it is made, under the sign-in name (known or not) and under the network address, so that
neither the answer nor its time tells whether an account exists (docs/guide/kernel-parties.md).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password

from zimao.kernel.errors import Refused
from zimao.kernel.operations import Act
from zimao.kernel.parties import operations
from zimao.kernel.parties.actors import platform_actor
from zimao.kernel.parties.models import User
from zimao.kernel.parties.passwords import is_published
from zimao.kernel.text import t

__all__ = ["WAIT", "Attempt", "first_factor", "hold_back", "second_factor", "signed_in"]

WAIT = "sign_in.wait"
_WRONG = t("用户名或密码不正确，请核对后重试", "The sign-in name or the password is wrong: check both and try again")
_WRONG_CODE = t(
    "验证码不正确或已使用，请等应用显示下一个验证码再试", "The code is wrong or has been used: wait for the next one and try again"
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: under which sign-in name, from which network address, when."""

    username: str
    address: str
    at: datetime

    @property
    def act(self) -> Act:
        """The platform's act for the bookkeeping of this try; no key, so it can never be answered from memory."""
        return Act(platform_actor(""), self.at)


def hold_back(act: Act, limit: str, who: str) -> None:
    """Count a try under a limit; Refused (``sign_in.wait``) with the seconds to wait when none is free."""
    wait = operations.count_try(act, limit=limit, who=who)
    if wait:
        sentence = t("尝试次数过多，请 {seconds} 秒后再试", "Too many tries; try again in {seconds} seconds").fill(seconds=wait)
        raise Refused(WAIT, sentence)


def first_factor(attempt: Attempt, password: str) -> User:
    """The user whose name and password these are. Refused alike for a wrong password, an unknown and a switched-off user."""
    act = attempt.act
    hold_back(act, "address", attempt.address)
    hold_back(act, "user", _plain(attempt.username))
    user = User.objects.select_related("party").filter(username=_plain(attempt.username)).first()
    if user is None:
        make_password(password)
    right = user is not None and user.check_password(password)
    if user is None or not right or not user.is_active or is_published(password):
        raise Refused("sign_in.wrong", _WRONG, "password")
    operations.give_back_try(act, limit="address", who=attempt.address)
    return user


def second_factor(attempt: Attempt, user: User, code: str) -> str:
    """Which factor the code was (``totp`` or ``recovery``); Refused when it is wrong or was used before."""
    act = attempt.act
    hold_back(act, "address", attempt.address)
    hold_back(act, "user", _plain(user.username))
    factor = operations.accept_code(act, user=user.pk, code=code)
    if not factor:
        raise Refused("sign_in.code", _WRONG_CODE, "code")
    operations.give_back_try(act, limit="address", who=attempt.address)
    return factor


def signed_in(attempt: Attempt, user: User, factor: str) -> None:
    """The last step: tries under the sign-in name are forgotten, and the sign-in is recorded."""
    operations.forget_tries(attempt.act, limit="user", who=_plain(user.username))
    operations.record_sign_in(attempt.act, user=user.pk, factor=factor)


def _plain(username: str) -> str:
    """A sign-in name as it is kept: half-width and small letters, so that one name has one count."""
    return unicodedata.normalize("NFKC", username).strip().lower()
