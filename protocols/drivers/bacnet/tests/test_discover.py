"""Discovery: which devices answer, and what is asked of whom."""

import asyncio
from typing import Any

import pytest

from protocols.drivers.bacnet.discover import PATIENCE, RANGES, discover
from protocols.drivers.bacnet.network import bind_socket
from protocols.errors import OptionError


async def run(network: str, clock: Any) -> list[Any]:
    """Discover while the manual clock runs fast."""

    async def gather() -> list[Any]:
        return [found async for found in discover(network, clock)]

    task = asyncio.create_task(gather())
    while not task.done():
        await asyncio.sleep(0.02)
        await clock.advance(PATIENCE)
    return await task


async def test_a_device_is_found_and_described(simulator: Any, clock: Any) -> None:
    (found,) = await run(simulator.address, clock)
    assert found.address == simulator.address
    assert found.name == "AHU 1"
    assert found.options == {"instance": 1001}
    assert found.attributes["model"] == "Simulated air handler"


async def test_a_device_outside_the_range_is_not(simulator: Any, clock: Any) -> None:
    assert await run(f"{simulator.address}#2000-3000", clock) == []


async def test_nobody_answers(clock: Any) -> None:
    with bind_socket("127.0.0.1:0") as nobody:
        assert await run(f"127.0.0.1:{nobody.getsockname()[1]}", clock) == []


async def test_ranges_are_asked_one_after_the_other(clock: Any) -> None:
    with bind_socket("127.0.0.1:0") as peer:
        task = asyncio.create_task(run(f"127.0.0.1:{peer.getsockname()[1]}", clock))
        loop = asyncio.get_running_loop()
        packets = [await asyncio.wait_for(loop.sock_recv(peer, 1500), 1) for _ in RANGES]
        assert await task == []
    assert [packet[-2:] for packet in packets[:2]] == [b"\x27\x0f", packets[1][-2:]]  # up to 9,999
    assert all(b"\x10\x08" in packet for packet in packets)  # unconfirmed request, Who-Is


@pytest.mark.parametrize("network", ["nowhere", "10.1.0.0/99", "10.1.2.3#x", "10.1.2.3#9-1", "10.1.2.3#0-9999999"])
async def test_networks_that_are_none(network: str, clock: Any) -> None:
    with pytest.raises(OptionError, match="network"):
        await run(network, clock)
