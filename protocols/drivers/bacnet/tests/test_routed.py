"""A device on another network, behind a router: asked with its network and station, recognised by them in the answer."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from protocols.drivers.bacnet.network import bind_socket

BVLL = b"\x81\x0a"
"""Original-Unicast-NPDU (135-2020 J.2.11)."""


class Router:
    """Carries between the agent and one device, which it shows as station 5 of network 2 (135-2020 6.2.2)."""

    def __init__(self, device: tuple[str, int]) -> None:
        self.near, self.far = bind_socket("127.0.0.1:0"), bind_socket("127.0.0.1:0")
        self.device = device
        self.agent: tuple[str, int] | None = None
        self.address = f"2:5@127.0.0.1:{self.near.getsockname()[1]}"

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._outward())
            group.create_task(self._homeward())

    async def _outward(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            packet, self.agent = await loop.sock_recvfrom(self.near, 2000)
            assert packet[4] == 1
            assert packet[5] & 0x20
            assert packet[6:10] == b"\x00\x02\x01\x05"
            npdu = bytes((1, packet[5] & ~0x20)) + packet[11:]
            await loop.sock_sendto(self.far, _frame(npdu), self.device)

    async def _homeward(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            packet, _ = await loop.sock_recvfrom(self.far, 2000)
            assert self.agent is not None
            npdu = bytes((1, packet[5] | 0x08)) + b"\x00\x02\x01\x05" + packet[6:]
            await loop.sock_sendto(self.near, _frame(npdu), self.agent)


def _frame(npdu: bytes) -> bytes:
    return BVLL + (len(npdu) + 4).to_bytes(2, "big") + npdu


@pytest.fixture
async def router(simulator: Any) -> AsyncIterator[Router]:
    host, _, port = simulator.address.partition(":")
    made = Router((host, int(port)))
    task = asyncio.create_task(made.run())
    yield made
    task.cancel()
    await asyncio.wait((task,))
    made.near.close()
    made.far.close()


async def test_a_routed_device_is_polled(router: Router, opener: Any) -> None:
    reading = await (await opener(router.address)).poll()
    assert sum(sample.metric == "bacnet.value" for sample in reading.samples) == 24
    assert reading.attributes["name"] == "AHU 1"


async def test_a_routed_device_tells_its_changes(router: Router, simulator: Any, opener: Any) -> None:
    session = await opener(router.address, cov=True, include=["analog-input,1"])
    await session.poll()
    told: list[float] = []

    async def gather() -> None:
        async for reading in session.push():
            told.extend(sample.value for sample in reading.samples if sample.metric == "bacnet.value")

    task = asyncio.create_task(gather())
    async with asyncio.timeout(10):
        while not told:
            await asyncio.sleep(0.01)
        simulator.force.value("analog-input,1", 33.0)
        while told[-1] != 33.0:
            await asyncio.sleep(0.01)
    await session.close()
    await task
