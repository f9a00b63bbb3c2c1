"""A real network that loses packets: two network namespaces, and a peer that answers pings as it is told."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

HERE, FAR = f"fp{os.getpid()}a", f"fp{os.getpid()}b"
PEER = """
import socket, struct, sys
keep = [each == "1" for each in sys.argv[1]]
made = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
print("up", flush=True)
while True:
    data, peer = made.recvfrom(2048)
    request = bytearray(data[(data[0] & 15) * 4:])
    number = struct.unpack_from("!H", request, 6)[0]
    if request[0] != 8 or not keep[number % len(keep)]:
        continue
    request[0], total = 0, struct.unpack_from("!H", request, 2)[0] + 0x800
    struct.pack_into("!H", request, 2, (total & 0xFFFF) + (total >> 16))
    made.sendto(bytes(request), peer)
"""
"""Answers the packets whose number has a 1; the kernel's own answers are off."""
Reader = Callable[..., dict[str, object]]


def ip(*words: str) -> None:
    subprocess.run(("ip", *words), check=True, capture_output=True, timeout=10)


@pytest.fixture
def network() -> Iterator[None]:
    if os.name != "posix" or os.geteuid() or shutil.which("ip") is None:
        pytest.skip("needs root and ip (iproute2) for network namespaces")
    try:
        ip("netns", "add", HERE)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network namespaces here: {error.stderr.decode().strip()}")
    try:
        ip("netns", "add", FAR)
        ip("link", "add", "v0", "netns", HERE, "type", "veth", "peer", "name", "eth0", "netns", FAR)
        for name, link, host in ((HERE, "v0", 1), (FAR, "eth0", 2)):
            ip("-n", name, "addr", "add", f"10.98.1.{host}/24", "dev", link)
            ip("-n", name, "link", "set", link, "up")
            ip("-n", name, "link", "set", "lo", "up")
        yield
    finally:
        for name in (HERE, FAR):
            subprocess.run(("ip", "netns", "del", name), check=False, capture_output=True, timeout=10)


def read(address: str, *options: str) -> dict[str, object]:
    words = [word for each in options for word in ("--option", each)]
    command = (
        "ip",
        "netns",
        "exec",
        HERE,
        sys.executable,
        "-m",
        "agent.cli",
        "read",
        "probe",
        address,
        "--json",
        *words,
    )
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    reading = json.loads(done.stdout)
    samples = {(each["metric"], each.get("label")): each["value"] for each in reading["samples"]}
    return {"samples": samples, "answer": reading["attributes"]["answer"]}


@pytest.mark.root
def test_the_kernel_at_the_other_end_answers(network: None) -> None:
    seen = read("10.98.1.2", "spacing=0.01")
    assert seen["samples"]["probe.state", None] == 1
    assert seen["samples"]["probe.loss", None] == 0


@pytest.mark.root
def test_a_link_local_address_with_its_zone(network: None) -> None:
    """As routers announce themselves: reached over ping, TCP, HTTP and UDP, where nothing but the kernel answers."""
    shown = subprocess.run(
        ("ip", "-n", FAR, "-j", "-6", "addr", "show", "dev", "eth0"), capture_output=True, timeout=10, check=True
    )
    local = [each["local"] for each in json.loads(shown.stdout)[0]["addr_info"] if each["scope"] == "link"]
    if not local:
        pytest.skip("no IPv6 here")
    there = f"[{local[0]}%v0]"
    deadline = time.monotonic() + 10  # until duplicate address detection has ended at both ends
    while read(f"icmp://{there}", "spacing=0.01", "count=2", "timeout=1")["samples"]["probe.state", None] != 1:
        assert time.monotonic() < deadline
    for address in (f"tcp://{there}:80", f"http://{there}/", f"dns://{there}", f"ntp://{there}"):
        assert "nothing listens" in str(read(address, "timeout=3")["answer"]), address


@pytest.mark.root
@pytest.mark.parametrize(("answered", "loss"), [("1110", 25.0), ("10", 50.0), ("0", 100.0)])
def test_lost_packets_are_counted(answered: str, loss: float, network: None) -> None:
    quiet = ("ip", "netns", "exec", FAR, "sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=1")
    if subprocess.run(quiet, check=False, capture_output=True, timeout=10).returncode:
        pytest.skip("the kernel's own answers cannot be switched off here")
    command = ("ip", "netns", "exec", FAR, sys.executable, "-c", PEER, answered)
    peer = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert peer.stdout is not None
        assert peer.stdout.readline() == b"up\n"
        seen = read("10.98.1.2", "spacing=0.01", "count=20", "timeout=1.2")
    finally:
        peer.kill()
        peer.communicate()
    assert seen["samples"]["probe.loss", None] == loss
    assert seen["samples"]["probe.state", None] == (1 if loss < 100 else 0)


@pytest.mark.root
def test_a_network_that_is_not_there_is_unknown(network: None) -> None:
    for address in ("10.97.0.1", "tcp://10.97.0.1:80", "http://10.97.0.1/", "dns://10.97.0.1", "ntp://10.97.0.1"):
        seen = read(address, "timeout=1")
        assert seen["samples"] == {("probe.state", None): 255}, address
        assert "this machine has no" in str(seen["answer"])


@pytest.mark.root
def test_a_cable_that_is_out_is_unknown(network: None) -> None:
    """The default route is still there, as with an address that was set by hand."""
    ip("-n", HERE, "route", "add", "default", "via", "10.98.1.2")
    ip("-n", FAR, "link", "set", "eth0", "down")
    assert read("http://10.97.0.1/", "timeout=4")["samples"] == {("probe.state", None): 255}
    assert read("10.98.1.2", "spacing=0.01", "timeout=0.5")["samples"] == {("probe.state", None): 255}


@pytest.mark.root
def test_a_host_that_is_off_is_down(network: None) -> None:
    seen = read("tcp://10.98.1.77:80", "timeout=8")
    assert seen["samples"] == {("probe.state", None): 0}
    assert "cannot be reached" in str(seen["answer"])
    assert read("10.98.1.77", "spacing=0.01", "timeout=0.5")["samples"]["probe.state", None] == 0
