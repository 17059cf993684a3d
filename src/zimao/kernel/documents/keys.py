"""Where a seal's private key lives. The signer sees one narrow interface; a file, a PKCS#11 device or a KMS is behind it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from zimao.kernel.errors import Unavailable
from zimao.kernel.text import t

__all__ = ["SealKey", "open_key", "register_key_scheme"]


class SealKey(Protocol):
    """A private key that signs and never leaves its place."""

    def sign(self, message: bytes) -> bytes:
        """The signature of ``message`` with SHA-256 (ECDSA in DER, or RSA PKCS#1 v1.5). Raises Unavailable when the device is away."""


class _FileKey:
    def __init__(self, path: Path) -> None:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{path.name} does not hold an elliptic-curve key")
        self._key = key

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message, ec.ECDSA(hashes.SHA256()))


def _open_file(where: str, folder: Path) -> SealKey:
    path = (folder / where).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise Unavailable("seal_key", t("找不到印章密钥，请联系管理员", "The seal's key is not there; ask the administrator"))
    return _FileKey(path)


_SCHEMES: dict[str, Callable[[str, Path], SealKey]] = {"file": _open_file}


def register_key_scheme(scheme: str, opener: Callable[[str, Path], SealKey]) -> None:
    """Serve references ``<scheme>:<where>`` with ``opener(where, key_folder)``: how PKCS#11 and KMS signers are plugged in."""
    _SCHEMES[scheme] = opener


def open_key(reference: str, folder: Path) -> SealKey:
    """The key of a reference such as ``file:seals/1f.key``. Raises Unavailable when no signer serves it or the key is away."""
    scheme, _, where = reference.partition(":")
    if scheme not in _SCHEMES:
        sentence = t("没有可用的签章服务“{scheme}”，请联系管理员", "No signer serves “{scheme}” keys; ask the administrator")
        raise Unavailable("seal_key", sentence.fill(scheme=scheme))
    return _SCHEMES[scheme](where, folder)
