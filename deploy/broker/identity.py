"""The TLS listener of `firstbell up`: the broker's certificate, from the collector's own authority."""

import contextlib
import os
import socket
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from collector.fleet import authority
from collector.fleet.addresses import outward_address
from deploy.broker.configuration import TlsListener

_RENEW_BEFORE = timedelta(days=90)
_WILDCARDS = ("0.0.0.0", "::")  # noqa: S104 (recognised, not listened on)


def tls_listener(data: Path, host: str, port: int, now: datetime, also: Iterable[str] = ()) -> TlsListener:
    """The listener for agents elsewhere; its certificate is made when it is missing, ending, or lacks a name.

    It is valid for `host`, this machine's names and addresses, and the host names in `also` (of a public URL, say).
    `now` is an aware UTC datetime. Raises `StartError` when the authority cannot be used.
    """
    ca = authority.load(data, now)
    folder = data / authority.FOLDER
    certificate, key = folder / "broker.pem", folder / "broker.key"
    names = list(dict.fromkeys([*([] if host in _WILDCARDS else [host]), *also, *own_names()]))
    if not _serves(certificate, key, names, now):
        pem, private = ca.serve(names, now)
        key.unlink(missing_ok=True)
        with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(private)
        certificate.write_bytes(pem)
    return TlsListener(host, port, folder / "ca.pem", certificate, key)


def own_names() -> list[str]:
    """Under which names and addresses this machine is likely known."""
    name = socket.gethostname()
    names = [name, socket.getfqdn(), f"{name.split('.')[0]}.local", outward_address()]
    with contextlib.suppress(OSError):
        names += [str(entry[4][0]) for entry in socket.getaddrinfo(name, None)]
    plain = [one.partition("%")[0] for one in names if one and one.isascii() and len(one) < 250]
    return list(dict.fromkeys([*plain, "localhost", "127.0.0.1", "::1"]))


def _serves(certificate: Path, key: Path, names: list[str], now: datetime) -> bool:
    """Whether the certificate that is there will do."""
    if not certificate.exists() or not key.exists():
        return False
    present = x509.load_pem_x509_certificate(certificate.read_bytes())
    alternatives = present.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    listed = {str(name.value) for name in alternatives}
    return set(names) <= listed and present.not_valid_after_utc - now > _RENEW_BEFORE
