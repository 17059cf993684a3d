"""Who signs checkpoints: by default an Ed25519 key in a file; by setting EVIDENCE_SIGNER a token or a KMS (docs/decisions/0010)."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, load_pem_private_key
from django.conf import settings
from django.utils.module_loading import import_string

from zimao.kernel.errors import Unavailable
from zimao.kernel.evidence.notes import Signer
from zimao.kernel.text import t

__all__ = ["FileSigner", "file_signer", "log_signer"]


class FileSigner:
    """Signs with a PKCS#8 PEM file that only the platform's user may read; the file is made at first use."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self._key = _load(path)

    @property
    def public_key(self) -> bytes:
        return self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


def _load(path: Path) -> Ed25519PrivateKey:
    if not path.exists():
        _make(path)
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise Unavailable("log_key", t("存证日志密钥不是 Ed25519 密钥：{path}", "The log key is no Ed25519 key: {path}").fill(path=path))
    return key


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    # whole and with mode 0600 before it gets its name: two processes that start together end up with one key
    handle, made = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        os.link(made, path)
    except FileExistsError:
        return
    finally:
        os.unlink(made)


def file_signer(origin: str) -> Signer:
    """The signer over ``ZIMAO_HOME/keys/evidence.pem``."""
    return FileSigner(settings.HOME / "keys" / "evidence.pem", origin)


def log_signer(origin: str) -> Signer:
    """The signer that the setting EVIDENCE_SIGNER names: a dotted path to ``factory(origin) -> Signer``."""
    factory = import_string(getattr(settings, "EVIDENCE_SIGNER", "zimao.kernel.evidence.signing.file_signer"))
    return factory(origin)  # type: ignore[no-any-return]
