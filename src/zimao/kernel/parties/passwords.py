"""Passwords that are accepted, and why one is not, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from zimao.kernel.errors import Problem, Refused
from zimao.kernel.parties.models import User
from zimao.kernel.text import Text, t

__all__ = ["DEMO_PASSWORD", "accepted_hash", "is_published"]

DEMO_PASSWORD = "zimao-demo-2026"  # noqa: S105 - it is printed at every demo start, and good for nothing without one

_REASONS: Mapping[str, Text] = {
    "password_too_short": t("密码至少 10 个字符", "The password needs at least 10 characters"),
    "password_too_common": t("密码过于常见，请换一个", "This password is too common; choose another"),
    "password_too_similar": t("密码与用户名太相似", "The password is too close to the sign-in name"),
}
_OTHER = t("密码不符合要求", "The password does not meet the requirements")


def is_published(password: str) -> bool:
    """True for the demo accounts' password where the platform is not a demo: it opens nothing there."""
    return password == DEMO_PASSWORD and not settings.DEMO


def accepted_hash(password: str, username: str, field: str = "password") -> str:
    """The hash of a password that the rules accept; Refused with each reason otherwise."""
    if is_published(password):
        raise Refused("password.published", t("该密码已公开，请换一个", "This password is public; choose another"), field)
    try:
        validate_password(password, User(username=username))
    except ValidationError as error:
        raise Refused.of(Problem(f"password.{one.code}", field, _REASONS.get(str(one.code), _OTHER)) for one in error.error_list) from None
    return make_password(password)
