"""Rooms for days: made once whoever needs them first; compressed ones stay readable and take late samples."""

import asyncio
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from collector.store import rollups
from collector.store.database import Database
from collector.store.history import history
from collector.store.partitions import drop_before
from collector.store.samples import write_samples
from protocols.errors import StoreError

NOW = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
DAY = timedelta(days=1)


async def write(store: Database, point: int, times: list[datetime], value: float) -> None:
    stamps = np.array([round(time.timestamp() * 1000) for time in times])
    async with store.transaction() as connection:
        await write_samples(connection, np.full(len(times), point, np.int32), stamps, np.full(len(times), value))


async def test_collectors_that_need_the_same_days_do_not_collide(store: Database) -> None:
    days = [NOW - DAY * back for back in range(6)]
    await asyncio.gather(
        *(write(store, point, days if point % 2 else days[::-1], float(point)) for point in range(1, 9))
    )
    assert await store.row("select count(*) from sample") == {"count": 48}


async def test_samples_of_very_many_days_are_refused_as_a_whole(store: Database) -> None:
    """Each day is made and locked: a clock that runs wild must not take every lock the server has."""
    with pytest.raises(StoreError, match="samples of 101 days at once, at most 100") as raised:
        await write(store, 1, [NOW - DAY * back for back in range(101)], 1.0)
    assert raised.value.permanent
    await write(store, 1, [NOW - DAY * back for back in range(100)], 1.0)
    assert await store.row("select count(*) from sample") == {"count": 100}


async def test_readers_do_not_wait_while_a_day_is_made(database: Database) -> None:
    await write(database, 1, [NOW], 1.0)
    async with database.transaction() as connection:
        await connection.execute("select sample_open(array[date '2026-03-09'])")
        async with database.transaction() as reader:
            await reader.execute("set local lock_timeout = '1s'")
            found = await reader.execute("select count(*) from sample where point_id = 1")
            assert await found.fetchone() == {"count": 1}
            await write(database, 2, [NOW], 2.0)


async def test_a_day_made_in_a_transaction_that_failed_is_made_again(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("select sample_open(array[date '2026-03-04'])")
        await connection.rollback()
    await write(database, 1, [NOW], 1.0)
    assert await database.row("select count(*) from sample_20260304") == {"count": 1}


async def test_a_partition_in_use_is_left_for_the_next_time(database: Database) -> None:
    await database.execute("update rollup_state set watermark = %s", [NOW.replace(minute=0)])
    await write(database, 1, [NOW - 20 * DAY], 1.0)
    await rollups.refresh(database, NOW)
    async with database.transaction() as connection:
        await connection.execute("select from sample")
        assert await drop_before(database, "sample", NOW, wait_ms=10) == []
    assert await drop_before(database, "sample", NOW) == ["sample_20260212"]


@pytest.mark.timescale
async def test_compressed_days_stay_readable_and_take_late_samples(timescale_database: Database) -> None:
    store = timescale_database
    start = NOW - 9 * DAY
    await store.execute("update rollup_state set watermark = %s", [(start - DAY).replace(minute=0)])
    times = [start + timedelta(minutes=minute) for minute in range(1440)]
    for point in range(1, 5):
        await write(store, point, times, float(point))
    for _ in range(2):
        await rollups.refresh(store, NOW)
    await store.rows("select compress_chunk(chunk, if_not_compressed => true) from show_chunks('sample') as chunk")
    chunks = await store.rows(
        "select is_compressed from timescaledb_information.chunks where hypertable_name = 'sample'"
    )
    assert chunks
    assert all(row["is_compressed"] for row in chunks)
    assert (await history(store, 2, start, start + DAY, 2000)).rows == [(time, 2.0) for time in times]
    late = start + timedelta(minutes=7, seconds=1)
    await write(store, 2, [late], 77.0)
    assert (await history(store, 2, start, start + DAY, 2000)).rows[8] == (late, 77.0)
    for resolution in ("5m", "1h", "1d"):
        rows = (await history(store, 2, start, start + DAY, resolution=resolution)).rows
        assert max(row[3] for row in rows) == 77.0
    await rollups.refresh(store, NOW)
    row = await store.row("select max(max) as highest, sum(count)::int as count from kept_1d where point_id = 2")
    assert row == {"highest": 77.0, "count": 1441}
