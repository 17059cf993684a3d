"""Time-based one-time codes (RFC 6238: SHA-1, 30 seconds, 6 digits) and recovery codes. Pure: the instant is given."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from io import BytesIO

import pyotp
import segno

from zimao.kernel.parties.identifiers import normalised

__all__ = ["PERIOD_S", "matching_step", "new_recovery_codes", "new_secret", "provisioning_uri", "qr_svg", "recovery_digest"]

PERIOD_S = 30
_DRIFT_STEPS = 1
_RECOVERY_CODES = 10
_RECOVERY_BYTES = 10


def new_secret() -> str:
    """A fresh 160-bit secret in base 32."""
    return pyotp.random_base32()


def matching_step(secret: str, code: str, at: datetime) -> int | None:
    """The time step whose code this is, at most one step away from ``at`` (RFC 6238 section 5.2), or None.

    All the steps are compared, each in constant time, so that the answer's time does not tell which one was near.
    """
    digits = normalised(code)
    clock = pyotp.TOTP(secret, interval=PERIOD_S)
    now = int(at.timestamp()) // PERIOD_S
    found = None
    for step in range(now - _DRIFT_STEPS, now + _DRIFT_STEPS + 1):
        if hmac.compare_digest(clock.generate_otp(step).encode(), digits.encode()):
            found = step
    return found


def provisioning_uri(secret: str, username: str, issuer: str = "zimao") -> str:
    """The ``otpauth://`` address that authenticator programs read."""
    return pyotp.TOTP(secret, interval=PERIOD_S).provisioning_uri(name=username, issuer_name=issuer)


def qr_svg(text: str) -> str:
    """``text`` as a QR code, an SVG element to put in a page."""
    out = BytesIO()
    segno.make(text, error="m").save(out, kind="svg", scale=5, xmldecl=False, svgns=True, omitsize=True)
    return out.getvalue().decode()


def new_recovery_codes() -> list[str]:
    """Ten codes of 80 random bits each, in groups of four for reading aloud."""
    drawn = (base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode() for _ in range(_RECOVERY_CODES))
    return ["-".join(one[i : i + 4] for i in range(0, len(one), 4)) for one in drawn]


def recovery_digest(code: str) -> str:
    """The SHA-256 under which a recovery code is kept; its 80 bits make a slow hash needless."""
    return hashlib.sha256(normalised(code).encode()).hexdigest()
