"""Makes and reads the log's signed checkpoints. A checkpoint is only signed when the last one is its beginning."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from zimao.kernel.errors import Conflict, Missing, Unavailable
from zimao.kernel.evidence.log import locked_log
from zimao.kernel.evidence.models import SignedCheckpoint
from zimao.kernel.evidence.notes import Checkpoint, NoteError, VerifierKey, parse_checkpoint, read_note, sign_note, vkey_of
from zimao.kernel.evidence.signing import log_signer
from zimao.kernel.evidence.store import nodes
from zimao.kernel.evidence.tree import Nodes, consistency_proof, root, verify_consistency
from zimao.kernel.text import t

__all__ = ["checkpoint", "checkpoint_at", "latest_checkpoint", "log_keys"]


def checkpoint(at: datetime) -> SignedCheckpoint:
    """Sign the log as it is and keep the statement; the last one again when no leaf was added since.

    Conflict, and nothing signed, when the stored tree does not begin with the last checkpoint's; Unavailable when the signer
    does not give a signature that holds.
    """
    with transaction.atomic():
        log = locked_log()
        last = SignedCheckpoint.objects.order_by("-size").first()
        if last is not None and last.size == log.size:
            return last
        reader = nodes()
        try:
            found = Checkpoint(log.origin, log.size, root(reader, log.size))
            grown = last is None or _is_beginning(last, found, reader)
        except LookupError:
            grown = False
        if not grown:
            raise Conflict(
                "log_inconsistent",
                t(
                    "存证日志与上一个检查点不一致，未签名：请运行 zimao evidence audit",
                    "The log does not continue its last checkpoint; nothing was signed: run zimao evidence audit",
                ),
            )
        note, vkey = _signed(found)
        return SignedCheckpoint.objects.create(size=found.size, root=found.root, note=note, vkey=vkey, at=at)


def _is_beginning(last: SignedCheckpoint, found: Checkpoint, reader: Nodes) -> bool:
    if stated(last) is None or last.size > found.size:
        return False
    if last.size == 0:
        return True
    proof = consistency_proof(reader, last.size, found.size)
    return verify_consistency(last.size, found.size, bytes(last.root), found.root, proof)


def stated(row: SignedCheckpoint) -> Checkpoint | None:
    """What a stored note states; None when its signature does not hold or it states other than the row's columns."""
    try:
        found = parse_checkpoint(read_note(row.note, [VerifierKey.parse(row.vkey)])[0])
    except NoteError:
        return None
    return found if (found.size, found.root) == (row.size, bytes(row.root)) else None


def _signed(found: Checkpoint) -> tuple[str, str]:
    signer = log_signer(found.origin)
    note, vkey = sign_note(found.body(), signer), vkey_of(signer)
    try:
        read_note(note, [VerifierKey.parse(vkey)])
    except NoteError as error:
        raise Unavailable(
            "log_signer", t("签名服务返回的签名无效，未写入检查点", "The signer's signature does not hold; no checkpoint was written")
        ) from error
    return note, vkey


def latest_checkpoint() -> SignedCheckpoint | None:
    """The newest checkpoint; None before the first."""
    return SignedCheckpoint.objects.order_by("-size").first()


def checkpoint_at(size: int) -> SignedCheckpoint:
    """The checkpoint over exactly ``size`` leaves; Missing when none was signed at that size."""
    found = SignedCheckpoint.objects.filter(size=size).first()
    if found is None:
        raise Missing("checkpoint", t("没有大小为 {size} 的检查点", "There is no checkpoint of size {size}").fill(size=size))
    return found


def log_keys() -> list[str]:
    """Every verifier key that has signed a checkpoint, the newest first."""
    return list(dict.fromkeys(SignedCheckpoint.objects.order_by("-size").values_list("vkey", flat=True)))
