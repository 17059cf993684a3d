"""The cases app."""

from __future__ import annotations

from django.apps import AppConfig

from zimao.kernel.journal import Verb, register_verbs
from zimao.kernel.text import t


class CasesConfig(AppConfig):
    """Cases, work items, materials, deadlines."""

    name = "zimao.kernel.cases"
    label = "cases"

    def ready(self) -> None:
        # operations declare themselves when imported; models are there only now
        from zimao.kernel.cases import materials, opening, operations  # noqa: F401, PLC0415
        from zimao.kernel.cases.deadlines import advance_due_cases  # noqa: PLC0415
        from zimao.kernel.events import every  # noqa: PLC0415

        register_verbs(
            Verb("cases.decide", t("规则判定", "Rule decided")),
            Verb("cases.clock", t("计时变更", "Clock changed")),
        )
        every(60, "cases.deadlines", advance_due_cases)
