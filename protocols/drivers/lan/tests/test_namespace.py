"""Real frames on real interfaces: a bridge in network namespaces, the agent on one port, two `dnsmasq` on others, one of them the rogue."""

import json
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from protocols.drivers.lan.simulator import arp

HERE = Path(__file__).parent
RIGHT, ROGUE, OTHER = "02:fb:00:00:00:02", "02:fb:00:00:0b:ad", "00:1b:63:00:00:05"
NAMES = tuple(f"fbl{os.getpid()}{each}" for each in ("sw", "agent", "right", "rogue", "raw"))
SWITCH, AGENT, RIGHT_NS, ROGUE_NS, RAW = NAMES

SEND = """
import socket, sys
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
wire.bind(("eth0", 0))
for line in sys.stdin:
    times, _, frame = line.partition(" ")
    for _ in range(int(times)):
        wire.send(bytes.fromhex(frame))
    print("sent", flush=True)
"""
HEAR = """
import socket, sys
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
wire.bind(("eth0", 0x0800))
print("hearing", flush=True)
while True:
    frame = wire.recv(2048)
    if frame[23] == 17 and frame[36:38] == b"\\0\\x43":
        at = frame.index(b"\\x63\\x82\\x53\\x63") + 4
        print(frame[at:at + 3].hex(), flush=True)
"""


def ip(*words: str) -> None:
    subprocess.run(("ip", *words), check=True, capture_output=True, timeout=10)


