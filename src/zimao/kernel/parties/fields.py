"""Text that is encrypted at rest, and the blind index under which it can still be looked up.

Keys are derived from ``settings.FIELD_KEYS``, newest first: the first encrypts, all of them decrypt, so a key is changed
without stopping (docs/decisions/0013-encrypted-fields.md).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.lookups import Exact

__all__ = [
    "BlindIndexField",
    "EncryptedTextField",
    "blind_index",
    "blind_indexes",
    "field_secrets",
    "is_current",
    "key_fingerprint",
    "mask",
]


def field_secrets() -> tuple[str, ...]:
    """The secrets that fields are encrypted under, newest first; the secret key's own when none were given."""
    given = tuple(getattr(settings, "FIELD_KEYS", ()))
    return given or (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def _derive(secret: str, purpose: bytes) -> bytes:
    return hashlib.scrypt(secret.encode(), salt=b"zimao/" + purpose, n=2**14, r=8, p=1, dklen=32)


@lru_cache(maxsize=16)
def _fernet(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derive(secret, b"field")))


@lru_cache(maxsize=16)
def _index_key(secret: str) -> bytes:
    return _derive(secret, b"index")


@lru_cache(maxsize=4)
def _cipher(secrets: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([_fernet(secret) for secret in secrets])


def key_fingerprint() -> str:
    """16 hex digits that name the key in use without telling it."""
    return hashlib.sha256(b"fingerprint" + _index_key(field_secrets()[0])).hexdigest()[:16]


def is_current(ciphertext: str) -> bool:
    """True when the newest key alone opens ``ciphertext`` (an empty text needs no key)."""
    if not ciphertext:
        return True
    try:
        _fernet(field_secrets()[0]).decrypt(ciphertext.encode())
    except InvalidToken:
        return False
    return True


class EncryptedTextField(models.TextField[str, str]):
    """A text that the database only sees encrypted (Fernet: AES-128-CBC with HMAC-SHA256).

    Two equal texts have different ciphertexts, so a query by value could never find one; it raises FieldError instead of
    answering nothing. Only ``isnull`` and ``exact=""`` are there. Look values up through a :class:`BlindIndexField`.
    """

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        return _cipher(field_secrets()).decrypt(value.encode()).decode() if value else value

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return _cipher(field_secrets()).encrypt(str(text).encode()).decode() if text else text

    def get_lookup(self, lookup_name: str) -> Any:
        return {"exact": _Empty, "isnull": super().get_lookup("isnull")}.get(lookup_name)


class _Empty(Exact):
    """``exact`` for encrypted text: only the question whether it is empty has an answer."""

    def __init__(self, lhs: Any, rhs: Any) -> None:
        if rhs != "":
            raise FieldError("an encrypted text cannot be searched by value; use its blind index")
        super().__init__(lhs, rhs)


class BlindIndexField(models.CharField[str, str]):
    """The blind index of the encrypted field ``of`` in the same row, recomputed at every save."""

    def __init__(self, *args: Any, of: str, **kwargs: Any) -> None:
        self.of = of
        kwargs = {"max_length": 64, "blank": True, "db_index": True, "editable": False} | kwargs
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        index = blind_index(getattr(model_instance, self.of) or "")
        setattr(model_instance, self.attname, index)
        return index


def blind_index(value: str) -> str:
    """A keyed hash of ``value`` (upper case, no spaces): equal values are found, the value cannot be read back."""
    return _index_under(field_secrets()[0], value)


def blind_indexes(value: str) -> list[str]:
    """The index of ``value`` under every key, newest first: what to search for while keys are being changed."""
    return [index for secret in field_secrets() if (index := _index_under(secret, value))]


def _index_under(secret: str, value: str) -> str:
    plain = "".join(value.upper().split())
    return hmac.new(_index_key(secret), plain.encode(), hashlib.sha256).hexdigest() if plain else ""


def mask(value: str, *, keep_start: int = 3, keep_end: int = 2) -> str:
    """``value`` with its middle hidden; short values keep only the first character."""
    if len(value) <= keep_start + keep_end:
        return value[:1] + "*" * max(len(value) - 1, 0)
    return value[:keep_start] + "*" * (len(value) - keep_start - keep_end) + value[len(value) - keep_end :]
