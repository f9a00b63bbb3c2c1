"""Peers that are not ours: net-snmp's snmpd with this machine's real counters, and recordings of real switches and firewalls
(snmpsim-data) that snmpsim's own responder plays."""

import asyncio
import bz2
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from protocols.clock import SystemClock
from protocols.driver import Reading, Target
from protocols.drivers.network import DRIVER
from protocols.drivers.network.discover import discover
from protocols.drivers.network.options import NetworkOptions
from protocols.drivers.network.tests.conftest import Opener, values
from protocols.errors import DeviceError

RECORDINGS = {
    "cisco": "network/switch/cisco-c3560",
    "hpe": "network/switch/hpe-procurve-516733-b21",
    "arista": "cloud/arista-dcs-7150s-52-cl",
    "paloalto": "network/firewall/paloalto-pa-5000",
}
VLANS = {
    1: ("1.4.1.2.1|2|10101",),
    1119: ("1.4.1.2.1|2|10101",),
    2: ("1.4.1.2.5|2|10105", "4.3.1.2.2.0.0.0.0.21|2|5", "4.3.1.3.2.0.0.0.0.21|2|3"),
    3: ("1.4.1.2.6|2|10106", "4.3.1.2.2.0.0.0.0.22|2|6", "4.3.1.3.2.0.0.0.0.22|2|3"),
}
"""What the Cisco shows of its VLANs, which the recording has not: bridge port and ifIndex, MAC and bridge port, MAC and status."""
READ = re.compile(
    rb"1\.(0\.8802|3\.6\.1\.2\.1\.(1|2|4\.(22|35)|17|25|31|47|99|105|10\.7)|3\.6\.1\.6\.3\.10|"
    rb"3\.6\.1\.4\.1\.(9\.9\.(13|23|46|48|91|109|402)|11\.2\.14\.11|25461))\."
)
"""The parts that are read: the whole recordings take snmpsim half a minute to index."""


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


@contextmanager
def talking(command: list[str], log: Path, word: str, seconds: float, **more: str) -> Iterator[None]:
    """A process that has written `word` into its log; the test is skipped when it does not within `seconds`."""
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, env={**os.environ, **more})
    try:
        until = time.monotonic() + seconds
        while word not in log.read_text("utf-8", "replace"):
            if process.poll() is not None or time.monotonic() > until:
                pytest.skip(f"{command[0]} does not run here: {log.read_text('utf-8', 'replace')[-200:]}")
            time.sleep(0.1)
        yield
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """snmpsim's responder with the recordings; the community is the recording's name."""
    package = pytest.importorskip("snmpsim_data")
    responder = Path(sys.executable).with_name("snmpsim-command-responder")
    if not responder.exists():
        pytest.skip("snmpsim-command-responder is not installed (pip install snmpsim)")
    folder = tmp_path_factory.mktemp("recordings")
    (folder / "data").mkdir()
    (folder / "cache").mkdir()
    for name, path in RECORDINGS.items():
        raw = bz2.decompress((Path(package.__path__[0]) / "data" / f"{path}.snmprec.bz2").read_bytes())
        lines = [line for line in raw.splitlines(keepends=True) if READ.match(line)]
        (folder / "data" / f"{name}.snmprec").write_bytes(b"".join(lines))
    for vlan, rows in VLANS.items():
        (folder / "data" / f"cisco@{vlan}.snmprec").write_text("".join(f"1.3.6.1.2.1.17.{row}\n" for row in rows))
    address = f"127.0.0.1:{free_port()}"
    command = [str(responder), f"--data-dir={folder / 'data'}", f"--cache-dir={folder / 'cache'}"]
    command += [f"--agent-udpv4-endpoint={address}"]
    if os.geteuid() == 0:
        command += ["--process-user=root", "--process-group=root"]
    with talking(command, folder / "log", "Listening at UDP", 90):
        yield address


async def read_recorded(recorded: str, name: str, opener: Opener, tmp_path: Path) -> Reading:
    (tmp_path / "community").write_text(name)
    return await polled(await opener(recorded, community_file=str(tmp_path / "community"), timeout=5.0, retries=2))


async def polled(session: Any) -> Reading:
    """The first answer: both peers say that they run before they listen."""
    async with asyncio.timeout(20):
        while True:
            try:
                reading: Reading = await session.poll()
            except DeviceError:
                await asyncio.sleep(0.1)
            else:
                return reading


async def test_a_cisco_switch(recorded: str, opener: Opener, tmp_path: Path) -> None:
    reading = await read_recorded(recorded, "cisco", opener, tmp_path)
    assert reading.kind == "switch"
    told = {name: reading.attributes[name] for name in ("vendor", "model", "serial", "firmware", "mac")}
    assert told == {
        "vendor": "Cisco", "model": "WS-C3560G-48TS-E", "serial": "FOC1408Z61U", "firmware": "12.2(55)SE3",
        "mac": "e8:04:62:78:f2:00",
    }  # fmt: skip
    assert list(values(reading, "network.interface.state")) == [f"Gi0/{n}" for n in range(1, 53)]
    assert values(reading, "network.uplink.state") == {f"Gi0/{n}": 1.0 for n in range(49, 53)}
    assert values(reading, "network.cpu.utilization") == {None: 58.0}
    assert values(reading, "network.temperature") == {"SW#1, Sensor#1, YELLOW": 61.0}
    assert values(reading, "network.part.state")["SW#1, Sensor#1, YELLOW"] == 1.0  # warning, as its threshold is 66 °C
    assert values(reading, "network.uptime") == {None: pytest.approx(4924464.81)}
    assert len([row for row in reading.neighbours if row.via == "arp"]) == 15
    assert [(row.port, row.mac) for row in reading.neighbours if row.via == "fdb"] == [
        ("Gi0/5", "02:00:00:00:00:15"), ("Gi0/6", "02:00:00:00:00:16"),
    ]  # fmt: skip


