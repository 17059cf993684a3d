"""Text that is encrypted at rest, and the blind index under which it can still be looked up."""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models

__all__ = ["EncryptedTextField", "blind_index", "mask"]


def _derive(secret: str, purpose: bytes) -> bytes:
    return hashlib.scrypt(secret.encode(), salt=b"zimao/" + purpose, n=2**14, r=8, p=1, dklen=32)


@lru_cache(maxsize=4)
def _cipher(secret: str, older: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derive(one, b"field"))) for one in (secret, *older)])


@lru_cache(maxsize=4)
def _index_key(secret: str) -> bytes:
    return _derive(secret, b"index")


def _current() -> MultiFernet:
    return _cipher(settings.SECRET_KEY, tuple(getattr(settings, "SECRET_KEY_FALLBACKS", ())))


class EncryptedTextField(models.TextField[str, str]):
    """A text that the database only sees encrypted (Fernet: AES-128-CBC with HMAC-SHA256; keys rotate by SECRET_KEY_FALLBACKS)."""

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        return _current().decrypt(value.encode()).decode() if value else value

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return _current().encrypt(str(text).encode()).decode() if text else text


def blind_index(value: str) -> str:
    """A keyed hash of ``value`` (upper case, no spaces): equal values are found, the value cannot be read back."""
    plain = "".join(value.upper().split())
    return hmac.new(_index_key(settings.SECRET_KEY), plain.encode(), hashlib.sha256).hexdigest() if plain else ""


def mask(value: str, *, keep_start: int = 3, keep_end: int = 2) -> str:
    """``value`` with its middle hidden; short values keep only the first character."""
    if len(value) <= keep_start + keep_end:
        return value[:1] + "*" * max(len(value) - 1, 0)
    return value[:keep_start] + "*" * (len(value) - keep_start - keep_end) + value[-keep_end:]
