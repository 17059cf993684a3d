"""Notices: what a person is told about a case, in the inbox and by e-mail, SMS and webhook. Nothing is sent twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zimao.kernel._door import lazy_door

if TYPE_CHECKING:
    from zimao.kernel.notices.notifying import notify
    from zimao.kernel.notices.queries import unread_count
    from zimao.kernel.notices.sending import send_due
    from zimao.kernel.notices.wording import NoticeTemplate

__all__ = ["NoticeTemplate", "notify", "send_due", "unread_count"]

__getattr__, __dir__ = lazy_door(
    __name__, {"NoticeTemplate": ".wording", "notify": ".notifying", "send_due": ".sending", "unread_count": ".queries"}
)
