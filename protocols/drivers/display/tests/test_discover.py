"""PJLink's search, against the simulated projector: a directed one here, a broadcast in a namespace."""

import asyncio
from typing import Any

import pytest

from protocols.clock import ManualClock
from protocols.driver import Found
from protocols.drivers.display.discover import PATIENCE, _Ear, discover
from protocols.drivers.display.simulator import Simulator
from protocols.errors import OptionError


async def found_at(network: str, clock: ManualClock, answered: Any) -> list[Found]:
    """Discover; time passes when the answer has come."""

    async def gather() -> list[Found]:
        return [found async for found in discover(network, clock)]

    task = asyncio.create_task(gather())
    async with asyncio.timeout(10):
        while not answered() or not clock._sleepers:
            await asyncio.sleep(0.01)
    await clock.advance(PATIENCE)
    return await task


async def test_a_display_is_found_with_its_mac(
    simulator: Simulator, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[bytes] = []
    received = _Ear.datagram_received
    monkeypatch.setattr(
        _Ear, "datagram_received", lambda self, data, addr: (heard.append(data), received(self, data, addr))
    )
    (found,) = await found_at(simulator.address, clock, lambda: heard)
    assert (found.kind, found.address, found.name) == ("display", simulator.address, "Room 12")
    assert (found.attributes["mac"], found.attributes["serial"]) == ("02:00:00:00:43:52", "FB00000012")
    assert [line for line in simulator.projector.queries if not line.endswith(" ?")] == []


@pytest.mark.parametrize("data", [b"%2ACKN=", b"%2ACKN=zz:zz:zz:zz:zz:zz\r", b"\x00" * 2000, b"%2SRCH\r"])
def test_other_datagrams_are_no_display(data: bytes) -> None:
    ear = _Ear({})
    ear.datagram_received(data, ("127.0.0.1", 4352))
    assert ear.heard == {}


async def test_a_network_that_is_none_is_refused(clock: ManualClock) -> None:
    with pytest.raises(OptionError, match="write a network"):
        [found async for found in discover("the-school", clock)]
