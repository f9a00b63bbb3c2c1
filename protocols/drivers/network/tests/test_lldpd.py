"""Genuine LLDP: two lldpd at the ends of a cable, in network namespaces, and snmpd with one of them under AgentX."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.root
HERE, FAR = f"fbn{os.getpid()}a", f"fbn{os.getpid()}b"
CONF = "agentAddress udp:127.0.0.1:1161\nrocommunity public\nmaster agentx\nagentXSocket {folder}/agentx\nagentXPerms 0777 0777\nsysServices 6\n"


def run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, timeout=30).stdout.decode()


def inside(name: str, *words: str) -> "subprocess.Popen[bytes]":
    command = ("ip", "netns", "exec", name, *words)
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def until(done: Any, seconds: float) -> bool:
    """Whether a condition held before the time was over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if done():
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where lldpd, which gives up its rights, may enter too."""
    with tempfile.TemporaryDirectory(prefix="firstbell-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture
def cable(folder: Path) -> Iterator[Path]:
    missing = [name for name in ("ip", "lldpd", "lldpcli", "snmpd") if shutil.which(name) is None]
    if os.geteuid() or missing:
        pytest.skip(f"needs root and {', '.join(missing) or 'namespaces'} (apt install lldpd snmpd iproute2)")
    running: list[subprocess.Popen[bytes]] = []
    try:
        run("ip", "netns", "add", HERE)
        run("ip", "netns", "add", FAR)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network namespaces here: {error.stderr.decode().strip()}")
    try:
        run("ip", "link", "add", "port7", "netns", HERE, "type", "veth", "peer", "name", "uplink1", "netns", FAR)
        for name, link, address in ((HERE, "port7", "10.98.1.1/24"), (FAR, "uplink1", "10.98.1.2/24")):
            run("ip", "-n", name, "addr", "add", address, "dev", link)
            run("ip", "-n", name, "link", "set", link, "up")
            run("ip", "-n", name, "link", "set", "lo", "up")
        run("ip", "netns", "exec", FAR, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        (folder / "snmpd.conf").write_text(CONF.format(folder=folder))
        options = ("-f", "-Lo", "-C", "-c", f"{folder}/snmpd.conf", "-I", "-smux", "-p", f"{folder}/pid")
        running.append(inside(HERE, "snmpd", *options))
        assert until((folder / "agentx").exists, 10)
        running.append(
            inside(HERE, "lldpd", "-d", "-x", "-X", f"{folder}/agentx", "-u", f"{folder}/here", "-I", "port7")
        )
        running.append(inside(FAR, "lldpd", "-d", "-u", f"{folder}/far", "-I", "uplink1"))
        assert until(lambda: (folder / "here").exists() and (folder / "far").exists(), 10)
        name = ("lldpcli", "-u", f"{folder}/far", "configure", "system", "hostname", "sw-idf-2")
        assert until(lambda: subprocess.run(name, check=False, capture_output=True, timeout=30).returncode == 0, 10)
        for end in ("here", "far"):
            run("lldpcli", "-u", f"{folder}/{end}", "configure", "lldp", "tx-interval", "1")
        assert until(lambda: "sw-idf-2" in run("lldpcli", "-u", f"{folder}/here", "show", "neighbors"), 40)
        yield folder
    finally:
        for process in running:
            process.terminate()
            process.wait(10)
        for name in (HERE, FAR):
            subprocess.run(("ip", "netns", "del", name), check=False, capture_output=True, timeout=10)


def test_a_neighbour_is_heard_and_its_port_is_an_uplink(cable: Path) -> None:
    command = (
        "ip",
        "netns",
        "exec",
        HERE,
        sys.executable,
        "-m",
        "agent.cli",
        "read",
        "network",
        "127.0.0.1:1161",
        "--json",
    )
    reading: dict[str, Any] = {}

    def heard() -> bool:
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
        reading.update(json.loads(done.stdout) if done.returncode == 0 else {})
        return any(row["via"] == "lldp" for row in reading.get("neighbours", []))

    assert until(heard, 40), reading
    (row,) = [row for row in reading["neighbours"] if row["via"] == "lldp"]
    far = run("ip", "netns", "exec", FAR, "cat", "/sys/class/net/uplink1/address").strip()
    assert row == {"port": "port7", "via": "lldp", "mac": far, "name": "sw-idf-2", "address": "10.98.1.2"}
    states = {
        sample["label"]: sample["value"] for sample in reading["samples"] if sample["metric"] == "network.uplink.state"
    }
    assert states == {"port7": 1.0}
