"""Peers for the printer driver: our simulated printer, net-snmp's snmpd and CUPS's ippeveprinter; sessions that are closed for sure."""

import asyncio
import os
import shutil
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from protocols.clock import ManualClock, SystemClock
from protocols.driver import Reading, Session, Target
from protocols.drivers.printer import DRIVER
from protocols.drivers.printer.options import PrinterOptions
from protocols.drivers.printer.simulator import SimulatedPrinter, simulate

Opener = Callable[..., Awaitable[Session]]
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>"""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def printer(clock: ManualClock) -> AsyncIterator[SimulatedPrinter]:
    """A colour copier on loopback; what it prints stands still unless time passes."""
    async with simulate("127.0.0.1", clock) as running:
        yield running


@pytest.fixture
async def opener(clock: ManualClock) -> AsyncIterator[Opener]:
    """Opens a session at a simulator's or peer's ports; SNMP's first attempt is the only one."""
    opened: list[Session] = []

    async def open_at(options: Mapping[str, object], heard: int | None = None, **more: object) -> Session:
        chosen = PrinterOptions(**{"timeout": 0.3, "retries": 0, **options, **more})  # type: ignore[arg-type]
        session = await DRIVER.open(Target("printer", "127.0.0.1", heard), chosen, clock)
        opened.append(session)
        return session

    yield open_at
    for session in opened:
        await session.close()


@pytest.fixture
def self_signed(tmp_path: Path) -> ssl.SSLContext:
    """A server's context with a certificate that it signed itself, as printers do."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "printer")])
    start = datetime(2025, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + timedelta(days=36500))
    signed = made.sign(key, hashes.SHA256())
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "pem").write_bytes(key.private_bytes(*plain) + signed.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "pem")
    return context


def values(reading: Reading) -> dict[tuple[str, str | None], float]:
    """The samples by metric and label; a point that stands twice fails."""
    found = {(sample.metric, sample.label): sample.value for sample in reading.samples}
    assert len(found) == len(reading.samples)
    return found


def conditions(reading: Reading) -> set[str | None]:
    return {sample.label for sample in reading.samples if sample.metric == "printer.error" and sample.value}


def free_port(kind: int) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def child(*command: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program for the time of the block."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, **environment},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def until(is_there: Callable[[], Awaitable[bool]], process: asyncio.subprocess.Process) -> None:
    """Wait for a peer to answer; a peer that ended does not."""
    async with asyncio.timeout(20):
        while not await is_there():
            assert process.returncode is None, "the peer ended by itself"
            await SystemClock().sleep(0.05)


@asynccontextmanager
async def snmpd(folder: Path, lines: list[str], *arguments: str) -> AsyncIterator[int]:
    """Debian's agent on loopback with `override` lines; yields its UDP port."""
    program = shutil.which("snmpd", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("snmpd is not installed (Debian package snmpd)")
    port = free_port(socket.SOCK_DGRAM)
    (folder / "snmpd.conf").write_text("\n".join(["rocommunity public 127.0.0.1", *lines]) + "\n")
    command = (program, "-C", "-c", str(folder / "snmpd.conf"), "-I", "-smux", "-Lf", str(folder / "log"), "-f")
    environment = {"SNMP_PERSISTENT_DIR": str(folder), "MIBS": ""}
    async with child(*command, *arguments, f"udp:127.0.0.1:{port}", **environment) as process:

        async def is_there() -> bool:
            return b"NET-SNMP version" in (folder / "log").read_bytes() if (folder / "log").exists() else False

        await until(is_there, process)
        yield port


@asynccontextmanager
async def ippeveprinter(folder: Path, *arguments: str) -> AsyncIterator[int]:
    """CUPS's printer on loopback with its own system bus; yields its TCP port."""
    if shutil.which("ippeveprinter") is None or shutil.which("dbus-daemon") is None:
        pytest.skip("ippeveprinter and dbus-daemon are not installed (Debian packages cups-ipp-utils, dbus)")
    port, bus = free_port(socket.SOCK_STREAM), folder / "bus"
    (folder / "bus.conf").write_text(BUS.format(socket=bus))
    (folder / "spool").mkdir()
    async with child("dbus-daemon", f"--config-file={folder / 'bus.conf'}", "--nofork", "--nopidfile") as daemon:

        async def has_bus() -> bool:
            return bus.exists()

        await until(has_bus, daemon)
        spool = str(folder / "spool")
        command = (
            "ippeveprinter",
            "-n",
            "localhost",
            "-p",
            str(port),
            "-d",
            spool,
            "-K",
            spool,
            "-r",
            "off",
            *arguments,
        )
        async with child(*command, DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={bus}") as process:

            async def is_there() -> bool:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    return False
                writer.close()
                return True

            await until(is_there, process)
            yield port
