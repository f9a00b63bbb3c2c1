"""Finding cameras by WS-Discovery: the simulator's own responder on loopback, and ipycam by multicast in a network namespace."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from protocols.clock import ManualClock
from protocols.driver import Found
from protocols.drivers.camera.discover import discover, found, is_camera
from protocols.errors import OptionError
from protocols.transports.onvif.simulated import Responder
from protocols.transports.soap import Answer, Scopes

UUID = "0a1b2c3d-0000-4000-8000-020000000001"
NAME = "onvif://www.onvif.org/name/Main%20Entrance"


async def look(network: str, clock: ManualClock) -> list[Found]:
    async def gather() -> list[Found]:
        return [each async for each in discover(network, clock)]

    task = asyncio.create_task(gather())
    async with asyncio.timeout(10):
        while not task.done():
            for _ in range(50):
                await asyncio.sleep(0.001)
            await clock.advance(5)
    return await task


async def test_a_camera_is_found_once_though_it_answers_both_probes() -> None:
    responder = Responder(
        UUID,
        ["dn:NetworkVideoTransmitter", "tds:Device"],
        lambda: [NAME],
        lambda: "http://127.0.0.1:8080/onvif/device_service",
    )
    await responder.start("127.0.0.1", 0)
    [camera] = await look(f"127.0.0.1:{responder.place[1]}", ManualClock())
    responder.stop()
    assert camera == Found("camera", "127.0.0.1:8080", "Main Entrance", {}, {"uuid": UUID, "name": "Main Entrance"})


async def test_a_door_is_no_camera() -> None:
    responder = Responder(
        UUID, ["tds:Device"], lambda: ["onvif://www.onvif.org/Profile/C"], lambda: "http://127.0.0.1/"
    )
    await responder.start("127.0.0.1", 0)
    assert await look(f"127.0.0.1:{responder.place[1]}", ManualClock()) == []
    responder.stop()


async def test_a_network_cannot_be_swept() -> None:
    with pytest.raises(OptionError, match="one by one"):
        await look("10.0.0.0/24", ManualClock())


def answer(*urls: str, source: str = "10.1.2.3") -> Answer:
    return Answer(UUID, urls, ("NetworkVideoTransmitter",), Scopes(name="Lobby", mac="aa:bb:cc:dd:ee:ff"), source)


@pytest.mark.parametrize(
    ("urls", "address", "options"),
    [
        (("http://10.1.2.3/onvif/device_service",), "10.1.2.3", {}),
        (("http://169.254.1.1/onvif/device_service", "http://10.1.2.3:8000/onvif/device_service"), "10.1.2.3:8000", {}),
        (("https://10.1.2.3/onvif/device_service",), "10.1.2.3", {"tls": True}),
        (("http://10.1.2.3/other",), "10.1.2.3", {"path": "/other"}),
        (("http://[fe80::1]:99999/x",), "10.1.2.3", {}),
        ((), "10.1.2.3", {}),
    ],
)
def test_the_address_is_the_one_that_answered(urls: tuple[str, ...], address: str, options: dict[str, object]) -> None:
    made = found(answer(*urls))
    assert (made.address, made.options) == (address, options)
    assert made.attributes["mac"] == "aa:bb:cc:dd:ee:ff"
    assert is_camera(answer())


PEER = """
import sys, time, ipycam
camera = ipycam.IPCamera(ipycam.CameraConfig(local_ip="10.98.1.2"))
from ipycam.discovery import WSDiscoveryServer
WSDiscoveryServer(camera.onvif).start()
print("up", flush=True)
sys.stdin.readline()
"""
HERE, FAR = f"fb{os.getpid()}e", f"fb{os.getpid()}f"


def ip(*words: str) -> None:
    subprocess.run(("ip", *words), check=True, capture_output=True, timeout=10)


@pytest.fixture
def ipycam() -> Iterator[None]:
    """An ipycam in a network of its own, 10.98.1.0/24; the agent's namespace is in it."""
    if find_spec("ipycam") is None:
        pytest.skip("ipycam is not installed")
    if os.name != "posix" or os.geteuid() or shutil.which("ip") is None:
        pytest.skip("needs root and ip (iproute2) for network namespaces")
    process = None
    try:
        ip("netns", "add", HERE)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network namespaces here: {error.stderr.decode().strip()}")
    try:
        ip("netns", "add", FAR)
        ip("link", "add", "v1", "netns", HERE, "type", "veth", "peer", "name", "eth0", "netns", FAR)
        for where, link, host in ((HERE, "v1", 1), (FAR, "eth0", 2)):
            ip("-n", where, "addr", "add", f"10.98.1.{host}/24", "brd", "+", "dev", link)
            ip("-n", where, "link", "set", link, "up")
            ip("-n", where, "route", "add", "default", "dev", link)
        command = ("ip", "netns", "exec", FAR, sys.executable, "-c", PEER)
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        yield
    finally:
        if process is not None:
            process.kill()
            process.communicate()
        for name in (HERE, FAR):
            subprocess.run(("ip", "netns", "del", name), check=False, capture_output=True, timeout=10)


@pytest.mark.root
@pytest.mark.parametrize("network", [(), ("--network", "10.98.1.2")])
def test_ipycam_is_found(ipycam: None, network: tuple[str, ...]) -> None:
    command = ("ip", "netns", "exec", HERE, sys.executable, "-m", "agent.cli", "discover", "camera", "--json", *network)
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["address"] for each in found] == ["10.98.1.2:8080"]
    assert found[0]["attributes"]["uuid"]
