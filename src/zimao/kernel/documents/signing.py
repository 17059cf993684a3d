"""PAdES signatures (ETSI EN 319 142-1, level B-B): put on a rendered page, and judged on a file that somebody brings.

Signing certifies the document with no change permitted (DocMDP 1), so that every reader shows a later change.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from zimao.kernel.documents.keys import SealKey
from zimao.kernel.documents.render import SealBox

__all__ = ["Signatory", "SignatureCheck", "check_signature", "load_certificates", "sign"]

_FIELD = "Seal"
# room for a P-256 or RSA-4096 signature with a chain of three certificates; a fixed size spares a second, trial signature
_RESERVED_BYTES = 16384
# an empty appearance: the seal is part of the page, but PDF/A asks of a visible field that it has an appearance (6.3.3)
_NO_DRAWING = StaticStampStyle(border_width=0)


class Signatory(signers.Signer):
    """A seal that signs: its certificate chain, and the key wherever it is. Kept and reused; one for each seal."""

    def __init__(self, chain: str, key: SealKey) -> None:
        self.certificate, *others = load_certificates(chain)
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # its constructor has no annotations
        store.register_multiple(others)
        super().__init__(signing_cert=self.certificate, cert_registry=store, embed_roots=False)
        self._key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        return bytes(512) if dry_run else self._key.sign(data)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the seal's certificate, in hexadecimal digits."""
        return str(self.certificate.sha256.hex())

    def valid_at(self, moment: datetime) -> bool:
        """True when the seal's certificate is valid at ``moment`` (aware)."""
        validity = self.certificate["tbs_certificate"]["validity"]
        return bool(validity["not_before"].native <= moment <= validity["not_after"].native)


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """What a file says of itself.

    ``signed``: there is a signature at all. ``intact``: the signed bytes are unchanged and the signature is the certificate's.
    ``trusted``: the certificate leads to a root that this platform trusts. ``whole_file``: nothing was added after the
    signature. ``signed_length``: where the signed part ends (bytes). ``seal``: the name in the certificate.
    """

    signed: bool
    intact: bool = False
    trusted: bool = False
    whole_file: bool = False
    signed_length: int = 0
    seal: str = ""
    organization: str = ""
    fingerprint: str = ""

    @property
    def genuine(self) -> bool:
        """Signed, unchanged, by a trusted seal, with nothing added."""
        return self.signed and self.intact and self.trusted and self.whole_file


def load_certificates(chain: str) -> list[asn1_x509.Certificate]:
    """The certificates of a PEM text, in its order."""
    return [asn1_x509.Certificate.load(der) for _, _, der in pem.unarmor(chain.encode(), multiple=True)]


def sign(pdf: bytes, signatory: Signatory, *, box: SealBox | None, reason: str, at: datetime) -> bytes:
    """``pdf`` with a certifying signature of ``signatory`` whose field lies over the printed seal; ``at`` is the claimed time."""
    corners = (round(box.left), round(box.bottom), round(box.right), round(box.top)) if box else None
    meta = signers.PdfSignatureMetadata(
        field_name=_FIELD,
        md_algorithm="sha256",
        reason=reason,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        subfilter=SigSeedSubFilter.PADES,
    )
    spec = SigFieldSpec(_FIELD, on_page=box.page if box else 0, box=corners, readable_field_name="电子印章 Electronic seal")
    signer = signers.PdfSigner(meta, signatory, stamp_style=_NO_DRAWING, new_field_spec=spec)
    return asyncio.run(_sign(signer, IncrementalPdfFileWriter(io.BytesIO(pdf)), at))


async def _sign(signer: signers.PdfSigner, writer: IncrementalPdfFileWriter, at: datetime) -> bytes:
    session = signer.init_signing_session(writer)
    session.system_time = at
    to_sign = session.prepare_tbs_document(validation_info=None, bytes_reserved=_RESERVED_BYTES)
    digest, output = to_sign.digest_tbs_document()
    attributes = PdfCMSSignedAttributes(signing_time=at)
    done = await to_sign.perform_signature(document_digest=digest.document_digest, pdf_cms_signed_attrs=attributes)
    await done.post_signature_processing(output)
    output.seek(0)
    return bytes(output.read())


def check_signature(pdf: bytes, roots: Sequence[asn1_x509.Certificate], *, moment: datetime) -> SignatureCheck:
    """Judge the first signature of ``pdf``; trust is judged as of ``moment``, the day on which the document was issued.

    Never fetches anything from the network. A file that cannot be read as a PDF counts as not intact, since one changed
    byte is enough for that.
    """
    try:
        found = PdfFileReader(io.BytesIO(pdf), strict=False).embedded_signatures
        if not found:
            return SignatureCheck(signed=False)
        first = found[0]
        context = ValidationContext(trust_roots=list(roots), allow_fetching=False, moment=moment, other_certs=())
        status = validate_pdf_signature(first, context, skip_diff=True)
        subject: dict[str, Any] = first.signer_cert.subject.native
        ranges = [int(n) for n in first.byte_range]
        length = ranges[2] + ranges[3]
        return SignatureCheck(
            signed=True,
            intact=status.intact and status.valid,
            trusted=status.trusted,
            whole_file=status.coverage == SignatureCoverageLevel.ENTIRE_FILE and length == len(pdf) and len(found) == 1,
            signed_length=length,
            seal=str(subject.get("common_name", "")),
            organization=str(subject.get("organization_name", "")),
            fingerprint=first.signer_cert.sha256.hex(),
        )
    except Exception:  # the parser meets hostile bytes: whatever it raises, the file is not what we issued
        return SignatureCheck(signed=b"/ByteRange" in pdf)
