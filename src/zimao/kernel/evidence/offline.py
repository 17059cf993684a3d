"""Verifies a proof file with nothing but the file and, better, a verifier key had from elsewhere. No database and no Django."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from pydantic import ValidationError

from zimao.kernel.evidence.bundles import AnyBundle, CaseBundle, ConsistencyBundle, EntryBundle, EntryProof, Opening, read_bundle
from zimao.kernel.evidence.notes import Checkpoint, NoteError, VerifierKey, parse_checkpoint, read_note
from zimao.kernel.evidence.tree import leaf_hash, verify_consistency, verify_inclusion
from zimao.kernel.text import Text, t

__all__ = ["Check", "Report", "verify_bundle"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: a stable name, whether it holds, the sentence for a reader."""

    name: str
    passed: bool
    sentence: Text


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on a proof file.

    ``valid``: everything that the file claims holds. ``trusted``: and the key that signed is the one that the verifier brought
    along; without that a valid file only shows that it agrees with the key inside it.
    """

    checks: tuple[Check, ...]
    trusted: bool = False
    entries: tuple[dict[str, Any], ...] = ()
    checkpoint: Checkpoint | None = None

    @property
    def valid(self) -> bool:
        return bool(self.checks) and all(check.passed for check in self.checks)

    @property
    def verdict(self) -> Text:
        """The verdict in one sentence."""
        if not self.valid:
            return t("证明无效", "The proof is not valid")
        if not self.trusted:
            return t(
                "证明自洽；请用从其他渠道取得的公钥再次核验", "The proof agrees with itself; verify it again with a key had from elsewhere"
            )
        return t("证明有效", "The proof is valid")

    def as_dict(self, language: str = "zh") -> dict[str, Any]:
        """The report as JSON."""
        return {
            "valid": self.valid,
            "trusted": self.trusted,
            "verdict": self.verdict.into(language),
            "checks": [{"name": check.name, "passed": check.passed, "detail": check.sentence.into(language)} for check in self.checks],
            "origin": self.checkpoint.origin if self.checkpoint else None,
            "size": self.checkpoint.size if self.checkpoint else None,
            "entries": list(self.entries),
        }


def verify_bundle(data: bytes | str | dict[str, Any], trusted_vkey: str | None = None) -> Report:
    """Verify a proof file of any kind; never raises for what the file holds.

    ``trusted_vkey`` is the log's verifier key had from elsewhere than the file; then the newest checkpoint must be signed by it.
    """
    try:
        bundle = read_bundle(data)
    except (ValidationError, ValueError, RecursionError):
        return Report((Check("format", False, t("文件不是存证证明文件，或已被改动", "The file is no proof file, or it was altered")),))
    found = _checkpoint(bundle.checkpoint, bundle.vkey, trusted_vkey)
    if found is None:
        return Report(
            (Check("checkpoint", False, t("检查点签名无效，或不是由给定公钥签署", "The checkpoint is not signed by the given key")),)
        )
    signed = Check(
        "checkpoint",
        True,
        t("检查点由 {origin} 签署，共 {size} 条", "The checkpoint is signed by {origin} over {size} entries").fill(
            origin=found.origin, size=found.size
        ),
    )
    checks = (signed, *_checks(bundle, found))
    return Report(checks, trusted_vkey is not None, tuple(_readable(bundle)), found)


def _checkpoint(note: str, vkey: str, trusted_vkey: str | None) -> Checkpoint | None:
    try:
        key = VerifierKey.parse(vkey)
        if trusted_vkey is not None and str(key) != trusted_vkey.strip():
            return None
        found = parse_checkpoint(read_note(note, [key])[0])
    except NoteError:
        return None
    return found if found.origin == key.name else None


def _checks(bundle: AnyBundle, found: Checkpoint) -> Iterator[Check]:
    if isinstance(bundle, ConsistencyBundle):
        yield _growth(bundle, found)
        return
    yield Check("size", bundle.size == found.size, t("文件所载大小与检查点一致", "The size in the file is the checkpoint's"))
    proofs: Sequence[EntryProof] = [bundle] if isinstance(bundle, EntryBundle) else bundle.entries
    for proof in proofs:
        yield from _entry(proof, found)
    if isinstance(bundle, CaseBundle):
        about = {_fields(proof.entry).get("subject") for proof in proofs} == {bundle.subject}
        yield Check("subject", about, t("全部条目均属于 {subject}", "Every entry is about {subject}").fill(subject=bundle.subject))
        order = [proof.index for proof in proofs]
        yield Check("order", order == sorted(set(order)), t("条目按先后排列且无重复", "The entries are in order and none comes twice"))


def _entry(proof: EntryProof, found: Checkpoint) -> Iterator[Check]:
    fields = _fields(proof.entry)
    yield Check("entry", fields.get("v") == 1, t("第 {index} 条可读", "Entry {index} can be read").fill(index=proof.index))
    leaf = leaf_hash(proof.entry.encode(errors="surrogatepass"))
    holds = verify_inclusion(proof.index, found.size, leaf, proof.inclusion, found.root)
    yield Check(
        "inclusion", holds, t("第 {index} 条在检查点所载的日志中", "Entry {index} is in the log of the checkpoint").fill(index=proof.index)
    )
    if proof.private is not None:
        yield Check(
            "private",
            _opens(proof.private, fields.get("private_sha256")),
            t("披露的非公开内容与条目相符", "The disclosed private part belongs to the entry"),
        )
    if proof.actor is not None:
        yield Check(
            "actor",
            _opens(proof.actor, fields.get("actor")),
            t("披露的操作人编号与条目相符", "The disclosed user number belongs to the entry"),
        )


def _growth(bundle: ConsistencyBundle, found: Checkpoint) -> Check:
    old = _checkpoint(bundle.old_checkpoint, bundle.old_vkey, None)
    holds = (
        old is not None
        and old.origin == found.origin
        and verify_consistency(old.size, found.size, old.root, found.root, bundle.consistency)
    )
    size = old.size if old else "?"
    return Check(
        "consistency",
        holds,
        t("大小为 {size} 的日志是本检查点日志的开头", "The log of size {size} is the beginning of this one").fill(size=size),
    )


def _opens(opening: Opening, committed: object) -> bool:
    return sha256(opening.salt + opening.text.encode(errors="surrogatepass")).hexdigest() == committed


def _fields(entry: str) -> dict[str, Any]:
    try:
        found = json.loads(entry)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _readable(bundle: AnyBundle) -> Iterator[dict[str, Any]]:
    if isinstance(bundle, ConsistencyBundle):
        return
    for proof in [bundle] if isinstance(bundle, EntryBundle) else bundle.entries:
        yield {"index": proof.index, **_fields(proof.entry)} | ({"private": _fields(proof.private.text)} if proof.private else {})
