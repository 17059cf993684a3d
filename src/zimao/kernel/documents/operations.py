"""The writers of seals, and of the state of documents that are already issued.

Issuing itself is a function inside a service's operation (issuing.py): whoever decides the case makes the certificate.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from zimao.kernel.documents import standing
from zimao.kernel.documents.keys import open_key
from zimao.kernel.documents.models import Document, ESeal, SealAuthority
from zimao.kernel.documents.roles import REGISTRAR, SEAL_KEEPER
from zimao.kernel.documents.rules import is_pattern
from zimao.kernel.documents.seals import demo_ca, key_folder
from zimao.kernel.errors import Conflict, Missing, NotAllowed, Refused
from zimao.kernel.operations import Act, operation
from zimao.kernel.parties.models import User
from zimao.kernel.parties.roles import ZONE_ADMIN
from zimao.kernel.text import Text, t

__all__ = [
    "SealWords",
    "StatusOperations",
    "create_seal",
    "end_authority",
    "grant_authority",
    "reissue",
    "restore",
    "revoke",
    "revoke_seal",
    "status_operations",
    "suspend",
]

_KEEPERS = (SEAL_KEEPER, ZONE_ADMIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealWords:
    """What is on a seal: the words of the arc, the agency as printed, the words beneath the star."""

    name: Text
    agency: Text
    inscription: str = ""
    diameter_mm: int = 42
    svg: str = ""


@operation("documents.create_seal", roles=_KEEPERS, label=t("登记电子印章", "Register an electronic seal"))
def create_seal(
    act: Act,
    *,
    code: str,
    words: SealWords,
    valid_from: date,
    valid_to: date,
    unit_id: int | None = None,
    chain: str = "",
    key_reference: str = "",
) -> ESeal:
    """Register a seal of the actor's zone.

    ``chain`` (PEM) and ``key_reference`` come from the licensed authority and the signer; left out, the demo authority
    certifies a fresh key. Conflict when the code is taken, Refused when the key is not the certificate's."""
    if valid_to < valid_from:
        raise Refused("validity", t("有效期截止日早于起始日", "The last day of validity is before the first"), "valid_to")
    if ESeal.objects.filter(zone_id=act.actor.zone, code=code).exists():
        raise Conflict("seal_code", t("印章编号“{code}”已被使用", "The seal code “{code}” is taken").fill(code=code))
    if not chain:
        chain, key_reference = _certified_by_demo(words, valid_from, valid_to)
    _check_key(chain, key_reference)
    seal = ESeal.objects.create(
        zone_id=act.actor.zone,
        unit_id=unit_id,
        code=code,
        name_zh=words.name.zh,
        name_en=words.name.en,
        agency_zh=words.agency.zh,
        agency_en=words.agency.en,
        inscription=words.inscription,
        diameter_mm=words.diameter_mm,
        svg=words.svg,
        chain=chain,
        key_reference=key_reference,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    act.record("documents.create_seal", _seal_subject(seal), {"valid_from": valid_from.isoformat(), "valid_to": valid_to.isoformat()})
    return seal


def _certified_by_demo(words: SealWords, valid_from: date, valid_to: date) -> tuple[str, str]:
    """A fresh key with a certificate of the demo authority: the chain and the key's reference."""
    period = {"valid_from": datetime.combine(valid_from, time.min, UTC), "valid_to": datetime.combine(valid_to, time.max, UTC)}
    made = demo_ca().certify(f"{words.name.zh}{words.inscription}", organization=words.agency.zh, **period)
    return made.chain, made.key_reference


@operation("documents.revoke_seal", roles=_KEEPERS, label=t("废止电子印章", "Revoke an electronic seal"))
def revoke_seal(act: Act, *, code: str, reason: str) -> ESeal:
    """Take a seal out of use for good. What it sealed before stays valid."""
    seal = _seal(act, code)
    if seal.status == ESeal.Status.REVOKED:
        raise Conflict("seal_revoked", t("该印章已废止", "The seal is revoked already"))
    if not reason.strip():
        raise Refused("reason", t("请写明理由", "Give the reason"), "reason")
    seal.status, seal.revoked_at = ESeal.Status.REVOKED, act.at
    seal.save(update_fields=["status", "revoked_at"])
    act.record("documents.revoke_seal", _seal_subject(seal), {}, {"reason": reason})
    return seal


@operation("documents.grant_authority", roles=_KEEPERS, label=t("授予用印权限", "Grant the use of a seal"))
def grant_authority(
    act: Act, *, code: str, user_id: int, kinds: Sequence[str], valid_from: date, valid_to: date | None = None
) -> SealAuthority:
    """Let a user put the seal ``code`` on documents of ``kinds`` (``ship.nationality``, ``ship.*``, ``*``).

    Nobody grants the use of a seal to himself.
    """
    seal = _seal(act, code)
    if user_id == act.actor.user_id:
        raise NotAllowed("self_grant", t("不得为本人授予用印权限", "Nobody may grant the use of a seal to himself"))
    if not User.objects.filter(pk=user_id, is_active=True).exists():
        raise Missing("user", t("没有该用户", "There is no such user"))
    if not kinds or not all(map(is_pattern, kinds)) or (valid_to is not None and valid_to < valid_from):
        raise Refused(
            "authority",
            t(
                "请写明文件种类（如 ship.nationality、ship.*），且截止日不得早于起始日",
                "Name the kinds of documents (ship.nationality, ship.*); the last day may not be before the first",
            ),
            "kinds",
        )
    made = SealAuthority.objects.create(
        user_id=user_id, seal=seal, kinds=sorted(kinds), valid_from=valid_from, valid_to=valid_to, granted_by_id=act.actor.user_id
    )
    act.record(
        "documents.grant_authority", _seal_subject(seal), {"kinds": sorted(kinds), "valid_from": valid_from.isoformat()}, {"user": user_id}
    )
    return made


@operation("documents.end_authority", roles=_KEEPERS, label=t("终止用印权限", "End the use of a seal"))
def end_authority(act: Act, *, authority_id: int, last_day: date) -> SealAuthority:
    """Set the last day on which an authority holds; it can be brought forward, never put off."""
    found = SealAuthority.objects.select_for_update().filter(pk=authority_id, seal__zone_id=act.actor.zone).first()
    if found is None:
        raise Missing("authority", t("没有该用印授权", "There is no such authority"))
    if found.valid_to is not None and found.valid_to < last_day:
        raise Refused("authority", t("截止日只能提前，不能延后", "The last day can only be brought forward"), "last_day")
    found.valid_to = last_day
    found.save(update_fields=["valid_to"])
    act.record("documents.end_authority", _seal_subject(found.seal), {"last_day": last_day.isoformat()}, {"user": found.user_id})
    return found


def _seal(act: Act, code: str) -> ESeal:
    found = ESeal.objects.select_for_update().filter(zone_id=act.actor.zone, code=code).first()
    if found is None:
        raise Missing("seal", t("没有编号为“{code}”的电子印章", "There is no seal “{code}”").fill(code=code))
    return found


def _seal_subject(seal: ESeal) -> str:
    return f"seal/{seal.zone_id}/{seal.code}"


def _check_key(chain: str, key_reference: str) -> None:
    """The key signs, and the certificate's public key agrees; only P-256 to P-521 are tried here, as the key may be remote."""
    trial = b"zimao seal key check"
    public = x509.load_pem_x509_certificate(chain.encode()).public_key()
    signature = open_key(key_reference, key_folder()).sign(trial)
    try:
        if not isinstance(public, ec.EllipticCurvePublicKey):
            raise InvalidSignature
        public.verify(signature, trial, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise Refused(
            "seal_key",
            t("签章密钥与印章证书不匹配（须为椭圆曲线证书）", "The key is not that of the seal's certificate (an elliptic-curve one)"),
            "key_reference",
        ) from error


@dataclass(frozen=True, slots=True)
class StatusOperations:
    """Four operations on issued documents, for one set of roles and kinds."""

    suspend: Callable[..., Document]
    restore: Callable[..., Document]
    revoke: Callable[..., Document]
    reissue: Callable[..., Document]


def status_operations(prefix: str, *, roles: Iterable[str], kinds: Collection[str] | None = None) -> StatusOperations:
    """Declare ``<prefix>.suspend_document`` and its three sisters for ``roles``, limited to ``kinds`` (None: every kind).

    A service declares its own in its operations.py, so that its certificate room may act on its certificates and no others.
    Each takes ``(act, *, document_id, reason)``, reissue also ``request``; each raises Missing, Refused, Conflict, NotAllowed.
    """
    allowed = tuple(roles)

    def declare(verb: str, label: Text, function: Callable[..., Document]) -> Callable[..., Document]:
        def guarded(act: Act, *, document_id: int, reason: str, **more: Any) -> Document:
            if kinds is not None and not Document.objects.filter(pk=document_id, kind__in=kinds).exists():
                raise Missing("document", t("没有这份证照", "There is no such document"))
            return function(act, document_id=document_id, reason=reason, **more)

        return operation(f"{prefix}.{verb}_document", roles=allowed, label=label)(guarded)

    def plain(verb: str) -> Callable[..., Document]:
        return lambda act, **given: standing.change(act, verb, **given)

    return StatusOperations(
        suspend=declare("suspend", t("暂停证照", "Suspend a document"), plain("suspend")),
        restore=declare("restore", t("恢复证照", "Restore a document"), plain("restore")),
        revoke=declare("revoke", t("撤销证照", "Revoke a document"), plain("revoke")),
        reissue=declare("reissue", t("换发证照", "Reissue a document"), standing.reissue),
    )


_kernel = status_operations("documents", roles=(REGISTRAR,))
suspend, restore, revoke, reissue = _kernel.suspend, _kernel.restore, _kernel.revoke, _kernel.reissue
