"""The notices app."""

from __future__ import annotations

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Inbox, e-mail, SMS, webhook; its sender is a step of the worker."""

    name = "zimao.kernel.notices"
    label = "notices"

    def ready(self) -> None:
        # models are there only now
        from zimao.kernel import jobs  # noqa: PLC0415
        from zimao.kernel.journal import Verb, register_verbs  # noqa: PLC0415
        from zimao.kernel.notices import notifying, operations, sending  # noqa: F401, PLC0415
        from zimao.kernel.text import t  # noqa: PLC0415

        register_verbs(Verb(notifying.NOTIFIED, t("发出通知", "Gave notice")))
        jobs.step("notices", sending.send_due)
