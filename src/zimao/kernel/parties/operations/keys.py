"""The record that fields were rewritten under a new key."""

from __future__ import annotations

from zimao.kernel.operations import Act, operation
from zimao.kernel.parties.fields import key_fingerprint
from zimao.kernel.parties.roles import SYSTEM
from zimao.kernel.text import t

__all__ = ["note_rotation"]


@operation("parties.rotate_keys", roles=(SYSTEM,), label=t("更换字段密钥", "Change the key of the encrypted fields"))
def note_rotation(act: Act, *, rows: dict[str, int]) -> None:
    """Put on the evidence log how many rows of each model were rewritten, and under which key's fingerprint."""
    act.record("parties.rotate_keys", f"key:{key_fingerprint()}", {"rows": rows})
