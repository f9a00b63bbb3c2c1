"""kill -9 of the database in the middle of migrations, new days, rollups and retention: nothing half done, lost or doubled."""

import asyncio
import contextlib
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import psutil
import pytest

from collector.store import rollups
from collector.store.database import Database
from collector.store.fleet import ensure_agent, ensure_building
from collector.store.ledger import Delivery, record
from collector.store.migrate import migrate
from collector.store.retention import Retention, retain
from collector.store.samples import write_samples
from deploy.postgres import EmbeddedPostgres
from protocols.errors import StoreError
from tests.conftest import timescale_programs

NOW = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
KILLS = 4
Batch = list[tuple[int, int, float]]


@pytest.fixture(params=["native", pytest.param("timescale", marks=[pytest.mark.timescale, pytest.mark.soak])])
async def server(request: pytest.FixtureRequest, open_folder: Path) -> AsyncIterator[EmbeddedPostgres]:
    """A server of the test's own, to be killed."""
    folder = open_folder / f"killed-{request.param}"
    settings, programs = {"restart_after_crash": "off"}, None
    if request.param == "timescale":
        programs = timescale_programs()
        if programs is None:
            pytest.skip("no PostgreSQL with TimescaleDB here")
        settings |= {"shared_preload_libraries": "timescaledb", "timescaledb.max_background_workers": "0"}
    made = EmbeddedPostgres(folder, programs=programs, settings=settings)
    folder.mkdir()
    await made.start()
    yield made
    await made.stop()


async def kill(server: EmbeddedPostgres) -> None:
    """Postmaster and all its children at once, as a power cut would; then start it again."""
    process = server.process
    assert process is not None
    everybody = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    for one in everybody:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    await process.wait()
    await asyncio.to_thread(psutil.wait_procs, everybody)
    await server.start()


def batches(chance: random.Random) -> list[Batch]:
    """Samples of the last twelve days, many hours a batch."""
    return [
        [
            (chance.randrange(1, 30), ms(NOW - 12 * 24 * HOUR * chance.random() ** 3), chance.uniform(-9, 9))
            for _ in range(40)
        ]
        for _ in range(40)
    ]


def ms(time: datetime) -> int:
    return round(time.timestamp() * 1000)


async def store(database: Database, seq: int, batch: Batch) -> None:
    """As ingest does: until it is committed, once."""

    async def attempt() -> None:
        async with database.transaction() as connection:
            (seen,) = await record(connection, [Delivery(b"s" * 16, seq, "lincoln", b"d" * 16)])
            assert not seen.conflict
            if seen.new:
                points, times, values = zip(*batch, strict=True)
                await write_samples(connection, np.array(points, np.int32), np.array(times), np.array(values))

    await again(attempt)


async def again(work: Callable[[], Awaitable[object]]) -> None:
    """Until it works, as long as the database is what it fails for."""
    while True:
        try:
            await work()
        except StoreError as error:
            if error.permanent:
                raise
            await asyncio.sleep(0.05)
        else:
            return


async def chores(database: Database) -> None:
    """Rollups and retention without a pause; what the kill interrupts is done by the next."""
    while True:
        await again(lambda: rollups.refresh(database, NOW - HOUR * random.randrange(3)))
        await again(lambda: retain(database, NOW, Retention()))
        await asyncio.sleep(0.01)


@pytest.mark.timeout(120)
async def test_a_database_killed_at_any_moment_is_right_afterwards(server: EmbeddedPostgres) -> None:
    chance = random.Random()
    database = Database(server.dsn, wait=2)
    await database.open()
    try:
        starting = asyncio.create_task(migrate(database))
        await asyncio.sleep(0.3 * chance.random())
        await kill(server)
        await asyncio.wait([starting])
        await again(lambda: migrate(database))
        async with database.transaction() as connection:
            await ensure_agent(connection, "lincoln", "Lincoln", await ensure_building(connection, "Lincoln MS"))
        await database.execute("update rollup_state set watermark = %s", [NOW.replace(minute=0) - 13 * 24 * HOUR])
        written = batches(chance)
        keeping = asyncio.create_task(chores(database))
        try:
            for seq, batch in enumerate(written, 1):
                await store(database, seq, batch)
                if seq % (len(written) // KILLS) == 0:
                    await asyncio.sleep(0.2 * chance.random())
                    await kill(server)
                assert not keeping.done(), keeping
        finally:
            keeping.cancel()
            await asyncio.wait([keeping])
        for _ in range(2):
            await again(lambda: rollups.refresh(database, NOW))
        await check(database, [sample for batch in written for sample in batch])
    finally:
        await database.close()


async def check(database: Database, samples: Batch) -> None:
    rows = await database.rows("select point_id, time, value from sample")
    assert sorted((row["point_id"], ms(row["time"]), row["value"]) for row in rows) == sorted(samples)
    assert await database.row("select from rollup_dirty") is None
    for name, unit in (("5m", 300_000), ("1h", 3_600_000), ("1d", 86_400_000)):
        groups: dict[tuple[int, int], list[float]] = defaultdict(list)
        for point, time, value in samples:
            groups[point, time // unit * unit].append(value)
        found = await database.rows(f"select point_id, time, min, max, count from rollup_{name}")
        assert {(row["point_id"], ms(row["time"])): (row["min"], row["max"], row["count"]) for row in found} == {
            key: (min(v), max(v), len(v)) for key, v in groups.items()
        }, name
        assert len(found) == len(groups)
