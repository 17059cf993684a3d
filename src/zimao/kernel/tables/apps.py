"""The tables app."""

from __future__ import annotations

from django.apps import AppConfig


class TablesConfig(AppConfig):
    """Dated reference tables and their releases."""

    name = "zimao.kernel.tables"
    label = "tables"

    def ready(self) -> None:
        from zimao.kernel.tables import operations  # noqa: F401, PLC0415 - declares its operations; models are there only now
