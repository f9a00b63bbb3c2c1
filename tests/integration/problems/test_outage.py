"""A database that goes away and comes back, as the log tells it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from collector.ingest.statuses import Statuses
from collector.live import Hub
from collector.notify.notifier import Notifier
from collector.problems.loop.loop import ProblemLoop
from collector.secrets import Secrets
from collector.store.database import Connection, Database
from protocols.mqtt import Message
from protocols.wire.messages import encode_status
from protocols.wire.topics import topic
from tests.integration.problems.conftest import World

STATUS = Message(topic("lincoln", "status"), encode_status({"online": True}), None, False)


class Counted(Database):
    """Counts what is asked of it."""

    asked = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        self.asked += 1
        async with super().transaction() as connection:
            yield connection


async def test_each_loop_tells_of_an_outage_once_and_of_its_end_once(
    world: World, dsn: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    database = Counted(dsn, wait=0.1)
    await database.open()
    statuses = Statuses(database, Hub())

    async def write() -> None:
        while True:
            statuses.put(STATUS, world.clock.now_ms())
            await statuses.write()
            await world.clock.sleep(1)

    async def until_told(text: str, times: int) -> None:
        async with asyncio.timeout(30):
            while caplog.text.count(text) < times:
                await world.clock.advance(1)
                await asyncio.sleep(0.02)

    problems = ProblemLoop(database, Hub(), world.clock, book=world.book)
    loops = (problems.run, Notifier(database, world.clock, Secrets(tmp_path), None).run, write)
    tasks = [asyncio.create_task(loop()) for loop in loops]
    await world.clock.advance(3)
    name = psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]
    with psycopg.connect(dsn, dbname="postgres", autocommit=True) as admin:
        admin.execute(f"alter database {name} allow_connections false")
        admin.execute(f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'")
        await until_told("waiting for the database", 3)
        asked = database.asked
        async with asyncio.timeout(30):
            while database.asked < asked + 9:
                await world.clock.advance(1)
                await asyncio.sleep(0.02)
        admin.execute(f"alter database {name} allow_connections true")
    await until_told("the database is back", 3)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await database.close()
    told = [r.getMessage().partition(":")[0] for r in caplog.records if r.name.startswith("collector.")]
    assert sorted(told) == sorted(2 * ["problems", "the outbox", "statuses"])
