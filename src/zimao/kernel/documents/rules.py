"""What state a document is in on a day, which changes of state there are, which kinds an authority covers. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal

from zimao.kernel.text import Text, t

__all__ = ["ADVICE", "CHANGES", "LABELS", "SENTENCES", "Standing", "covers", "is_pattern", "standing_on"]

Standing = Literal["valid", "not_yet_valid", "expired", "suspended", "revoked", "superseded", "altered", "unknown"]

CHANGES: Mapping[str, tuple[frozenset[str], str]] = {
    "suspend": (frozenset({"valid"}), "suspended"),
    "restore": (frozenset({"suspended"}), "valid"),
    "revoke": (frozenset({"valid", "suspended"}), "revoked"),
    "reissue": (frozenset({"valid", "suspended"}), "superseded"),
}
"""Verb -> (states in which it may be done, state after it). Revoked and superseded are final."""

LABELS: Mapping[str, Text] = {
    "valid": t("有效", "Valid"),
    "not_yet_valid": t("尚未生效", "Not yet valid"),
    "expired": t("已过期", "Expired"),
    "suspended": t("已暂停", "Suspended"),
    "revoked": t("已撤销", "Revoked"),
    "superseded": t("已换发", "Superseded"),
    "altered": t("文件被改动", "Altered file"),
    "unknown": t("查无此证", "Unknown"),
}

SENTENCES: Mapping[str, Text] = {
    "valid": t("该证照由本平台签发，现行有效", "This document was issued here and is valid"),
    "not_yet_valid": t("该证照由本平台签发，尚未到生效日期", "This document was issued here; its validity has not begun"),
    "expired": t("该证照由本平台签发，已超过有效期", "This document was issued here; its validity has ended"),
    "suspended": t("该证照由本平台签发，目前暂停使用", "This document was issued here and is suspended for the time being"),
    "revoked": t("该证照由本平台签发，已被撤销", "This document was issued here and has been revoked"),
    "superseded": t("该证照由本平台签发，已被新证取代", "This document was issued here and has been replaced by a new one"),
    "altered": t("该文件不是签发时的原件：内容被改动或追加", "This file is not what was issued: it has been changed or added to"),
    "unknown": t("登记簿中没有这份证照", "The register holds no such document"),
}

ADVICE: Mapping[str, Text] = {
    "valid": t(
        "请核对下列内容与您手中的证照是否一致；不一致的，请勿采信",
        "Compare what is shown with the paper before you; if they differ, do not rely on it",
    ),
    "not_yet_valid": t("请在生效日期之后再使用", "Use it from its first day of validity"),
    "expired": t("请要求持证人提供现行有效的证照", "Ask the holder for a document that is valid now"),
    "suspended": t("暂停期间不得使用；如有疑问请联系发证机关", "It must not be used meanwhile; ask the issuing authority if in doubt"),
    "revoked": t("请勿采信；如仍被使用，请告知发证机关", "Do not rely on it; tell the issuing authority if it is still being used"),
    "superseded": t("请要求持证人出示新证", "Ask the holder for the new document"),
    "altered": t("请勿采信；请用证照上的核验码查询原件", "Do not rely on it; look the original up by the verification code printed on it"),
    "unknown": t(
        "请核对核验码或文件；仍查不到的，请勿采信并联系发证机关",
        "Check the code or the file; if it is still not found, do not rely on it and ask the issuing authority",
    ),
}


def standing_on(day: date, *, status: str, valid_from: date, valid_to: date | None) -> Standing:
    """The standing on ``day`` of a document whose stored status is ``status``; the last day of validity still counts."""
    if status != "valid":
        return status  # type: ignore[return-value]  # the stored states are a subset of the standings
    if day < valid_from:
        return "not_yet_valid"
    return "expired" if valid_to is not None and day > valid_to else "valid"


_PATTERN = re.compile(r"\*|[a-z0-9_]+(?:\.[a-z0-9_]+)*(?:\.\*)?")


def is_pattern(pattern: str) -> bool:
    """True for ``*``, for a kind (``ship.nationality``) and for all kinds below a name (``ship.*``)."""
    return _PATTERN.fullmatch(pattern) is not None


def covers(patterns: Iterable[str], kind: str) -> bool:
    """True when one of ``patterns`` is ``kind``, a name above it followed by ``.*``, or ``*``."""
    return any(pattern in {"*", kind} or (pattern.endswith(".*") and kind.startswith(pattern[:-1])) for pattern in patterns)
