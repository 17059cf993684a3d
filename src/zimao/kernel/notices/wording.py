"""The words of a notice. Pure.

Inside the platform a notice may speak of persons; the reader has signed in. What leaves the platform (e-mail, SMS,
webhook) is the headline and the case number with a link, and a headline has no room for anything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter

from zimao.kernel.text import Text, t

__all__ = ["CHANNELS", "NoticeTemplate", "outside_body", "outside_title", "sms_text"]

CHANNELS = ("email", "sms", "webhook")
_GENERAL = t("您的办件有新进展", "There is news about your case")


@dataclass(frozen=True, slots=True)
class NoticeTemplate:
    """``key`` is ``<service>.<name>``; ``title`` and ``body`` may have ``{name}`` places, filled from the values of a notice.

    ``headline`` is the one sentence that e-mail, SMS and webhooks carry; its only place may be ``{subject}``.
    ``channels`` are those the notice may use beside the inbox. ValueError when a rule of these is broken.
    """

    key: str
    title: Text
    body: Text
    headline: Text = _GENERAL
    channels: tuple[str, ...] = CHANNELS

    def __post_init__(self) -> None:
        if "." not in self.key:
            raise ValueError(f"the key of a notice starts with its service: {self.key!r}")
        if not set(self.channels) <= set(CHANNELS):
            raise ValueError(f"unknown channel in {self.channels!r}")
        places = {name for language in (self.headline.zh, self.headline.en) for _, name, _, _ in Formatter().parse(language) if name}
        if places - {"subject"}:
            raise ValueError(f"a headline leaves the platform and may only name the subject, not {sorted(places)}")

    @property
    def service(self) -> str:
        """The service the notice comes from: the first part of the key."""
        return self.key.partition(".")[0]

    def fill(self, values: Mapping[str, object], subject: str) -> tuple[Text, Text, Text]:
        """Title, body and headline with their places filled; KeyError when a value is missing."""
        return self.title.fill(**values), self.body.fill(**values), self.headline.fill(subject=subject)


def outside_title(headline: str) -> str:
    """The subject line of an e-mail: one line, so that no header can be smuggled in."""
    return " ".join(headline.split())


def outside_body(headline: Text, subject: str, link: str, language: str) -> str:
    """The body of an e-mail in ``language``."""
    words = t(
        "{headline}。\n\n办件编号：{subject}\n查看详情（需登录）：{link}\n\n本邮件由系统自动发送，请勿回复。",
        "{headline}.\n\nCase number: {subject}\nDetails (sign in first): {link}\n\nSent automatically; please do not reply.",
    )
    return words.fill(headline=headline, subject=subject or "-", link=link).into(language)


def sms_text(headline: Text, subject: str, link: str, language: str) -> str:
    """The text of an SMS in ``language``."""
    words = t("{headline}，办件编号{subject}，详情：{link}", "{headline}. Case {subject}. Details: {link}")
    return words.fill(headline=headline, subject=subject or "-", link=link).into(language)
