"""A real agent (net-snmp's snmpd) and our own, for the tests of this transport."""

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from protocols.address import Place
from protocols.clock import SystemClock
from protocols.errors import DeviceError
from protocols.secret import Secret
from protocols.transports.snmp.agent import Access, Agent, Mib, simulated_agent
from protocols.transports.snmp.client import Snmp
from protocols.transports.snmp.options import SnmpOptions, User
from protocols.transports.snmp.values import counter32

LOCAL = Place("127.0.0.1", 0)
USER = User("reader", "sha256", Secret("authpass1"), "aes128", Secret("privpass1"))
TABLE = "1.3.6.1.2.1.2.2.1"
NAME = "1.3.6.1.2.1.1.5.0"


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def place(address: str) -> Place:
    host, _, port = address.rpartition(":")
    return Place(host, int(port))


@pytest.fixture
def passwords(tmp_path: Path) -> dict[str, str]:
    """The options that name the files of `USER`'s passwords."""
    (tmp_path / "auth").write_text("authpass1\n")
    (tmp_path / "privacy").write_text("privpass1\n")
    return {"auth_file": str(tmp_path / "auth"), "privacy_file": str(tmp_path / "privacy")}


def mib(rows: int = 60) -> Mib:
    table = {f"{TABLE}.{column}.{row}": counter32(column * row) for column in (1, 2, 10) for row in range(1, rows + 1)}
    return Mib({NAME: "switch-1", **table})


@pytest.fixture
async def agent() -> AsyncIterator[Agent]:
    async with simulated_agent(LOCAL, mib(), SystemClock(), Access(users=(USER,))) as running:
        yield running


def reader(agent: Agent | Place, **options: object) -> Snmp:
    at = place(agent.address) if isinstance(agent, Agent) else agent
    return Snmp(at, SnmpOptions(**{"timeout": 0.3, **options}), SystemClock(), "device 'x'")  # type: ignore[arg-type]


class Snmpd:
    """net-snmp's agent with these lines of configuration."""

    def __init__(self, folder: Path, lines: str, port: int) -> None:
        self.place = Place("127.0.0.1", port)
        (folder / "snmpd.conf").write_text(f"agentaddress udp:127.0.0.1:{port}\n{lines}\n")
        self.process = subprocess.Popen(
            ["snmpd", "-f", "-Ln", "-C", "-c", str(folder / "snmpd.conf")],
            env={**os.environ, "SNMP_PERSISTENT_DIR": str(folder / "state")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    async def ready(self) -> "Snmpd":
        for _ in range(100):
            probe = reader(self.place, timeout=0.2, retries=0)
            try:
                if await probe.get(["1.3.6.1.2.1.1.3.0"]):
                    return self
            except DeviceError:
                await asyncio.sleep(0.05)
            finally:
                await probe.close()
        raise AssertionError("snmpd does not start")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture
def snmpd(tmp_path: Path) -> Iterator[Snmpd]:
    if shutil.which("snmpd") is None:
        pytest.skip("snmpd is not installed")
    running = Snmpd(
        tmp_path,
        "rocommunity public\ncreateUser reader SHA-256 authpass1 AES privpass1\ncreateUser plain MD5 authpass1 DES privpass1\n"
        "createUser blind SHA authpass1\nrouser reader\nrouser plain\n"
        "override .1.3.6.1.4.1.318.1.1.1.2.2.1.0 uinteger 100",
        free_port(),
    )
    yield running
    running.stop()