def within(name: str, *command: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        ("ip", "netns", "exec", name, *command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


class Network:
    """The namespaces and what runs in them."""

    def __init__(self) -> None:
        self.running: list[subprocess.Popen[str]] = []
        self.raw: subprocess.Popen[str] | None = None

    def build(self) -> None:
        for name in NAMES:
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        ip("-n", SWITCH, "link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
        ip("-n", SWITCH, "link", "set", "br0", "up")
        macs = {RIGHT_NS: RIGHT, ROGUE_NS: ROGUE, RAW: OTHER, AGENT: "02:fb:00:00:00:0a"}
        for number, (name, mac) in enumerate(macs.items()):
            ip("link", "add", f"p{number}", "netns", SWITCH, "type", "veth", "peer", "name", "eth0", "netns", name)
            ip("-n", SWITCH, "link", "set", f"p{number}", "master", "br0", "up")
            ip("-n", name, "link", "set", "eth0", "address", mac, "up")
        for name, address in ((RIGHT_NS, "10.97.0.2/24"), (ROGUE_NS, "192.168.77.1/24"), (AGENT, "10.97.0.10/24")):
            ip("-n", name, "addr", "add", address, "dev", "eth0")

    def start(self, name: str, *command: str) -> "subprocess.Popen[str]":
        process = within(name, *command)
        self.running.append(process)
        return process

    def dnsmasq(self, name: str, folder: Path, *options: str) -> Path:
        """Starts one; its lease file."""
        leases = folder / f"{name}.leases"
        common = ("--no-daemon", "--conf-file=/dev/null", "--port=0", "--bind-interfaces", "--interface=eth0", "--no-ping",
                  "--user=root", f"--dhcp-leasefile={leases}", f"--pid-file={folder}/{name}.pid", f"--log-facility={folder}/{name}.log")  # fmt: skip
        self.start(name, "dnsmasq", *common, *options)
        return leases

    def watch(self, options: dict[str, Any], wanted: dict[str, float]) -> "subprocess.Popen[str]":
        """The driver, watching `eth0` of the agent's namespace."""
        told = {"dns": False, "learn": 0, **options}
        return self.start(AGENT, sys.executable, str(HERE / "watch.py"), "eth0", json.dumps(told), json.dumps(wanted))

    def send(self, frame: bytes, times: int = 1) -> None:
        """Put a frame on the wire as another device would."""
        if self.raw is None:
            self.raw = self.start(RAW, sys.executable, "-c", SEND)
        assert self.raw.stdin is not None
        self.raw.stdin.write(f"{times} {frame.hex()}\n")
        self.raw.stdin.flush()
        assert line(self.raw) == "sent"

    def stop(self) -> None:
        for process in self.running:
            process.kill()
            process.communicate()
        for name in NAMES:
            subprocess.run(("ip", "netns", "del", name), check=False, capture_output=True, timeout=10)


@pytest.fixture
def network() -> Iterator[Network]:
    if os.name != "posix" or os.geteuid() or shutil.which("ip") is None:
        pytest.skip("needs root and ip (iproute2) for network namespaces")
    made = Network()
    try:
        try:
            made.build()
        except subprocess.CalledProcessError as error:
            pytest.skip(f"no network namespaces here: {error.stderr.decode().strip()}")
        yield made
    finally:
        made.stop()


def result(watching: "subprocess.Popen[str]") -> tuple[dict[str, float], list[dict[str, Any]]]:
    said = json.loads(line(watching))
    return said["samples"], said["events"]


needs_dnsmasq = pytest.mark.skipif(shutil.which("dnsmasq") is None, reason="needs dnsmasq (dnsmasq-base)")


@pytest.mark.root
@needs_dnsmasq
def test_a_rogue_dhcp_server_is_found_and_no_address_is_taken(network: Network, tmp_path: Path) -> None:
    hearing = network.start(RIGHT_NS, sys.executable, "-c", HEAR)
    assert line(hearing) == "hearing"
    leases = [
        network.dnsmasq(RIGHT_NS, tmp_path, "--dhcp-range=10.97.0.50,10.97.0.60,2m", "--dhcp-authoritative"),
        network.dnsmasq(ROGUE_NS, tmp_path, "--dhcp-range=192.168.77.50,192.168.77.60,2m", "--dhcp-authoritative"),
    ]
    watching = network.watch(
        {"dhcp": True, "dhcp_every": 60, "dhcp_servers": ["10.97.0.2"]}, {"lan.dhcp.servers": 2, "lan.dhcp.rogue": 1}
    )
    assert line(watching) == "watching"
    samples, events = result(watching)
    assert (samples["lan.dhcp.servers"], samples["lan.dhcp.rogue"]) == (2, 1)
    assert 0 < samples["lan.dhcp.duration"] < 3
    assert [(event["kind"], event["address"], event["mac"]) for event in events] == [
        ("lan.dhcp.rogue", "192.168.77.1", ROGUE)
    ]
    hearing.kill()
    asked = (hearing.communicate()[0] or "").split()
    assert asked == ["350101"]  # one DISCOVER: message type (53), one octet, 1
    for file in leases:
        assert not file.exists() or file.read_text() == ""


@pytest.mark.root
@needs_dnsmasq
def test_a_rogue_router_is_found(network: Network, tmp_path: Path) -> None:
    ip("-n", ROGUE_NS, "addr", "add", "fd77::1/64", "dev", "eth0", "nodad")
    watching = network.watch({"listen": True, "routers": ["fe80::1"]}, {"lan.router.rogue": 1})
    assert line(watching) == "watching"
    network.dnsmasq(ROGUE_NS, tmp_path, "--dhcp-range=fd77::,ra-only", "--enable-ra", "--ra-param=eth0,4,1800")
    samples, events = result(watching)
    assert (samples["lan.router.advertisers"], samples["lan.router.rogue"]) == (1, 1)
    assert ("lan.router.rogue", ROGUE) in [(event["kind"], event.get("mac")) for event in events]


@pytest.mark.root
def test_new_devices_duplicates_and_a_storm(network: Network) -> None:
    mine, theirs = bytes.fromhex("001b63000005"), bytes.fromhex("00000c000007")
    watching = network.watch(
        {"listen": True},
        {"lan.device.new": 2, "lan.address.duplicate": 1, "lan.broadcast.rate": 500, "lan.arp.rate": 500},
    )
    assert line(watching) == "watching"
    for mac in (mine, theirs, mine):
        network.send(arp(mac, "10.97.0.5", "10.97.0.5"))
    while watching.poll() is None and not _is_done(watching, network, arp(mine, "10.97.0.5", "10.97.0.1")):
        pass
    samples, events = result(watching)
    assert samples["lan.device.new"] == 2
    kinds = [event["kind"] for event in events]
    assert kinds.count("lan.device.new") >= 1
    assert kinds.count("lan.address.duplicate") == 1
    assert 0 < samples["lan.broadcast.share"] <= 100


def _is_done(watching: "subprocess.Popen[str]", network: Network, frame: bytes) -> bool:
    """Whether the watcher has seen enough; floods a little more where it has not."""
    network.send(frame, 500)
    return bool(select.select([watching.stdout], [], [], 0.05)[0])


@pytest.mark.root
def test_the_neighbour_table_alone_shows_who_answered(network: Network) -> None:
    """Without any right: another device answers this machine, and is known by IPv4 and IPv6 as one."""
    subprocess.run(
        ("ip", "netns", "exec", AGENT, "ping", "-c", "1", "-W", "2", "10.97.0.2"),
        check=False,
        capture_output=True,
        timeout=10,
    )
    ip("-n", AGENT, "neigh", "replace", "10.97.0.7", "lladdr", "00:1b:63:00:00:07", "dev", "eth0", "nud", "reachable")
    ip("-n", AGENT, "neigh", "replace", "fe80::7", "lladdr", "00:1b:63:00:00:07", "dev", "eth0", "nud", "reachable")
    watching = network.watch({}, {"lan.device.count": 1})
    assert line(watching) == "watching"
    samples, _ = result(watching)
    assert (samples["lan.device.count"], samples["lan.device.new"]) == (1, 0)


@pytest.mark.root
def test_an_interface_that_comes_back_is_heard_again(network: Network) -> None:
    """Deleted and made anew under the same name, as a USB adapter that is plugged in again."""
    watching = network.watch({"listen": True}, {"lan.device.new": 1})
    assert line(watching) == "watching"
    ip("-n", AGENT, "link", "del", "eth0")
    ip("link", "add", "p9", "netns", SWITCH, "type", "veth", "peer", "name", "eth0", "netns", AGENT)
    ip("-n", SWITCH, "link", "set", "p9", "master", "br0", "up")
    ip("-n", AGENT, "link", "set", "eth0", "up")
    while watching.poll() is None and not _is_done(
        watching, network, arp(bytes.fromhex("001b63000009"), "10.97.0.9", "10.97.0.1")
    ):
        pass
    samples, _ = result(watching)
    assert samples["lan.device.new"] == 1


@pytest.mark.root
def test_without_the_right_the_message_says_what_to_do(network: Network) -> None:
    if shutil.which("setpriv") is None:
        pytest.skip("needs setpriv (util-linux)")
    agent = (
        sys.executable,
        "-m",
        "agent.cli",
        "read",
        "lan",
        "eth0",
        "--option",
        "listen=true",
        "--option",
        "dns=false",
    )
    drop = ("setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw")
    done = subprocess.run(
        ("ip", "netns", "exec", AGENT, *drop, *agent), capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode != 0
    assert "CAP_NET_RAW" in done.stderr
    ip("-n", AGENT, "link", "set", "eth0", "down")
    down = subprocess.run(
        ("ip", "netns", "exec", AGENT, *agent), capture_output=True, text=True, timeout=30, check=False
    )
    assert "interface eth0 is down" in down.stderr