async def test_an_hpe_blade_switch(recorded: str, opener: Opener, tmp_path: Path) -> None:
    reading = await read_recorded(recorded, "hpe", opener, tmp_path)
    assert (reading.kind, reading.attributes["vendor"], reading.attributes["serial"]) == ("switch", "HPE", "3C421900TX")
    assert set(values(reading, "network.interface.state")) == {str(n) for n in range(1, 25)}
    assert values(reading, "network.interface.state")["6"] == 2.0  # switched off
    assert values(reading, "network.cpu.utilization") == {None: 97.0}
    assert values(reading, "network.memory.utilization") == {None: pytest.approx(100 * 22247344 / 268435456)}
    learnt = {row.mac for row in reading.neighbours if row.via == "fdb"}
    assert len(learnt) > 200
    assert {row.port for row in reading.neighbours if row.via == "lldp"} >= {"8", "15", "16", "17"}
    assert set(values(reading, "network.uplink.state")) >= {
        "17"
    }  # LLDP tells it; port 1 has many devices, and a day to go


async def test_an_arista_switch_with_its_sensors(recorded: str, opener: Opener, tmp_path: Path) -> None:
    reading = await read_recorded(recorded, "arista", opener, tmp_path)
    assert (reading.attributes["model"], reading.attributes["serial"]) == ("DCS-7150S-52-CL", "JPE15151458")
    assert values(reading, "network.temperature")["Cpu temp sensor"] == pytest.approx(28.2)
    assert values(reading, "sensor.value")["CpucardPwrCon Rail1 12V standby"] == pytest.approx(12.4, abs=0.05)
    assert values(reading, "network.uplink.state")["Port-Channel1"] == 1.0
    assert [row.port for row in reading.neighbours if row.via == "lldp"] == ["Ethernet47", "Ethernet48"]


async def test_a_palo_alto_firewall(recorded: str, opener: Opener, tmp_path: Path) -> None:
    reading = await read_recorded(recorded, "paloalto", opener, tmp_path)
    assert (reading.kind, reading.attributes["firmware"], reading.attributes["serial"]) == (
        "firewall",
        "8.0.1",
        "0009C100761",
    )
    assert values(reading, "network.sessions") == {None: 81258.0}
    assert values(reading, "network.redundancy.state") == {None: 0.0}


@pytest.fixture
def snmpd(tmp_path: Path) -> Iterator[str]:
    """net-snmp's agent on this machine's interfaces."""
    if shutil.which("snmpd") is None:
        pytest.skip("snmpd is not installed (apt install snmpd)")
    address = f"127.0.0.1:{free_port()}"
    (tmp_path / "snmpd.conf").write_text(
        f"agentAddress udp:{address}\nrocommunity public\nsysServices 6\nsysLocation MDF\n"
    )
    command = ["snmpd", "-f", "-Lo", "-C", "-c", f"{tmp_path}/snmpd.conf", "-I", "-smux", "-p", f"{tmp_path}/pid"]
    with talking(command, tmp_path / "log", "NET-SNMP version", 20, SNMP_PERSISTENT_DIR=str(tmp_path)):
        yield address


async def test_the_counters_of_this_machine(snmpd: str, opener: Opener, tmp_path: Path) -> None:
    """What is sent over loopback comes out as a rate; the names are the kernel's. snmpd calls loopback a line of 10 Mbit/s."""
    opened = await DRIVER.open(Target("machine", snmpd), NetworkOptions(interfaces="all"), SystemClock())
    reading = await polled(opened)
    kernel = {path.name for path in Path("/sys/class/net").iterdir()}
    assert set(values(reading, "network.interface.state")) <= kernel
    assert values(reading, "network.interface.state")["lo"] == 1.0
    assert reading.attributes["location"] == "MDF"
    rate = 0.0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        async with asyncio.timeout(30):
            while not 200_000 < rate < 15e6:  # snmpd looks at the kernel every few seconds
                for _ in range(10):
                    sender.sendto(bytes(50_000), ("127.0.0.1", 9))
                await asyncio.sleep(4)
                rate = values(await opened.poll(), "network.interface.in.rate").get("lo", 0.0)
    await opened.close()


async def test_snmpd_is_found_when_it_says_that_it_forwards(snmpd: str, opener: Opener) -> None:
    await polled(await opener(snmpd))
    (found,) = [each async for each in discover(snmpd, SystemClock())]
    assert found.attributes["vendor"] == "Net-SNMP"
