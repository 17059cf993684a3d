"""Releases of tables: what was in force when, from which source, drafted by whom and approved by whom."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from zimao.kernel.errors import Conflict
from zimao.kernel.text import t

__all__ = ["Release"]

_FROZEN = t("已发布的版本不可更改，请发布新版本", "A release cannot be changed; release a new one")


class ReleaseQuerySet(models.QuerySet["Release"]):
    """Rows by table; bulk changes only reach drafts."""

    def update(self, **values: Any) -> int:
        if self.exclude(state=Release.State.DRAFT).exists():
            raise Conflict("tables.frozen", _FROZEN)
        return super().update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        if self.filter(state=Release.State.RELEASED).exists():
            raise Conflict("tables.frozen", _FROZEN)
        return super().delete()


class Release(models.Model):
    """One version of a table's contents. A draft may be approved, rejected or withdrawn; then the row never changes again.

    ``zone`` is empty for values that every zone shares. ``number`` is drawn when it is released: 1, 2, 3 for each table
    and zone, without a gap.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "草稿 Draft"
        RELEASED = "released", "已发布 Released"
        REJECTED = "rejected", "已退回 Rejected"
        WITHDRAWN = "withdrawn", "已撤回 Withdrawn"

    table = models.CharField(max_length=60)
    zone = models.CharField(max_length=20, blank=True)
    number = models.PositiveIntegerField(null=True)
    effective_from = models.DateField()
    effective_to = models.DateField(null=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.DRAFT)
    sha256 = models.CharField(max_length=64, help_text="of the canonical CSV")
    source = models.CharField(max_length=300)
    filename = models.CharField(max_length=200, blank=True)
    contents = models.TextField(help_text="canonical CSV")
    rows = models.PositiveIntegerField()
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    drafted_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True, help_text="why it was rejected or withdrawn")

    objects: ClassVar[models.Manager[Release]] = models.Manager.from_queryset(ReleaseQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["table", "zone", "number"], name="table_release_number_once"),
            models.CheckConstraint(
                condition=models.Q(effective_to=None) | models.Q(effective_to__gte=models.F("effective_from")),
                name="table_release_interval",
            ),
            models.CheckConstraint(
                condition=models.Q(state="released", number__isnull=False) | ~models.Q(state="released") & models.Q(number=None),
                name="table_release_numbered",
            ),
        ]
        indexes = [models.Index(fields=["table", "zone", "state", "effective_from"], name="table_release_as_of")]

    def __str__(self) -> str:
        return f"{self.table} {self.label}"

    @property
    def label(self) -> str:
        """What it is called: ``3``, or ``FZ-3`` for a zone's own; ``#17`` while it has no number."""
        if self.number is None:
            return f"#{self.pk}"
        return f"{self.zone}-{self.number}" if self.zone else str(self.number)

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Keep the row. Conflict when it is no longer a draft in the database."""
        if self.pk is not None and type(self).objects.filter(pk=self.pk).exclude(state=self.State.DRAFT).exists():
            raise Conflict("tables.frozen", _FROZEN)
        super().save(*args, update_fields=update_fields, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Conflict when it was released."""
        if self.state == self.State.RELEASED:
            raise Conflict("tables.frozen", _FROZEN)
        return super().delete(*args, **kwargs)
