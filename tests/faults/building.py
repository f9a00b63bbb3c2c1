"""One building in this process: a real agent on a real spool, the real ingest on a real database, a real broker between."""

import asyncio
import contextlib
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from agent.config import AgentOptions, CollectorOptions, Config, Device
from agent.run import Agent
from collector.ingest.ingest import Ingest
from collector.live import Hub
from collector.store.database import Database
from protocols.clock import Clock, SystemClock
from protocols.driver import Driver, Reading, Sample, Session, Target
from protocols.mqtt import Endpoint
from protocols.registry import driver

METRIC = "bacnet.value"
AGENT = "lincoln"
_numbers = itertools.count(1)


class NoOptions(msgspec.Struct):
    """A meter takes none."""


@dataclass
class Meter:
    """A device that tells `points` values every `pace` seconds. No value is ever told twice, in any test: it is its own name."""

    pace: float = 0.05
    points: int = 4
    given: dict[float, int] = field(default_factory=dict)
    """Each value told, and the true time of that (ms)."""

    async def poll(self) -> Reading:
        return Reading()

    async def push(self) -> AsyncIterator[Reading]:
        while True:
            yield self.tell()
            await asyncio.sleep(self.pace)

    async def close(self) -> None:
        pass

    def tell(self) -> Reading:
        """One more value of each point."""
        samples = []
        for point in range(self.points):
            value = float(next(_numbers))
            self.given[value] = SystemClock().now_ms()
            samples.append(Sample(METRIC, f"analog-input,{point}", value, "Cel"))
        return Reading(samples)

    def device(self, key: str = "meter") -> Device:
        """The meter as a device to watch."""

        async def open_session(_target: Target, _options: msgspec.Struct, _clock: Clock) -> Session:
            return self

        told = Driver("meter", "hvac", "test", 1.0, NoOptions, (), open_session)
        return Device(key, "", told, NoOptions(), 1.0, 10.0, {})


def device_of(kind: str, address: str, key: str, timeout: float = 10.0, **options: Any) -> Device:
    """A device of a real driver, polled every second."""
    found = driver(kind)
    return Device(key, address, found, found.options(**options), 1.0, timeout, {"address": address})


@contextlib.asynccontextmanager
async def watching(
    folder: Path, port: int, *devices: Device, clock: Clock | None = None, name: str = AGENT, synchronised: bool = True
) -> AsyncIterator[Agent]:
    """An agent that runs, with its spool in `folder` and its broker at `port` on loopback; no devices: one that tells nothing."""
    options = AgentOptions(name, str(folder))
    devices = devices or (Meter(pace=3600, points=0).device("quiet"),)
    config = Config(options, CollectorOptions(f"127.0.0.1:{port}"), devices, "test")
    agent = Agent(config, clock or SystemClock())
    agent.time.synchronised = lambda: synchronised
    await agent.start()
    stopping = asyncio.Event()
    task = asyncio.create_task(agent.run(stopping))
    try:
        yield agent
        stopping.set()
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await agent.stop()


@contextlib.asynccontextmanager
async def ingesting(database: Database, port: int) -> AsyncIterator[Ingest]:
    """The way in, running."""
    ingest = Ingest(database, Hub(), Endpoint("127.0.0.1", port, "collector"), SystemClock())
    task = asyncio.create_task(ingest.run())
    try:
        await until(lambda: ingest.health().ok)
        yield ingest
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(true: Callable[[], bool | Awaitable[bool]], seconds: float = 30) -> None:
    """Wait until it is true. Raises TimeoutError after `seconds`."""
    async with asyncio.timeout(seconds):
        while True:
            found = true()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.02)


async def told(meter: Meter, count: int, seconds: float = 60) -> None:
    """Wait until the meter has told `count` more values."""
    most = len(meter.given) + count
    await until(lambda: len(meter.given) >= most, seconds)


async def drained(agent: Agent, seconds: float = 30) -> None:
    """Wait until what was read so far is acknowledged."""
    await agent.intake.flush(force=True)
    newest = await agent.spool.file.ask(
        lambda store: store.connection.execute("select coalesce(max(id), 0) from batch").fetchone()[0]
    )

    def open_ones(store: Any) -> int:
        query = "select count(*) from batch where state < 2 and id <= ?"
        return int(store.connection.execute(query, [newest]).fetchone()[0])

    async def none_open() -> bool:
        return await agent.spool.file.ask(open_ones) == 0

    await until(none_open, seconds)


async def enrol(database: Database, *agents: str) -> None:
    """One building with these agents."""
    await database.execute("insert into building (name) values ('Lincoln MS')")
    for agent in agents or (AGENT,):
        await database.execute(
            "insert into agent (id, building_id, name) select %s, id, %s from building", [agent, agent]
        )


async def arrived(database: Database) -> Counter[float]:
    """Every value of every meter in the database, as often as it is there."""
    query = "select s.value from sample s join point p on p.id = s.point_id where p.metric = %s"
    return Counter(row["value"] for row in await database.rows(query, [METRIC]))


async def compare(database: Database, *meters: Meter) -> int:
    """Every value that the meters told is in the database once, and nothing else is. How many."""
    given = {value for meter in meters for value in meter.given}
    found = await arrived(database)
    assert given - set(found) == set(), "lost"
    assert max(found.values()) == 1, "doubled"
    assert set(found) - given == set(), "from nowhere"
    return len(given)
