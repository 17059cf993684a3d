"""The three proof files: one entry, a whole case, the growth between two checkpoints. Self-contained JSON; hashes in base64.

An entry is carried as the exact text that was hashed, so a verifier need not know how it was spelled. No database and no Django.
"""

from __future__ import annotations

import base64
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator, TypeAdapter

from zimao.kernel.evidence.entries import SALT_SIZE
from zimao.kernel.evidence.notes import strict_base64
from zimao.kernel.evidence.tree import HASH_SIZE

__all__ = ["AnyBundle", "CaseBundle", "ConsistencyBundle", "EntryBundle", "EntryProof", "Opening", "read_bundle"]


def _bytes_of(width: int) -> PlainValidator:
    def check(value: object) -> bytes:
        found = strict_base64(value) if isinstance(value, str) else value
        if not isinstance(found, bytes) or len(found) != width:
            raise ValueError(f"not {width} bytes")
        return found

    return PlainValidator(check, json_schema_input_type=str)


_TEXT = PlainSerializer(lambda value: base64.b64encode(value).decode(), return_type=str)
Hash = Annotated[bytes, _bytes_of(HASH_SIZE), _TEXT]
Salt = Annotated[bytes, _bytes_of(SALT_SIZE), _TEXT]
Index = Annotated[int, Field(ge=0, lt=2**63)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Opening(_Strict):
    """A disclosed value and its salt: together they open the salted hash in the entry."""

    text: str
    salt: Salt


class EntryProof(_Strict):
    """One entry and its path to the root; ``private`` and ``actor`` only when they are disclosed."""

    entry: str
    index: Index
    inclusion: list[Hash] = Field(max_length=64)
    private: Opening | None = None
    actor: Opening | None = None


class EntryBundle(EntryProof):
    """The proof file of one entry."""

    format: Literal["zimao-evidence-entry/1"] = "zimao-evidence-entry/1"
    size: Index
    checkpoint: str
    vkey: str


class CaseBundle(_Strict):
    """The proof file of every entry about one subject, under one checkpoint."""

    format: Literal["zimao-evidence-case/1"] = "zimao-evidence-case/1"
    subject: str
    size: Index
    checkpoint: str
    vkey: str
    entries: list[EntryProof] = Field(min_length=1)


class ConsistencyBundle(_Strict):
    """The proof file that the log of the old checkpoint is the beginning of the log of the new one."""

    format: Literal["zimao-evidence-consistency/1"] = "zimao-evidence-consistency/1"
    old_checkpoint: str
    old_vkey: str
    checkpoint: str
    vkey: str
    consistency: list[Hash] = Field(max_length=128)


AnyBundle = EntryBundle | CaseBundle | ConsistencyBundle
_ADAPTER: TypeAdapter[AnyBundle] = TypeAdapter(Annotated[AnyBundle, Field(discriminator="format")])


def read_bundle(data: bytes | str | dict[str, object]) -> AnyBundle:
    """Read a proof file of any kind; ValueError (pydantic's ValidationError) when it is none."""
    return _ADAPTER.validate_python(data) if isinstance(data, dict) else _ADAPTER.validate_json(data)
