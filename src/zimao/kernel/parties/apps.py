"""The parties app."""

from django.apps import AppConfig


class PartiesConfig(AppConfig):
    """Registers what a signed-in session needs before the first request."""

    name = "zimao.kernel.parties"
    label = "parties"

    def ready(self) -> None:
        from zimao.kernel.parties import checks, operations  # noqa: F401, PLC0415 - models are there only now
