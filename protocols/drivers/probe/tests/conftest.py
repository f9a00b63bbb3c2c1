"""Probes that are opened and closed for sure, and raw peers."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from protocols.clock import SystemClock
from protocols.driver import Reading, Target
from protocols.drivers.probe import DRIVER
from protocols.drivers.probe.options import ProbeOptions

Prober = Callable[..., Awaitable[Reading]]
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


@pytest.fixture
def probe(clock: SystemClock) -> Prober:
    """One check of an address with options."""

    async def check(address: str, **options: object) -> Reading:
        chosen = ProbeOptions(**{"timeout": 5.0, **options})
        session = await DRIVER.open(Target("x", address), chosen, clock)
        try:
            return await session.poll()
        finally:
            await session.close()

    return check


def state(reading: Reading) -> int:
    (found,) = [sample.value for sample in reading.samples if sample.metric == "probe.state"]
    return int(found)


def value(reading: Reading, metric: str, label: str | None = None) -> float:
    (found,) = [sample.value for sample in reading.samples if (sample.metric, sample.label) == (metric, label)]
    return found


@asynccontextmanager
async def listening(talk: Talk) -> AsyncIterator[int]:
    """A TCP server on a free port that speaks `talk`."""
    tasks: set[asyncio.Task[None]] = set()

    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await talk(reader, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            pass
        finally:
            tasks.discard(task)
            writer.transport.abort()

    server = await asyncio.start_server(met, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def answering(reply: Callable[[bytes], list[bytes]]) -> AsyncIterator[int]:
    """A UDP server on a free port that answers each datagram with what `reply` makes of it."""

    class Peer(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            for each in reply(data):
                self.transport.sendto(each, addr)  # type: ignore[attr-defined]

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Peer, ("127.0.0.1", 0))
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()
        await asyncio.sleep(0)


@pytest.fixture
def free() -> int:
    """A port on loopback that was free a moment ago, for TCP and UDP."""
    while True:
        with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            stream.bind(("127.0.0.1", 0))
            port = int(stream.getsockname()[1])
            with contextlib.suppress(OSError):
                datagrams.bind(("127.0.0.1", port))
                return port
