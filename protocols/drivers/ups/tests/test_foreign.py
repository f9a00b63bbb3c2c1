"""Against programs that are not ours: net-snmp's agent with a real UPS's values, and Debian's NUT server with its dummy driver."""

import asyncio
import bz2
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocols.driver import Session
from protocols.drivers.ups.telling import WatchedUps
from protocols.drivers.ups.tests.conftest import free_port, opened, polled, values
from protocols.errors import DeviceError

LIB = Path("/lib/nut")
TYPES = {"2": "integer", "65": "counter", "66": "uinteger", "67": "timeticks", "4": "octet_str", "4x": "octet_str"}


def dump() -> Path:
    data = pytest.importorskip("snmpsim_data").__path__[0]
    return Path(data) / "data" / "UPS" / "eaton-93e-80.snmprec.bz2"


def overrides() -> str:
    """The figures of a real Eaton 93E, recorded by snmpsim-data, as snmpd serves them."""
    lines = []
    for line in bz2.decompress(dump().read_bytes()).decode("latin-1").splitlines():
        oid, tag, said = (*line.split("|", 2), "", "")[:3]
        if oid.startswith("1.3.6.1.2.1.33.") and tag in TYPES and said:
            shown = bytes.fromhex(said).decode("latin-1") if tag == "4x" else said
            quoted = f'"{shown}"' if TYPES[tag] == "octet_str" else shown
            lines.append(f"override .{oid} {TYPES[tag]} {quoted}")
    return "\n".join(lines)


@pytest.fixture
def snmpd(tmp_path: Path) -> Iterator[str]:
    if shutil.which("snmpd") is None:
        pytest.skip("snmpd is not installed")
    port = free_port()
    (tmp_path / "snmpd.conf").write_text(
        f"agentaddress udp:127.0.0.1:{port}\nrocommunity public\nsysLocation MDF\n{overrides()}\n"
    )
    process = subprocess.Popen(
        ["snmpd", "-f", "-Ln", "-C", "-c", str(tmp_path / "snmpd.conf")],
        env={**os.environ, "SNMP_PERSISTENT_DIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield f"127.0.0.1:{port}"
    process.terminate()
    process.wait(10)


async def eventually(address: str):  # type: ignore[no-untyped-def]
    """The first whole reading of a peer that is just starting."""
    last: DeviceError | None = None
    for _ in range(100):
        try:
            reading = await polled(address)
            if "battery.charge" in values(reading):
                return reading
        except DeviceError as error:
            last = error
        await asyncio.sleep(0.05)
    raise AssertionError(f"the peer does not start: {last}")


async def test_a_real_eatons_figures_from_snmpd(snmpd: str) -> None:
    reading = await eventually(snmpd)
    said = values(reading)
    assert said["battery.charge"] == 100
    assert said["runtime"] == 65_520
    assert said["battery.voltage"] == 521
    assert said["battery.temperature"] == 25
    assert said["load"] == 21
    assert said["output.power"] == 11_400
    assert [said[f"input.voltage{{{line}}}"] for line in (1, 2, 3)] == [227, 227, 233]
    assert (said["source"], said["battery.state"], said["test.result"], said["alarms"]) == (0, 0, 0, 0)
    assert (reading.attributes["vendor"], reading.attributes["model"]) == ("EATON", "EATON 93E 80")


class Nut:
    """upsd with dummy-ups, whose figures are a file."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port(socket.SOCK_STREAM)
        self.say("OL")
        (folder / "ups.conf").write_text(
            f"[school]\n driver = dummy-ups\n mode = dummy-loop\n pollinterval = 1\n port = {folder}/school.dev\n"
        )
        (folder / "upsd.conf").write_text(f"LISTEN 127.0.0.1 {self.port}\nSTATEPATH {folder}\n")
        (folder / "upsd.users").write_text("")
        self.driver = self.start(LIB / "dummy-ups", "-a", "school")
        self.server = self.start(LIB / "upsd")

    def start(self, *command: object) -> "subprocess.Popen[bytes]":
        program, *rest = map(str, command)
        return subprocess.Popen(
            [program, "-u", "root", "-F", *rest],
            env={
                **os.environ, "NUT_CONFPATH": str(self.folder), "NUT_STATEPATH": str(self.folder),
                "NUT_ALTPIDPATH": str(self.folder),
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def say(self, status: str) -> None:
        """What the dummy's figures are from the next turn on."""
        (self.folder / "school.dev").write_text(
            f"ups.status: {status}\nbattery.charge: 91\nbattery.runtime: 1860\ndevice.serial: 4711\nups.load: 22\n"
            "input.voltage: 119.5\noutput.voltage: 120.0\nbattery.date: 2025/01/31\nups.test.result: Done and passed\nTIMER 1\n"
        )

    def stop(self) -> None:
        for process in (self.server, self.driver):
            process.terminate()
            process.wait(10)


@pytest.fixture
def nut(tmp_path: Path) -> Iterator[Nut]:
    if not (LIB / "upsd").exists() or os.geteuid() != 0:
        pytest.skip("upsd (Debian nut-server) is not installed, or this is not root")
    running = Nut(tmp_path)
    yield running
    running.stop()


async def test_debians_nut_server(nut: Nut) -> None:
    address = f"nut://127.0.0.1:{nut.port}/school"
    reading = await eventually(address)
    said = values(reading)
    assert said["battery.charge"] == 91
    assert said["runtime"] == 1860
    assert said["load"] == 22
    assert (said["source"], said["battery.state"], said["test.result"]) == (0, 0, 0)
    assert reading.attributes["serial"] == "4711"
    with pytest.raises(DeviceError, match=r"UNKNOWN-UPS.*upsc -l"):
        await polled(address + "x")
    session = await opened(address)
    assert isinstance(session, WatchedUps)
    assert session.nut is not None
    assert await session.nut.status() == "OL"
    nut.say("OB LB")
    async with asyncio.timeout(8):
        while values(await session.poll())["source"] != 1:
            await asyncio.sleep(0.05)
    assert values(await session.poll())["battery.state"] == 1
    nut.driver.kill()
    with pytest.raises(DeviceError, match=r"DRIVER-NOT-CONNECTED|DATA-STALE"):
        await polled_until_lost(session)
    await session.close()


async def polled_until_lost(session: Session) -> None:
    async with asyncio.timeout(8):
        while True:
            await session.poll()
            await asyncio.sleep(0.05)


async def test_aionut_reads_the_simulated_server() -> None:
    aionut = pytest.importorskip("aionut")
    from protocols.clock import SystemClock
    from protocols.drivers.ups.simulator import simulate

    async with simulate("nut://127.0.0.1:0/school", SystemClock()) as ups:
        client = aionut.AIONUTClient("127.0.0.1", int(ups.address.split(":")[2].split("/")[0]))
        assert (await client.list_vars("school"))["ups.status"] == "OL"
        client.shutdown()
