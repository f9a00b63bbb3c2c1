"""The collector's own certificate authority: EC P-256, kept in `<data>/authority`, its key readable by the owner alone.

Every certificate begins in 2020, before which an agent publishes nothing anyway: a Pi without a battery may start with a clock
that lags by years, and must still be able to check the broker. `now` is an aware UTC datetime.
"""

import contextlib
import ipaddress
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from protocols.clock import utc
from protocols.errors import EnrolmentError, StartError
from protocols.wire.limits import EARLIEST_MS

FOLDER = "authority"
LIFE = timedelta(days=365 * 20)
AGENT_LIFE = timedelta(days=365)
"""Renewal is to replace an agent's certificate well before this is over; `collector/fleet/` is its place."""
SERVER_LIFE = timedelta(days=825)
_BEGIN = utc(EARLIEST_MS)


class Issued(NamedTuple):
    """A certificate as the fleet remembers it: PEM, serial number (up to 160 bits) and end."""

    pem: bytes
    serial: int
    expires: datetime


@dataclass(frozen=True)
class Authority:
    """The CA: its certificate and the key that signs."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """The CA's certificate as every client gets it."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate (DER), 64 hex digits: what the installer pins."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    def sign_agent(self, csr: x509.CertificateSigningRequest, agent_id: str, now: datetime) -> Issued:
        """A client certificate for the key in `csr`, in the name `agent_id`: what the request calls itself is not read.

        Raises `EnrolmentError` for a request whose signature is wrong or whose key is not EC P-256.
        """
        return self._sign(check_request(csr), agent_id, ExtendedKeyUsageOID.CLIENT_AUTH, now + AGENT_LIFE)

    def serve(self, names: Iterable[str], now: datetime) -> tuple[bytes, bytes]:
        """A server certificate for host names and IP addresses, and its new key, both PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        listed = list(names)
        issued = self._sign(
            key.public_key(), listed[0][:64], ExtendedKeyUsageOID.SERVER_AUTH, now + SERVER_LIFE, listed
        )
        return issued.pem, private_pem(key)

    def client(self, common_name: str, now: datetime) -> tuple[bytes, bytes]:
        """A client certificate and its new key, both PEM: for the collector itself, where its broker is elsewhere."""
        key = ec.generate_private_key(ec.SECP256R1())
        issued = self._sign(key.public_key(), common_name, ExtendedKeyUsageOID.CLIENT_AUTH, now + SERVER_LIFE)
        return issued.pem, private_pem(key)

    def _sign(
        self,
        public: ec.EllipticCurvePublicKey,
        name: str,
        usage: x509.ObjectIdentifier,
        expires: datetime,
        names: Iterable[str] = (),
    ) -> Issued:
        serial = x509.random_serial_number()
        expires = min(expires, self.certificate.not_valid_after_utc)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = (
            x509.CertificateBuilder(self.certificate.subject, _name(name), public, serial)
            .not_valid_before(self.certificate.not_valid_before_utc)
            .not_valid_after(expires)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(authority, critical=False)
        )
        general = [_general_name(one) for one in dict.fromkeys(names)]
        if general:
            builder = builder.add_extension(x509.SubjectAlternativeName(general), critical=False)
        certificate = builder.sign(self.key, hashes.SHA256())
        return Issued(certificate.public_bytes(serialization.Encoding.PEM), serial, expires)


def load(data: Path, now: datetime) -> Authority:
    """The authority of the collector whose data is in `data`, made if there is none. Raises `StartError`."""
    folder = data / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        if not (folder / "ca.pem").exists():
            _make(folder, now)
        both = (folder / "ca.pem").read_bytes()
        key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
        certificate = x509.load_pem_x509_certificate(both)
    except (OSError, ValueError) as error:
        raise StartError(f"the certificate authority in {folder} cannot be used: {error}", permanent=True) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise StartError(f"{folder}: ca.key is not the key of ca.pem; restore both from one backup", permanent=True)
    return Authority(certificate, key)


def check_request(csr: x509.CertificateSigningRequest) -> ec.EllipticCurvePublicKey:
    """The key of a signing request, once its sender proved to hold it. Raises `EnrolmentError`."""
    public = csr.public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(public.curve, ec.SECP256R1):
        raise EnrolmentError("the signing request's key must be EC P-256", permanent=True)
    algorithm = csr.signature_hash_algorithm
    try:
        if algorithm is None:
            raise InvalidSignature
        public.verify(csr.signature, csr.tbs_certrequest_bytes, ec.ECDSA(algorithm))
    except InvalidSignature as error:
        raise EnrolmentError("the signing request is not signed with its own key", permanent=True) from error
    return public


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A private key as unencrypted PKCS 8 PEM: the file's mode protects it."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _make(folder: Path, now: datetime) -> None:
    """Make key and certificate. Several processes may do so at once: the first key wins, and certifies itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    _place(folder / "ca.key", private_pem(key))
    kept = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
    assert isinstance(kept, ec.EllipticCurvePrivateKey)
    public = kept.public_key()
    name = _name(f"First Bell {secrets.token_hex(4)}")
    certificate = (
        x509.CertificateBuilder(name, name, public, x509.random_serial_number())
        .not_valid_before(_BEGIN)
        .not_valid_after(now + LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(ca=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(kept, hashes.SHA256())
    )
    _place(folder / "ca.pem", certificate.public_bytes(serialization.Encoding.PEM))


def _place(path: Path, content: bytes) -> None:
    """Write a new file, whole or not at all; one that is already there stays."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _key_usage(ca: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )
