"""The broker's TLS listener for agents in other buildings: its certificate, from the collector's own CA."""

import os
import socket
from datetime import datetime
from pathlib import Path

from collector.fleet import authority
from collector.fleet.addresses import outward_address
from deploy.broker import TlsListener
from deploy.up.places import Address


def listener(data: Path, address: Address, now: datetime) -> TlsListener:
    """A listener on `address` whose certificate, made anew at each start, names every way to reach this machine."""
    ca = authority.load(data, now)
    folder = data / "broker-tls"
    folder.mkdir(mode=0o700, exist_ok=True)
    certificate, key = ca.serve(_names(address), now)
    listener = TlsListener(address.host, address.port, folder / "ca.pem", folder / "broker.pem", folder / "broker.key")
    _write(listener.ca, ca.pem)
    _write(listener.certificate, certificate)
    _write(listener.key, key)
    return listener


def _names(address: Address) -> list[str]:
    host = socket.gethostname()
    names = ["localhost", "127.0.0.1", host, f"{host.split('.')[0]}.local", outward_address()]
    if address.host not in ("0.0.0.0", "::"):  # noqa: S104 (recognised, not listened on)
        names.append(address.host)
    return list(dict.fromkeys(names))


def _write(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
