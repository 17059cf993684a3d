"""Makes proof files out of the stored log. ``offline.verify_bundle`` is the other side."""

from __future__ import annotations

from typing import Any

from zimao.kernel.errors import Missing
from zimao.kernel.evidence.bundles import CaseBundle, ConsistencyBundle, EntryBundle, EntryProof, Opening
from zimao.kernel.evidence.checkpoints import checkpoint_at, latest_checkpoint
from zimao.kernel.evidence.log import private_part
from zimao.kernel.evidence.models import Leaf, SignedCheckpoint
from zimao.kernel.evidence.store import nodes
from zimao.kernel.evidence.tree import Nodes, consistency_proof, inclusion_proof
from zimao.kernel.text import t

__all__ = ["bundle", "case_bundle", "consistency_bundle"]


def bundle(index: int, *, private: bool = False, actor: bool = False) -> dict[str, Any]:
    """The proof file of entry ``index`` under the newest checkpoint, as JSON.

    ``private`` and ``actor`` disclose those parts with their salts: only for a reader who may see them. Missing when there is no such
    entry, or no checkpoint covers it yet, or a part to be disclosed was erased.
    """
    leaf = Leaf.objects.filter(index=index).first()
    if leaf is None:
        raise Missing("leaf", t("存证日志中没有第 {index} 条", "The evidence log has no entry {index}").fill(index=index))
    signed = _covering(index)
    proof = _entry(leaf, signed.size, nodes(), private=private, actor=actor)
    found = EntryBundle(**dict(proof), size=signed.size, checkpoint=signed.note, vkey=signed.vkey)
    return found.model_dump(mode="json", exclude_none=True)


def case_bundle(subject: str, *, private: bool = False, actor: bool = False) -> dict[str, Any]:
    """The proof file of every entry about ``subject``, as JSON; Missing as for :func:`bundle`.

    Erased private parts are left out of a disclosing file: the entries themselves stay provable.
    """
    leaves = list(Leaf.objects.filter(subject=subject).order_by("index"))
    if not leaves:
        raise Missing(
            "subject", t("存证日志中没有关于 {subject} 的条目", "The evidence log has no entry about {subject}").fill(subject=subject)
        )
    signed = _covering(leaves[-1].index)
    reader = nodes()
    proofs = [_entry(leaf, signed.size, reader, private=private, actor=actor, lenient=True) for leaf in leaves]
    found = CaseBundle(subject=subject, size=signed.size, checkpoint=signed.note, vkey=signed.vkey, entries=proofs)
    return found.model_dump(mode="json", exclude_none=True)


def consistency_bundle(old: int, new: int) -> dict[str, Any]:
    """The proof file that the checkpoint of size ``old`` is the beginning of that of size ``new``, as JSON.

    Missing when either was never signed; ``0 < old <= new``.
    """
    before, after = checkpoint_at(old), checkpoint_at(new)
    found = ConsistencyBundle(
        old_checkpoint=before.note,
        old_vkey=before.vkey,
        checkpoint=after.note,
        vkey=after.vkey,
        consistency=consistency_proof(nodes(), old, new),
    )
    return found.model_dump(mode="json", exclude_none=True)


def _covering(index: int) -> SignedCheckpoint:
    signed = latest_checkpoint()
    if signed is None or signed.size <= index:
        raise Missing(
            "not_yet_signed",
            t(
                "第 {index} 条尚未进入检查点：请在下一个检查点签署后再试",
                "No checkpoint covers entry {index} yet: try again after the next one",
            ).fill(index=index),
        )
    return signed


def _entry(leaf: Leaf, size: int, reader: Nodes, *, private: bool, actor: bool, lenient: bool = False) -> EntryProof:
    opened = private_part(leaf.index) if private or actor else None
    if opened is None and (private or actor) and not lenient:
        raise Missing("private_part", t("该条的非公开部分不存在或已删除", "The private part of this entry is not there or was erased"))
    return EntryProof(
        entry=bytes(leaf.entry).decode(),
        index=leaf.index,
        inclusion=inclusion_proof(reader, leaf.index, size),
        private=Opening(text=opened.private, salt=opened.private_salt) if opened and private and opened.private else None,
        actor=Opening(text=opened.actor, salt=opened.actor_salt) if opened and actor and opened.actor else None,
    )
