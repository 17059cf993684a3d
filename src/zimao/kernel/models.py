"""Two small nouns every part needs: a used idempotency key, and a gap-free number series."""

from __future__ import annotations

from django.db import models

__all__ = ["OperationKey", "Series"]


class OperationKey(models.Model):
    """An idempotency key that a caller used for an operation, and the result it got."""

    user_id = models.BigIntegerField()
    operation = models.CharField(max_length=100)
    key = models.CharField(max_length=100)
    request_sha256 = models.CharField(max_length=64)
    result = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user_id", "operation", "key"], name="operation_key_once")]

    def __str__(self) -> str:
        return f"{self.operation} {self.key}"


class Series(models.Model):
    """A number series without gaps: the row is locked until the transaction that took the number ends."""

    name = models.CharField(max_length=100, unique=True)
    last = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.last}"
