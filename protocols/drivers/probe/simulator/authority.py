"""Certificates of a simulated service: by an authority made for it, and the ways in which one can be bad."""

import datetime
import ipaddress
import ssl
import tempfile
from collections.abc import Collection
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from protocols.clock import Clock, utc

DAYS = {"certificate-expired": -2, "certificate-expiring": 9}
"""Fault → days that are left; else `USUAL`."""
USUAL = 200
_PEM = serialization.Encoding.PEM


class Authority:
    """Issues certificates for `names`, valid by the given clock; its own lies in `ca_file` until `close`."""

    def __init__(self, names: tuple[str, ...], clock: Clock) -> None:
        self._names, self._clock = names, clock
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Simulated School Authority")])
        self._folder = tempfile.TemporaryDirectory(prefix="firstbell-probe-")
        self.ca_file = Path(self._folder.name) / "ca.pem"
        own = self._builder(self._name, 4000).issuer_name(self._name).public_key(self._key.public_key())
        signed = own.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(
            self._key, hashes.SHA256()
        )
        self.ca_file.write_bytes(signed.public_bytes(_PEM))

    def context(self, faults: Collection[str]) -> ssl.SSLContext:
        """A server's context whose certificate has these faults."""
        days = next((DAYS[each] for each in faults if each in DAYS), USUAL)
        names = ("other.example",) if "certificate-wrong-name" in faults else self._names
        key, subject = (
            ec.generate_private_key(ec.SECP256R1()),
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])]),
        )
        self_signed = "certificate-self-signed" in faults
        leaf = (
            self._builder(subject, days)
            .issuer_name(subject if self_signed else self._name)
            .public_key(key.public_key())
            .add_extension(x509.SubjectAlternativeName([_general(each) for each in names]), critical=False)
            .sign(key if self_signed else self._key, hashes.SHA256())
        )
        file = Path(self._folder.name) / "leaf.pem"
        private = key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file.write_bytes(leaf.public_bytes(_PEM) + private)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(file)
        return context

    def close(self) -> None:
        """Its files are removed."""
        self._folder.cleanup()

    def _builder(self, subject: x509.Name, days: int) -> x509.CertificateBuilder:
        now = utc(self._clock.now_ms())
        builder = x509.CertificateBuilder().subject_name(subject).serial_number(x509.random_serial_number())
        ends = now + datetime.timedelta(days=days, hours=1)
        return builder.not_valid_before(now - datetime.timedelta(days=400)).not_valid_after(ends)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
