"""Rewriting every encrypted field under the newest key, in batches, from where the last run stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.db import models, transaction
from django.db.models.functions import Cast

from zimao.kernel.parties.fields import BlindIndexField, EncryptedTextField, is_current, key_fingerprint
from zimao.kernel.parties.models import KeyRotation

__all__ = ["Rotated", "encrypted_models", "rotate", "stale_rows"]


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a run did with one model: rows rewritten in this run, and whether the model is done."""

    model: str
    rows: int
    done: bool


def encrypted_models() -> list[type[models.Model]]:
    """Every registered model that has an encrypted field, by label."""
    found = (model for model in apps.get_models() if _encrypted(model))
    return sorted(found, key=lambda model: model._meta.label)


def rotate(at: datetime, *, batch: int = 500, told: Callable[[str, int], None] | None = None) -> list[Rotated]:
    """Rewrite every encrypted field (and its blind index) under the newest key.

    One transaction a batch, which also keeps the place; a run that is stopped goes on there, and a finished one does
    nothing. Rows written meanwhile are under the newest key already, if every process was started with it. ``told`` gets
    the model and the rows so far.
    """
    return [_rotate_model(model, at, batch, told) for model in encrypted_models()]


def stale_rows(batch: int = 2000) -> dict[str, int]:
    """How many rows of each model still need an older key: when all are 0, the older keys may go."""
    return {
        model._meta.label: sum(1 for row in _ciphertexts(model, batch) if not all(map(is_current, row))) for model in encrypted_models()
    }


def _rotate_model(model: type[models.Model], at: datetime, batch: int, told: Callable[[str, int], None] | None) -> Rotated:
    label = model._meta.label
    place, _ = KeyRotation.objects.get_or_create(key=key_fingerprint(), model=label)
    rows = 0
    while place.done_at is None:
        done = _rotate_batch(model, place, at, batch)
        rows += done
        if told is not None and done:
            told(label, place.rows)
    return Rotated(label, rows, True)


def _rotate_batch(model: type[models.Model], place: KeyRotation, at: datetime, batch: int) -> int:
    with transaction.atomic():
        rest = model._base_manager.order_by("pk").select_for_update()
        found = list((rest.filter(pk__gt=place.last_pk) if place.last_pk else rest)[:batch])
        if not found:
            place.done_at = at
        else:
            _rewrite(model, found)
            place.last_pk, place.rows = str(found[-1].pk), place.rows + len(found)
        place.save()
    return len(found)


def _rewrite(model: type[models.Model], found: list[models.Model]) -> None:
    indexes = [field for field in model._meta.local_fields if isinstance(field, BlindIndexField)]
    for row in found:
        for field in indexes:
            field.pre_save(row, add=False)
    names = [field.name for field in (*_encrypted(model), *indexes)]
    model._base_manager.bulk_update(found, names)


def _encrypted(model: type[models.Model]) -> list[EncryptedTextField]:
    return [field for field in model._meta.local_fields if isinstance(field, EncryptedTextField)]


def _ciphertexts(model: type[models.Model], batch: int) -> Iterator[list[str]]:
    raw = {f"raw_{field.name}": Cast(field.name, models.TextField()) for field in _encrypted(model)}
    for row in model._base_manager.annotate(**raw).values_list(*raw).iterator(chunk_size=batch):
        yield [value or "" for value in row]
