"""Simulated meters, sessions, and a peer that answers whatever bytes a test gives it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from protocols.clock import ManualClock
from protocols.driver import Target
from protocols.drivers.meter import DRIVER
from protocols.drivers.meter.options import MeterOptions
from protocols.drivers.meter.session import MeterSession
from protocols.drivers.meter.simulator import Simulator, simulate

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def simulator(clock: ManualClock) -> AsyncIterator[Simulator]:
    """A three-phase meter behind a gateway, unit 7."""
    async with simulate("127.0.0.1:0", clock, "eastron-sdm630", unit=7) as running:
        yield running


@pytest.fixture
def opener(clock: ManualClock) -> Callable[..., Awaitable[MeterSession]]:
    async def open_at(address: str, **options: object) -> MeterSession:
        session = await DRIVER.open(Target("meter", address), MeterOptions(**{"timeout": 2.0, **options}), clock)
        assert isinstance(session, MeterSession)
        return session

    return open_at


@pytest.fixture
async def serving() -> AsyncIterator[Callable[[Answer], Awaitable[str]]]:
    """Starts a server that treats each connection as told; its address."""
    servers: list[asyncio.Server] = []

    async def start(answer: Answer) -> str:
        async def treat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await answer(reader, writer)
            except (OSError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()

        servers.append(await asyncio.start_server(treat, "127.0.0.1", 0))
        return f"127.0.0.1:{servers[-1].sockets[0].getsockname()[1]}"

    yield start
    for server in servers:
        server.close()
