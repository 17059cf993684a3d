"""The measures app."""

from __future__ import annotations

from django.apps import AppConfig


class MeasuresConfig(AppConfig):
    """Measures over case events, and the lab."""

    name = "zimao.kernel.measures"
    label = "measures"

    def ready(self) -> None:
        from zimao.kernel.jobs import step  # noqa: PLC0415 - models are there only now
        from zimao.kernel.measures import operations  # noqa: F401, PLC0415 - declares its operations
        from zimao.kernel.measures.running import lab_step  # noqa: PLC0415

        step("measures.lab", lab_step)
