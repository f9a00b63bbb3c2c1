"""A simulated projector, and a display that answers whatever bytes a test gives it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from protocols.clock import ManualClock
from protocols.driver import Target
from protocols.drivers.display import DRIVER
from protocols.drivers.display.options import DisplayOptions
from protocols.drivers.display.session import DisplaySession
from protocols.drivers.display.simulator import Simulator, simulate

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def simulator(clock: ManualClock) -> AsyncIterator[Simulator]:
    async with simulate("127.0.0.1:0", clock) as running:
        yield running


@pytest.fixture
def opener(clock: ManualClock) -> Callable[..., Awaitable[DisplaySession]]:
    async def open_at(address: str, **options: object) -> DisplaySession:
        session = await DRIVER.open(Target("display", address), DisplayOptions(**{"timeout": 2.0, **options}), clock)
        assert isinstance(session, DisplaySession)
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
