"""The demo certificate authority: a root, an issuing authority, a certificate for each electronic seal (ECDSA P-256).

It stands in for the licensed authority of a real installation, which hands out the seal certificates and keeps the keys in
a device (docs/decisions/0012-typst-and-pyhanko.md). Everything lies under the folder that is given, made at first
use, once even when several processes start together.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

__all__ = ["DemoAuthority", "SealCertificate", "demo_authority"]

# fixed and past, so that a demonstration with dates of earlier years has certificates that were valid then
_START = datetime(2020, 1, 1, tzinfo=UTC)
_YEARS = 30


@dataclass(frozen=True, slots=True)
class SealCertificate:
    """A seal's certificate chain (PEM, the seal's own first, the root last) and the reference under which its key is opened."""

    chain: str
    key_reference: str


@dataclass(frozen=True, slots=True)
class DemoAuthority:
    """The authority in a key folder: ``ca/`` holds its own keys, ``seals/`` those of the seals."""

    keys: Path

    @property
    def root(self) -> str:
        """The root certificate (PEM): what a verifier has to trust."""
        return (self.keys / "ca" / "root.pem").read_text()

    def certify(self, name: str, *, organization: str, valid_from: datetime, valid_to: datetime) -> SealCertificate:
        """Make a key for the seal ``name`` and certify it for ``organization`` between two instants (UTC)."""
        folder = self.keys / "ca"
        issuer = x509.load_pem_x509_certificate((folder / "issuing.pem").read_bytes())
        issuer_key = _load_key(folder / "issuing.key")
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(name, organization)
        own = _certificate(subject, issuer.subject, key.public_key(), issuer_key, (valid_from, valid_to), path_length=None)
        file = f"{own.serial_number:x}.key"
        (self.keys / "seals").mkdir(mode=0o700, exist_ok=True)
        _write_key(self.keys / "seals" / file, key)
        return SealCertificate(_pem(own) + (folder / "issuing.pem").read_text() + self.root, f"file:seals/{file}")


def demo_authority(keys: Path) -> DemoAuthority:
    """The authority in ``keys``, made when it is not there yet."""
    if not (keys / "ca" / "root.pem").exists():
        _make(keys)
    return DemoAuthority(keys)


def _make(keys: Path) -> None:
    keys.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".ca-", dir=keys))
    period = (_START, _START + timedelta(days=365 * _YEARS))
    root_key, issuing_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name, issuing_name = _name("zimao 演示根证书 Demo Root", "zimao demo"), _name("zimao 演示签发机构 Demo Issuing CA", "zimao demo")
    root = _certificate(root_name, root_name, root_key.public_key(), root_key, period, path_length=1)
    issuing = _certificate(issuing_name, root_name, issuing_key.public_key(), root_key, period, path_length=0)
    (fresh / "root.pem").write_text(_pem(root))
    (fresh / "issuing.pem").write_text(_pem(issuing))
    _write_key(fresh / "root.key", root_key)
    _write_key(fresh / "issuing.key", issuing_key)
    try:
        # a rename is one step: of two processes that start together one wins, and both then use what it made
        fresh.rename(keys / "ca")
    except OSError:
        shutil.rmtree(fresh)


def _name(common: str, organization: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, common[:64]),
        ]
    )


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    signed_by: ec.EllipticCurvePrivateKey,
    period: tuple[datetime, datetime],
    *,
    path_length: int | None,
) -> x509.Certificate:
    """A certificate (RFC 5280); ``path_length`` None means an end certificate that may sign documents and nothing else."""
    authority = path_length is not None
    usage = x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(period[0])
        .not_valid_after(period[1])
        .add_extension(x509.BasicConstraints(ca=authority, path_length=path_length), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signed_by.public_key()), critical=False)
    )
    return builder.sign(signed_by, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    plain = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(plain)


def _load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} does not hold an elliptic-curve key")
    return key
