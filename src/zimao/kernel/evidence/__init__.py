"""The evidence log: an RFC 6962 Merkle tree of everything that operations record, with signed checkpoints and offline proofs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zimao.kernel._door import lazy_door

if TYPE_CHECKING:
    from zimao.kernel.evidence.auditing import Audit, audit
    from zimao.kernel.evidence.checkpoints import checkpoint, latest_checkpoint, log_keys
    from zimao.kernel.evidence.log import Line, append, erase, history, private_part
    from zimao.kernel.evidence.offline import Report, verify_bundle
    from zimao.kernel.evidence.proofs import bundle, case_bundle, consistency_bundle

__all__ = [
    "Audit",
    "Line",
    "Report",
    "append",
    "audit",
    "bundle",
    "case_bundle",
    "checkpoint",
    "consistency_bundle",
    "erase",
    "history",
    "latest_checkpoint",
    "log_keys",
    "private_part",
    "verify_bundle",
]

_ROOMS = {
    ".auditing": ("Audit", "audit"),
    ".checkpoints": ("checkpoint", "latest_checkpoint", "log_keys"),
    ".log": ("Line", "append", "erase", "history", "private_part"),
    ".offline": ("Report", "verify_bundle"),
    ".proofs": ("bundle", "case_bundle", "consistency_bundle"),
}
__getattr__, __dir__ = lazy_door(__name__, {name: room for room, names in _ROOMS.items() for name in names})
