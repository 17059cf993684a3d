"""The one family of errors that reaches a user.

    ZimaoError
    ├── Refused       422  the input breaks a rule: which field, which row, what to do
    ├── NotAllowed    403  this actor may not do this
    ├── Missing       404  there is no such thing, or not for this actor
    ├── Conflict      409  somebody else was first, or the state has moved on
    └── Unavailable   503  a counterpart or a device does not answer; trying again may help

Pages show ``sentence`` beside ``field``; the API answers an RFC 9457 problem document made of the same parts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from zimao.kernel.text import Text, t

__all__ = ["Conflict", "Missing", "NotAllowed", "Problem", "Refused", "Unavailable", "ZimaoError"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: a stable ``code``, the ``field`` (dotted path), the 1-based ``row`` of a file, the sentence."""

    code: str
    field: str
    sentence: Text
    row: int | None = None
    column: str = ""

    def as_dict(self, language: str = "zh") -> dict[str, Any]:
        found: dict[str, Any] = {"code": self.code, "field": self.field, "detail": self.sentence.into(language)}
        if self.row is not None:
            found["row"] = self.row
        if self.column:
            found["column"] = self.column
        return found


class ZimaoError(Exception):
    """Base of every error that a user is told about."""

    status: ClassVar[int] = 500
    title: ClassVar[Text] = t("系统错误", "System error")

    def __init__(self, code: str, sentence: Text, field: str = "", *, problems: Iterable[Problem] = ()) -> None:
        super().__init__(f"{code}: {sentence.en}")
        self.code = code
        self.field = field
        self.sentence = sentence
        self.problems = tuple(problems) or (Problem(code, field, sentence),)

    def as_problem(self, language: str = "zh") -> dict[str, Any]:
        """The RFC 9457 problem document (media type ``application/problem+json``)."""
        return {
            "type": f"urn:zimao:problem:{self.code}",
            "title": self.title.into(language),
            "status": self.status,
            "detail": self.sentence.into(language),
            "code": self.code,
            "errors": [problem.as_dict(language) for problem in self.problems],
        }


class Refused(ZimaoError):
    """The input breaks a rule. Nothing was written."""

    status = 422
    title = t("输入被拒绝", "Input refused")

    @classmethod
    def of(cls, problems: Iterable[Problem]) -> Refused:
        """One refusal that lists every problem; the first one gives the headline."""
        found = tuple(problems)
        first = found[0]
        return cls(first.code, first.sentence, first.field, problems=found)


class NotAllowed(ZimaoError):
    """The actor is known and may not do this."""

    status = 403
    title = t("无权操作", "Not allowed")


class Missing(ZimaoError):
    """There is no such thing, or the actor may not know that there is."""

    status = 404
    title = t("未找到", "Not found")


class Conflict(ZimaoError):
    """Somebody else was first, or the state has moved on since the page was loaded."""

    status = 409
    title = t("状态冲突", "Conflict")


class Unavailable(ZimaoError):
    """A counterpart does not answer. Nothing was written; the same call may be tried again."""

    status = 503
    title = t("暂不可用", "Unavailable")
