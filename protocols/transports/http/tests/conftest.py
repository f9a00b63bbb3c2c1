"""Peers: a server that answers with given bytes, and certificates of our own making."""

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from protocols.clock import SystemClock

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


@asynccontextmanager
async def listening(talk: Talk, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server on a free port that speaks `talk`; every connection of it ends with it."""
    tasks: set[asyncio.Task[None]] = set()

    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            tasks.discard(task)
            writer.transport.abort()

    server = await asyncio.start_server(met, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def says(*answers: bytes) -> Talk:
    """One answer a request, in turn, then the connection ends."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()

    return talk


class Made(NamedTuple):
    """Files of PEM."""

    ca: Path
    certificate: Path
    key: Path


Maker = Callable[..., Made]


@pytest.fixture
def certify(tmp_path: Path) -> Maker:
    """Makes a certificate for names: by its own authority, or self-signed; valid for `days` from yesterday's yesterday on."""

    def make(names: Sequence[str] = ("127.0.0.1", "localhost"), days: int = 30, self_signed: bool = False) -> Made:
        now = datetime.datetime.now(datetime.UTC)
        ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "School Root")])
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        start = x509.CertificateBuilder().not_valid_before(now - datetime.timedelta(days=400))
        ca = (
            start.subject_name(ca_name)
            .issuer_name(ca_name)
            .public_key(ca_key.public_key())
            .serial_number(1)
            .not_valid_after(now + datetime.timedelta(days=400))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False)
            .sign(ca_key, hashes.SHA256())
        )
        leaf = (
            start.subject_name(name)
            .issuer_name(name if self_signed else ca_name)
            .public_key(key.public_key())
            .serial_number(2)
            .not_valid_after(now + datetime.timedelta(days=days, hours=12))
            .add_extension(x509.SubjectAlternativeName([_general(each) for each in names]), critical=False)
            .sign(key if self_signed else ca_key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        made = Made(tmp_path / "ca.pem", tmp_path / "leaf.pem", tmp_path / "leaf.key")
        made.ca.write_bytes(ca.public_bytes(pem))
        made.certificate.write_bytes(leaf.public_bytes(pem))
        made.key.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return made

    return make


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
