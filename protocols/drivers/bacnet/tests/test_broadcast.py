"""Finding devices by broadcast, on real interfaces: two networks in network namespaces, neither behind a default route."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

PEER = """
import asyncio, sys, rusty_bacnet
async def main():
    made = rusty_bacnet.BACnetServer(device_instance=int(sys.argv[1]), device_name=sys.argv[2], interface="0.0.0.0",
                                     port=47808, broadcast_address=sys.argv[3])
    await made.start()
    print("up", flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
HERE, FAR = f"fb{os.getpid()}a", (f"fb{os.getpid()}b", f"fb{os.getpid()}c")


def ip(*words: str) -> None:
    subprocess.run(("ip", *words), check=True, capture_output=True, timeout=10)


@pytest.fixture
def peers() -> Iterator[None]:
    """A device in each of two networks, 10.99.1.0/24 and 10.99.2.0/24; the agent's namespace is in both."""
    if os.name != "posix" or os.geteuid() or shutil.which("ip") is None:
        pytest.skip("needs root and ip (iproute2) for network namespaces")
    running: list[subprocess.Popen[bytes]] = []
    try:
        ip("netns", "add", HERE)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network namespaces here: {error.stderr.decode().strip()}")
    try:
        for number, name in enumerate(FAR, 1):
            ip("netns", "add", name)
            ip("link", "add", f"v{number}", "netns", HERE, "type", "veth", "peer", "name", "eth0", "netns", name)
            for where, link, host in ((HERE, f"v{number}", 1), (name, "eth0", 2)):
                ip("-n", where, "addr", "add", f"10.99.{number}.{host}/24", "brd", "+", "dev", link)
                ip("-n", where, "link", "set", link, "up")
            command = ("ip", "netns", "exec", name, sys.executable, "-c", PEER)
            device = (str(100 + number), f"Peer {number}", f"10.99.{number}.255")
            running.append(subprocess.Popen((*command, *device), stdout=subprocess.PIPE))
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == b"up\n"
        yield
    finally:
        for process in running:
            process.kill()
            process.communicate()
        for name in (HERE, *FAR):
            subprocess.run(("ip", "netns", "del", name), check=False, capture_output=True, timeout=10)


@pytest.mark.parametrize(
    ("network", "found"), [("#100-199", ["Peer 1", "Peer 2"]), ("10.99.2.0/24#100-199", ["Peer 2"])]
)
def test_each_network_of_the_machine_is_asked(peers: None, network: str, found: list[str]) -> None:
    agent = ("ip", "netns", "exec", HERE, sys.executable, "-m", "agent.cli")
    done = subprocess.run(
        (*agent, "discover", "bacnet", "--network", network, "--json"), capture_output=True, timeout=60, check=True
    )
    assert [json.loads(line)["name"] for line in done.stdout.splitlines()] == found
