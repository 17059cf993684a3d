"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature v1), with Ed25519.

A checkpoint is a short text (origin, tree size, root hash) with one signature line per signer. A verifier key ("vkey") is
``<name>+<key id>+<base64 of type byte and public key>``; a line by an unknown key is passed over, a wrong line by a
known key refuses the whole note. No database and no Django.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from zimao.kernel.evidence.tree import HASH_SIZE

__all__ = [
    "Checkpoint",
    "NoteError",
    "Signer",
    "VerifierKey",
    "cosign",
    "parse_checkpoint",
    "read_note",
    "sign_note",
    "vkey_of",
]

ED25519 = 1
COSIGNATURE_V1 = 4
_MARK = "— "
_MAX_NOTE = 64 * 1024
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_VKEY = re.compile(r"([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")


class NoteError(ValueError):
    """The text is no note, no checkpoint or no key, or no signature by the wanted key holds."""


class Signer(Protocol):
    """Whoever holds the log's Ed25519 key: a file, a PKCS#11 token, a KMS."""

    @property
    def name(self) -> str:
        """The key name, by convention the log's origin."""

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of the Ed25519 public key."""

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the Ed25519 signature over ``message`` (RFC 8032 5.1.6)."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself at one moment: its origin, how many leaves, the root over them; further lines as they are."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def body(self) -> str:
        """The note text, each line ended by a newline (tlog-checkpoint, Note text)."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key that can verify signature lines: of a log (type 1) or of a cosigning witness (type 4)."""

    name: str
    public_key: bytes
    kind: int = ED25519

    @property
    def key_id(self) -> bytes:
        """``SHA-256(name || 0x0A || type || public key)``, the first 4 bytes (signed-note, Signature types)."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public_key).digest()[:4]

    @classmethod
    def parse(cls, vkey: str) -> VerifierKey:
        """Read a vkey; NoteError when it is malformed, its id does not fit, or its type is not known here."""
        parts = _VKEY.fullmatch(vkey)
        if parts is None:
            raise NoteError("not a verifier key")
        blob = strict_base64(parts[3])
        if len(blob) != 1 + 32 or blob[0] not in {ED25519, COSIGNATURE_V1}:
            raise NoteError("a verifier key of an unknown type")
        key = cls(parts[1], blob[1:], blob[0])
        if key.key_id.hex() != parts[2]:
            raise NoteError("the id does not belong to the key")
        return key

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public_key).decode()}"

    def verify(self, body: str, blob: bytes) -> int | None:
        """Check what follows the key id on a signature line; the Unix time of a cosignature, else None; NoteError when wrong."""
        stamp = int.from_bytes(blob[:8]) if self.kind == COSIGNATURE_V1 else None
        signature = blob if stamp is None else blob[8:]
        message = body.encode() if stamp is None else _cosigned(body, stamp)
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except (InvalidSignature, ValueError) as error:
            raise NoteError(f"the signature by {self.name} does not hold") from error
        return stamp


def strict_base64(text: str) -> bytes:
    """Decode standard base64 with padding; NoteError for any other spelling, so that one value has one text."""
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("not base64") from error
    if base64.b64encode(found).decode() != text:
        raise NoteError("not canonical base64")
    return found


def vkey_of(signer: Signer) -> str:
    """The verifier key text of a log's signer."""
    return str(VerifierKey(signer.name, signer.public_key))


def sign_note(body: str, *signers: Signer) -> str:
    """The note: ``body``, a blank line, one signature line per signer."""
    _check_body(body)
    lines = [_line(VerifierKey(signer.name, signer.public_key), signer.sign(body.encode())) for signer in signers]
    return body + "\n" + "".join(lines)


def cosign(body: str, signer: Signer, unix_time: int) -> str:
    """A witness's signature line over a checkpoint body at a moment (tlog-cosignature, cosignature/v1)."""
    key = VerifierKey(signer.name, signer.public_key, COSIGNATURE_V1)
    return _line(key, unix_time.to_bytes(8) + signer.sign(_cosigned(body, unix_time)))


def read_note(note: str, keys: Iterable[VerifierKey]) -> tuple[str, dict[str, int | None]]:
    """The body of ``note`` and, by vkey, the keys that signed it (with the time of a cosignature).

    NoteError when the note is malformed, a line by a known key does not hold, or no known key signed.
    """
    body, lines = _take_apart(note)
    known = {(key.name, key.key_id): key for key in keys}
    signed: dict[str, int | None] = {}
    for name, blob in lines:
        key = known.get((name, blob[:4]))
        if key is None:
            continue
        if str(key) in signed:
            raise NoteError("two signatures by one key")
        signed[str(key)] = key.verify(body, blob[4:])
    if not signed:
        raise NoteError("not signed by a known key")
    return body, signed


def parse_checkpoint(body: str) -> Checkpoint:
    """Read a note body as a checkpoint; NoteError when it is none."""
    _check_body(body)
    origin, *rest = body[:-1].split("\n")
    if len(rest) < 2 or not origin or not _SIZE.fullmatch(rest[0]) or "" in rest:
        raise NoteError("not a checkpoint")
    root = strict_base64(rest[1])
    if len(root) != HASH_SIZE:
        raise NoteError("the root is not a SHA-256 hash")
    return Checkpoint(origin, int(rest[0]), root, tuple(rest[2:]))


def _take_apart(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    body, blank, tail = note.rpartition("\n\n")
    if not blank or not tail.endswith("\n") or len(note) > _MAX_NOTE:
        raise NoteError("not a signed note")
    body += "\n"
    _check_body(body)
    lines = [_signature(line) for line in tail[:-1].split("\n")]
    return body, lines


def _signature(line: str) -> tuple[str, bytes]:
    name, space, text = line.removeprefix(_MARK).partition(" ")
    blob = strict_base64(text) if line.startswith(_MARK) and space and name and "+" not in name else b""
    if len(blob) < 5:
        raise NoteError("not a signature line")
    return name, blob


def _check_body(body: str) -> None:
    if not body.endswith("\n") or any(ord(character) < 0x20 and character != "\n" for character in body):
        raise NoteError("a note is lines of text without control characters")


def _line(key: VerifierKey, blob: bytes) -> str:
    return f"{_MARK}{key.name} {base64.b64encode(key.key_id + blob).decode()}\n"


def _cosigned(body: str, unix_time: int) -> bytes:
    return f"cosignature/v1\ntime {unix_time}\n{body}".encode()
