"""From a journal entry to the bytes of a leaf, and to the private part that the leaf only commits to.

A leaf is JSON with sorted keys, in UTF-8, without spaces: ``{actor, at, data, private_sha256, subject, v, verb}``. ``actor``
and ``private_sha256`` are ``SHA-256(salt || value)`` with a fresh 16-byte salt each, or null. Salts, user and private payload
go into one sealed part (AES-256-GCM, bound to the leaf hash). Erase that part, and the hashes say nothing, while the tree
stays whole. No database and no Django.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import scrypt, sha256
from itertools import chain
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from zimao.kernel.errors import Refused, Unavailable
from zimao.kernel.journal import Entry
from zimao.kernel.text import t

__all__ = ["MAX_ENTRY", "SALT_SIZE", "Disclosed", "Prepared", "canonical", "commitment", "prepare", "sealer", "unseal"]

SALT_SIZE = 16
NONCE_SIZE = 12
MAX_ENTRY = 0xFFFF  # an entry bundle of C2SP tlog-tiles gives the length in two bytes
MAX_DEPTH = 32
MAX_SUBJECT = 200
_ATOMS = frozenset({str, int, bool, type(None)})
_KEYS = frozenset({str})
_NOT_JSON = t(
    "存证内容只能是文本、整数、真假值、空值、列表和对象",
    "Evidence may hold text, whole numbers, true, false, null, lists and objects only",
)
_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class Prepared(NamedTuple):
    """Leaves before they have a place, in columns: their bytes, their leaf hashes, the sealed private parts (None where nothing is)."""

    entries: list[bytes]
    hashes: list[bytes]
    sealed: list[bytes | None]


@dataclass(frozen=True, slots=True)
class Disclosed:
    """An opened private part: the acting user's number and the private payload as exact JSON text, each with its salt."""

    actor: str
    actor_salt: bytes
    private: str
    private_salt: bytes


def canonical(value: Mapping[str, Any]) -> str:
    """The one JSON text of ``value``: keys sorted by code point, no spaces, nothing escaped that need not be.

    Refused for anything but text, whole numbers, true, false, null, lists and objects: a float has more than one spelling.
    """
    return _texts([value])[0]


def _texts(values: Sequence[Mapping[str, Any]]) -> list[str]:
    if not any(values):
        return ["{}"] * len(values)
    plain = [value if type(value) is dict else dict(value) for value in values]
    if not _are_flat(plain) and not all(_is_plain(value, MAX_DEPTH) for value in plain):
        raise Refused("entry_not_json", _NOT_JSON)
    # one call of the encoder for the whole batch, cut at a mark nobody can guess: half the time of a call for each value
    mark = os.urandom(16).hex()
    mixed: list[Any] = [mark] * (2 * len(values))
    mixed[::2] = plain
    return (_encode(mixed)[1:-1] + ",").split(f',"{mark}",')[:-1]


def _are_flat(values: Sequence[dict[str, Any]]) -> bool:
    """True when no value holds another list or object, as most entries: then one pass over the batch is the whole check."""
    inner = map(type, chain.from_iterable(map(dict.values, values)))
    return _ATOMS.issuperset(inner) and _KEYS.issuperset(map(type, chain.from_iterable(values)))


def _is_plain(value: Any, depth: int) -> bool:
    kind = type(value)
    if kind is dict and depth:
        inner = value.values()
        if not _KEYS.issuperset(map(type, value)):
            return False
    elif (kind is list or kind is tuple) and depth:
        inner = value
    else:
        return isinstance(value, str | int | None)
    return _ATOMS.issuperset(map(type, inner)) or all(_is_plain(one, depth - 1) for one in inner)


def commitment(salt: bytes, value: str) -> str:
    """``SHA-256(salt || value)`` in hexadecimal; the salt has a fixed length, so the pair is unambiguous."""
    return sha256(salt + value.encode()).hexdigest()


