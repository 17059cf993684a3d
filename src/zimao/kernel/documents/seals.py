"""Which seal may be put on which document by whom, and the signatory that does it."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from asn1crypto import x509 as asn1_x509
from django.conf import settings
from django.db.models import Q

from zimao.kernel.documents.ca import DemoAuthority, demo_authority
from zimao.kernel.documents.keys import open_key
from zimao.kernel.documents.models import ESeal, SealAuthority
from zimao.kernel.documents.rules import covers
from zimao.kernel.documents.signing import Signatory, load_certificates
from zimao.kernel.errors import Missing, NotAllowed, Refused
from zimao.kernel.operations import Actor
from zimao.kernel.text import t

__all__ = ["demo_ca", "key_folder", "seal_for", "signatory_of", "trust_roots"]


def key_folder() -> Path:
    """The folder of keys and trusted roots of this installation."""
    return Path(settings.HOME) / "keys"


def demo_ca() -> DemoAuthority:
    """The demo authority, made at first use; its root is put among the trusted ones then."""
    authority = demo_authority(key_folder())
    kept = key_folder() / "trust" / "demo-root.pem"
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(authority.root)
    return authority


def trust_roots() -> list[asn1_x509.Certificate]:
    """The roots that a seal's certificate has to lead to: every ``*.pem`` in ``keys/trust``."""
    return [certificate for path in sorted((key_folder() / "trust").glob("*.pem")) for certificate in load_certificates(path.read_text())]


def seal_for(actor: Actor, *, code: str, kind: str, day: date) -> ESeal:
    """The seal ``code`` of the actor's zone, when the actor may put it on a document of ``kind`` on ``day``.

    Raises Missing (no such seal), Refused (the seal itself is not in use on that day), NotAllowed (no authority on that day).
    """
    seal = ESeal.objects.filter(zone_id=actor.zone, code=code).first()
    if seal is None:
        raise Missing("seal", t("没有编号为“{code}”的电子印章", "There is no seal “{code}”").fill(code=code))
    if seal.status != ESeal.Status.ACTIVE or not seal.valid_from <= day <= seal.valid_to:
        raise Refused(
            "seal_not_in_use",
            t("电子印章“{name}”已废止或不在有效期内", "The seal “{name}” is revoked or not valid on this day").fill(name=str(seal)),
            "seal",
        )
    held = SealAuthority.objects.filter(Q(valid_to=None) | Q(valid_to__gte=day), seal=seal, valid_from__lte=day)
    granted = held.filter(user_id=actor.user_id) if actor.user_id is not None else held.none()
    if not any(covers(authority.kinds, kind) for authority in granted):
        sentence = t(
            "您没有在该类文件上使用电子印章“{name}”的有效授权",
            "You hold no authority to put the seal “{name}” on this kind of document today",
        )
        raise NotAllowed("seal_authority", sentence.fill(name=str(seal)), "seal")
    return seal


def signatory_of(seal: ESeal, *, at: datetime) -> Signatory:
    """What signs for ``seal``. Raises Refused when its certificate is not valid at ``at``, Unavailable when the key is away."""
    signatory = _signatory(seal.chain, seal.key_reference, key_folder())
    if not signatory.valid_at(at):
        raise Refused(
            "seal_certificate",
            t("电子印章的数字证书不在有效期内，请先更新证书", "The seal's certificate is not valid now; renew it first"),
            "seal",
        )
    return signatory


@lru_cache(maxsize=64)
def _signatory(chain: str, key_reference: str, folder: Path) -> Signatory:
    return Signatory(chain, open_key(key_reference, folder))
