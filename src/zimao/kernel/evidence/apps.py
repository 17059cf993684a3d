"""The evidence app."""

from __future__ import annotations

from django.apps import AppConfig

_CHECKPOINT_EVERY_S = 300


class EvidenceConfig(AppConfig):
    """The Merkle log of everything that operations record; the worker signs a checkpoint of it every five minutes."""

    name = "zimao.kernel.evidence"
    label = "evidence"

    def ready(self) -> None:
        # models are there only now
        from zimao.kernel.events import every  # noqa: PLC0415
        from zimao.kernel.evidence.checkpoints import checkpoint  # noqa: PLC0415

        every(_CHECKPOINT_EVERY_S, "evidence.checkpoint", checkpoint)
