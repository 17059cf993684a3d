from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The pages' frame and the front page; nothing of the kernel or of a service depends on it."""

    name = "zimao.portal"
    label = "portal"

    def ready(self) -> None:
        from zimao.kernel.manifest import register_cards  # noqa: PLC0415 - models are there only now
        from zimao.portal.navigation import cards  # noqa: PLC0415

        register_cards(cards)
