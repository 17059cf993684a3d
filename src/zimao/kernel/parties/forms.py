"""The forms of this part: one Pydantic model each, read by the page and by the API alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationError

from zimao.kernel.errors import Problem, Refused
from zimao.kernel.text import Text, t

__all__ = ["EnterpriseRegistration", "MandateForm", "PasswordChange", "PersonRegistration", "RoleGrant", "TokenForm", "read"]

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
Username = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{2,98}$")]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^(\+?[0-9][0-9 -]{5,18})?$")]
Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^([^@\s]+@[^@\s]+\.[^@\s.]+)?$")]
Form = TypeVar("Form", bound="_Form")


class _Form(BaseModel):
    """Unknown fields are refused, so that a misspelt one is not lost in silence."""

    model_config = ConfigDict(extra="forbid")


class _Account(_Form):
    username: Username
    password: SecretStr
    phone: Phone = ""
    email: Email = ""
    language: Literal["zh", "en"] = "zh"


class PersonRegistration(_Account):
    """A natural person makes an account."""

    name: Name
    scheme: Literal["resident_id", "passport"] = "resident_id"
    identifier: str


class EnterpriseRegistration(_Account):
    """An enterprise makes an account; ``holder`` is the person who uses it (经办人)."""

    name: Name
    name_en: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    uscc: str
    holder: Name
    address: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] = ""


class PasswordChange(_Form):
    """The old password and the new one."""

    old: SecretStr
    new: SecretStr


class RoleGrant(_Form):
    """A role for a user in the actor's zone, first and last day included; no last day means until it is ended."""

    username: str
    role: str
    valid_from: date
    valid_to: date | None = None
    unit: str = ""


class MandateForm(_Form):
    """A power of attorney to the party with this identifier; ``service`` is a service's key or ``*``."""

    agent_scheme: Literal["uscc", "resident_id", "passport"] = "uscc"
    agent_identifier: str
    service: Annotated[str, StringConstraints(pattern=r"^(\*|[a-z][a-z0-9_]*)$", max_length=40)] = "*"
    valid_from: date
    valid_to: date


class TokenForm(_Form):
    """A key for a program: what it is for, whether it may write, and for how many days."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    access: Literal["read", "write"] = "read"
    days: Annotated[int, Field(ge=1)] = 90


_WORDS: Mapping[str, Text] = {
    "username": t(
        "用户名为 3–99 位小写字母、数字或 . _ @ -，以字母或数字开头",
        "A sign-in name has 3 to 99 letters, digits or . _ @ - and begins with a letter or digit",
    ),
    "phone": t("电话号码由 6–19 位数字组成，可带 + 和连字符", "A telephone number has 6 to 19 digits, perhaps with + and hyphens"),
    "email": t("电子邮箱地址不正确", "This is not an e-mail address"),
}
_KINDS: Mapping[str, Text] = {
    "missing": t("必填", "This must be filled in"),
    "string_too_short": t("内容太短", "This is too short"),
    "string_too_long": t("内容太长", "This is too long"),
    "literal_error": t("请从列出的选项中选择", "Choose one of the listed options"),
    "extra_forbidden": t("没有这一栏", "There is no such field"),
    "greater_than_equal": t("数值太小", "The number is too small"),
    "int_parsing": t("请填写整数", "Give a whole number"),
}
_OTHER = t("填写的内容不正确", "This is not filled in correctly")
_DATE = t("请按 年-月-日 填写日期，例如 2024-05-06", "Give the date as year-month-day, such as 2024-05-06")


def read(form: type[Form], given: Mapping[str, Any]) -> Form:
    """``given`` as a form; Refused with one problem for each field that is wrong. Empty texts count as not given."""
    filled = {name: value for name, value in given.items() if value != "" and not name.startswith(("_", "csrf"))}
    try:
        return form.model_validate(filled)
    except ValidationError as error:
        raise Refused.of(_problem(one) for one in error.errors(include_url=False, include_context=False)) from None


def _problem(error: Any) -> Problem:
    field = ".".join(str(part) for part in error["loc"])
    kind = str(error["type"])
    if kind.startswith("date_"):
        return Problem("field.date", field, _DATE)
    words = _WORDS.get(field) if kind == "string_pattern_mismatch" else None
    return Problem(f"field.{kind}", field, words or _KINDS.get(kind, _OTHER))
