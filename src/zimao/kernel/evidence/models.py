"""Rows of the evidence log. Only ``log`` and ``checkpoints`` write them; nobody ever updates or deletes a leaf."""

from __future__ import annotations

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["Leaf", "Log", "PrivatePart", "SignedCheckpoint", "Tile"]


class LeafIndex(models.BigIntegerField):  # type: ignore[type-arg]  # its parameters exist for type checkers only
    """A primary key that is given, not drawn. SQLite stores rows in its order only when the type is spelled ``integer``."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)


class Log(models.Model):
    """The one log of an installation; its row is locked while leaves are added, so indexes have no gap and no fork."""

    origin = models.CharField(max_length=200, help_text="name on every checkpoint; fixed once the first leaf is there")
    size = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.origin} {self.size}"


class Leaf(models.Model):
    """One entry: the exact bytes that were hashed, their leaf hash, and three columns to search by."""

    index = LeafIndex(primary_key=True)
    entry = models.BinaryField()
    hash = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    verb = models.CharField(max_length=100)
    subject = models.CharField(max_length=200, db_index=True)

    def __str__(self) -> str:
        return f"{self.index} {self.verb} {self.subject}"


class PrivatePart(models.Model):
    """What an entry only commits to: the acting user, the private payload and their salts, encrypted. May be erased."""

    index = LeafIndex(primary_key=True)
    sealed = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.index}"


class Tile(models.Model):
    """Up to 256 neighbouring nodes of tree level ``8 * level``, level 1 and above; level 0 is the leaves' own hashes."""

    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="evidence_tile_once")]

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class SignedCheckpoint(models.Model):
    """A signed statement of size and root, and the key it verifies with."""

    size = models.BigIntegerField(unique=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    vkey = models.CharField(max_length=400)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.size}"
