"""A simulated network, and sessions that are closed for sure."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from protocols.clock import ManualClock
from protocols.driver import Reading, Target
from protocols.drivers.lan import DRIVER
from protocols.drivers.lan.options import LanOptions
from protocols.drivers.lan.session import OFFER_S, LanSession
from protocols.drivers.lan.simulator import Simulator, simulate
from protocols.options import read_options


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def simulator(clock: ManualClock) -> AsyncIterator[Simulator]:
    async with simulate("127.0.0.1:0", clock) as running:
        yield running


@pytest.fixture
async def opener(clock: ManualClock) -> AsyncIterator[Callable[..., Awaitable[LanSession]]]:
    opened: list[LanSession] = []

    async def open_at(address: str, **options: object) -> LanSession:
        session = await DRIVER.open(Target("lan", address), read_options(options, LanOptions, "test"), clock)
        assert isinstance(session, LanSession)
        opened.append(session)
        return session

    yield open_at
    for session in opened:
        await session.close()


class Watcher:
    """Polls while the manual clock runs."""

    def __init__(self, session: LanSession, simulator: Simulator, clock: ManualClock) -> None:
        self.session, self.simulator, self.clock = session, simulator, clock
        self.events: list[Any] = []

    async def poll(self) -> dict[str, float]:
        """One poll; time for offers passes when the network has answered what was asked."""
        task = asyncio.create_task(self.session.poll())
        async with asyncio.timeout(10):
            while not task.done():
                await self.settle()
                if self.session._asking is not None:
                    await self.clock.advance(OFFER_S)
        reading: Reading = task.result()
        self.events += reading.events
        return {sample.metric: sample.value for sample in reading.samples}

    async def look(self, seconds: float = 30) -> dict[str, float]:
        """Let time pass, hear what there is, and poll twice: offers asked for by the first poll are told by the second."""
        await self.clock.advance(seconds)
        await self.settle()
        first = await self.poll()
        await self.settle()
        return first | await self.poll()

    async def settle(self) -> None:
        """Until no frame is under way any more."""
        wire, left = self.session._wire, None
        while left != wire._left:
            left = wire._left
            await asyncio.sleep(0.01)


@pytest.fixture
async def watcher(simulator: Simulator, clock: ManualClock, opener: Any) -> Watcher:
    """Has learned the network as it is."""
    session = await opener(simulator.address, **simulator.options)
    watching = Watcher(session, simulator, clock)
    await watching.poll()
    await watching.look(90)
    watching.events.clear()
    return watching