def instant(at: datetime) -> str:
    """UTC with microseconds and ``Z`` (RFC 3339); ValueError for a time without zone."""
    if at.tzinfo is None:
        raise ValueError("the time of an entry needs a zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


@lru_cache(maxsize=8)
def sealer(secret: str) -> AESGCM:
    """The cipher of private parts under the platform's secret."""
    return AESGCM(scrypt(secret.encode(), salt=b"zimao/evidence", n=2**14, r=8, p=1, dklen=32))


def unseal(sealed: bytes, leaf: bytes, ciphers: Sequence[AESGCM]) -> Disclosed:
    """Open a private part with the first cipher that fits; Unavailable when none does."""
    for cipher in ciphers:
        try:
            plain = cipher.decrypt(sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], leaf)
        except (InvalidTag, ValueError):
            continue
        actor, _, private = plain[2 * SALT_SIZE :].decode().partition("\n")
        return Disclosed(actor, plain[:SALT_SIZE], private, plain[SALT_SIZE : 2 * SALT_SIZE])
    raise Unavailable(
        "private_part_sealed",
        t(
            "无法解密该条存证的非公开部分：请检查平台密钥",
            "The private part of this entry cannot be opened: check the platform's secret key",
        ),
    )


def prepare(entries: Sequence[Entry], known: Collection[str], at: datetime, actor: int | None, cipher: AESGCM) -> Prepared:
    """The leaves of ``entries``, in order. Refused for an unknown verb, a subject that is empty or too long, or other than JSON."""
    for entry in entries:
        if entry.verb not in known or not 0 < len(entry.subject) <= MAX_SUBJECT:
            raise _refusal(entry, known)
    random = os.urandom(len(entries) * (2 * SALT_SIZE + NONCE_SIZE))
    salts = _cut(random[: len(entries) * 2 * SALT_SIZE], 2 * SALT_SIZE)
    nonces = _cut(random[len(entries) * 2 * SALT_SIZE :], NONCE_SIZE)
    who = b"" if actor is None else str(actor).encode()
    try:
        private = [text.encode() if text != "{}" else b"" for text in _texts([entry.private for entry in entries])]
        leaves = _leaves(entries, at, who, private, salts)
    except UnicodeEncodeError as error:
        raise Refused("entry_not_text", t("存证内容含有无效字符", "The entry holds characters that are no text")) from error
    hashes = [sha256(b"\x00" + leaf).digest() for leaf in leaves]
    sealed = [
        nonce + cipher.encrypt(nonce, b"%b%b\n%b" % (salt, who, hidden), hash_) if who or hidden else None
        for nonce, salt, hidden, hash_ in zip(nonces, salts, private, hashes, strict=True)
    ]
    return Prepared(leaves, hashes, sealed)


def _leaves(entries: Sequence[Entry], at: datetime, who: bytes, private: Sequence[bytes], salts: Sequence[bytes]) -> list[bytes]:
    middle = f',"at":"{instant(at)}","data":'
    actors = [f'"{sha256(salt[:SALT_SIZE] + who).hexdigest()}"' for salt in salts] if who else ["null"] * len(entries)
    hidden = [f'"{sha256(salt[SALT_SIZE:] + part).hexdigest()}"' if part else "null" for salt, part in zip(salts, private, strict=True)]
    words = {verb: encode_basestring(verb) for verb in {entry.verb for entry in entries}}
    leaves = [
        (
            f'{{"actor":{actor}{middle}{data},"private_sha256":{part},"subject":{encode_basestring(entry.subject)},"v":1,"verb":{words[entry.verb]}}}'
        ).encode()
        for entry, actor, data, part in zip(entries, actors, _texts([entry.data for entry in entries]), hidden, strict=True)
    ]
    if max(map(len, leaves)) > MAX_ENTRY:
        raise Refused("entry_length", t("一条存证不得超过 65535 字节", "An entry has at most 65,535 bytes"), "data")
    return leaves


def _cut(blob: bytes, width: int) -> list[bytes]:
    return [blob[place : place + width] for place in range(0, len(blob), width)]


def _refusal(entry: Entry, known: Collection[str]) -> Refused:
    if entry.verb not in known:
        sentence = t(
            "存证动作“{verb}”未登记：请先在应用启动时登记", "The evidence verb “{verb}” is not registered: register it when the app starts"
        )
        return Refused("verb_unknown", sentence.fill(verb=entry.verb), "verb")
    return Refused("subject_length", t("存证对象须为 1 至 200 个字符", "The subject of an entry has 1 to 200 characters"), "subject")
