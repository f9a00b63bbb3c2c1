"""Peers for the BACnet driver: our simulated air handler, and sessions that are closed for sure."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from protocols.clock import ManualClock
from protocols.driver import Target
from protocols.drivers.bacnet import DRIVER
from protocols.drivers.bacnet.options import Options
from protocols.drivers.bacnet.session import BacnetSession
from protocols.drivers.bacnet.simulator import Simulator, serve

Opener = Callable[..., Awaitable[BacnetSession]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def simulator(clock: ManualClock) -> AsyncIterator[Simulator]:
    """An air handler with three zones on a free port of loopback; its measurements stand still unless time passes."""
    async with serve("127.0.0.1:0", 1001, "AHU 1", 3, clock) as running:
        yield running


@pytest.fixture
async def opener(clock: ManualClock) -> AsyncIterator[Opener]:
    """Opens a session at an address with options; a first attempt is the only one unless told otherwise."""
    opened: list[BacnetSession] = []

    async def open_at(address: str, **options: object) -> BacnetSession:
        chosen = Options(**{"timeout": 2.0, "retries": 0, **options})
        session = await DRIVER.open(Target("ahu", address), chosen, clock)
        assert isinstance(session, BacnetSession)
        opened.append(session)
        return session

    yield open_at
    for session in opened:
        await session.close()
