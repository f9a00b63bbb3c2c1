"""Charts, aligned points and exports from a real database, in both homes."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from collector.store import rollups
from collector.store.database import Database
from collector.store.export import PAGE, export
from collector.store.history import BUCKET_COLUMNS, MOST_ROWS, RAW_COLUMNS, History, aligned, history
from collector.store.resolution import STEPS, floor
from collector.store.samples import write_samples
from protocols.errors import StoreError

NOW = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


async def write(store: Database, point: int, start: datetime, step: timedelta, values: list[float]) -> None:
    times = round(start.timestamp() * 1000) + np.arange(len(values)) * round(step.total_seconds() * 1000)
    async with store.transaction() as connection:
        await write_samples(connection, np.full(len(values), point, np.int32), times, np.array(values, float))


async def test_few_samples_come_raw_and_many_in_buckets(store: Database) -> None:
    start = NOW - 2 * HOUR
    await write(store, 1, start, MINUTE, list(range(120)))
    raw = await history(store, 1, start, NOW, 120)
    assert (raw.resolution, raw.step, raw.columns) == ("raw", 0, RAW_COLUMNS)
    assert raw.rows == [(start + MINUTE * minute, float(minute)) for minute in range(120)]
    coarse = await history(store, 1, start, NOW, 30)
    assert (coarse.resolution, coarse.step, coarse.columns) == ("5m", 300, BUCKET_COLUMNS)
    assert coarse.rows[1] == (start + 5 * MINUTE, 5.0, 7.0, 9.0, 5)
    assert len(coarse.rows) == 24
    wide = await history(store, 1, start, NOW, 5)
    assert (wide.resolution, wide.step) == ("5m", 1800)
    assert wide.rows[0] == (datetime(2026, 3, 4, 8, tzinfo=UTC), 0.0, 4.5, 9.0, 10)
    assert sum(row[4] for row in wide.rows) == 120


async def test_years_come_in_few_rows_that_hold_everything(store: Database) -> None:
    await write(store, 1, NOW - 100 * DAY, DAY / 2, [float(value) for value in range(200)])
    await rollups.refresh(store, NOW)
    found = await history(store, 1, NOW - 3000 * DAY, NOW, 10)
    assert len(found.rows) <= 10
    assert sum(row[4] for row in found.rows) == 200
    assert max(row[3] for row in found.rows) == 199.0
    assert len(found.rows) >= 5, "a chart of all history begins where the history does"


async def test_a_resolution_can_be_asked_for(store: Database) -> None:
    await write(store, 1, NOW - 3 * HOUR, MINUTE, [1.0] * 180)
    assert len((await history(store, 1, NOW - DAY, NOW, resolution="1h")).rows) == 4
    assert len((await history(store, 1, NOW - DAY, NOW, max_points=1, resolution="raw")).rows) == 180
    with pytest.raises(StoreError, match="is not before"):
        await history(store, 1, NOW, NOW)


async def test_more_raw_samples_than_one_answer_holds(database: Database) -> None:
    await write(database, 1, NOW - HOUR, timedelta(milliseconds=10), [1.0] * (MOST_ROWS + 1))
    with pytest.raises(StoreError, match="more than 100000 samples"):
        await history(database, 1, NOW - HOUR, NOW, resolution="raw")


async def test_raw_that_was_dropped_is_answered_from_rollups(database: Database) -> None:
    await write(database, 1, NOW - 2 * HOUR, HOUR, [1.0, 2.0])
    await database.execute("update rollup_state set raw_from = %s, five_from = %s", [NOW - HOUR, NOW - 2 * HOUR])
    assert (await history(database, 1, NOW - DAY, NOW)).resolution == "1h"
    assert (await history(database, 1, NOW - 2 * HOUR, NOW)).resolution == "5m"
    assert (await history(database, 1, NOW - HOUR, NOW)).resolution == "raw"


async def test_several_points_share_their_buckets(store: Database) -> None:
    await write(store, 1, NOW - 2 * HOUR, MINUTE, [1.0] * 120)
    await write(store, 2, NOW - HOUR, MINUTE, [2.0] * 30)
    found = await aligned(store, [1, 2, 3], NOW - 2 * HOUR, NOW, 8)
    assert (found.resolution, found.step) == ("5m", 1800)
    assert len(found.times) <= 8
    assert found.times[0] <= NOW - 2 * HOUR
    assert all(len(series) == len(found.times) for series in found.series.values())
    assert sum(cell[3] for cell in found.series[1] if cell) == 120
    assert sum(cell[3] for cell in found.series[2] if cell) == 30
    assert found.series[3] == [None] * len(found.times)
    fine = await aligned(store, [1, 2], NOW - HOUR, NOW, 120)
    assert (fine.resolution, fine.step, len(fine.times)) == ("raw", 30, 120)
    assert fine.series[2][0] == (2.0, 2.0, 2.0, 1)
    with pytest.raises(StoreError, match="lower max_points or name fewer points"):
        await aligned(store, range(1, 5000), NOW - DAY, NOW, 1000)


async def test_an_export_comes_in_pages_of_one_moment(store: Database) -> None:
    count = 2 * PAGE + 7
    await write(store, 1, NOW - 3 * HOUR, timedelta(seconds=1), [float(value) for value in range(count)])
    await write(store, 2, NOW - HOUR, MINUTE, [5.0])
    pages = [page async for page in export(store, [2, 1], NOW - DAY, NOW)]
    assert [len(page) for page in pages] == [1, PAGE, PAGE, 7]
    assert pages[0] == [(2, NOW - HOUR, 5.0)]
    assert [row[2] for page in pages[1:] for row in page] == list(range(count))
    hours = [row async for page in export(store, [1], NOW - DAY, NOW, "1h") for row in page]
    assert sum(row[5] for row in hours) == count
    with pytest.raises(StoreError, match="resolution"):
        await anext(export(store, [1], NOW - DAY, NOW, "2h"))


async def test_an_export_that_is_abandoned_gives_its_connection_back(dsn: str) -> None:
    pool = Database(dsn, connections=1, wait=2)
    await pool.open()
    try:
        await write(pool, 1, NOW - 3 * HOUR, timedelta(seconds=1), [1.0] * (PAGE + 1))
        stream = export(pool, [1], NOW - DAY, NOW)
        await anext(stream)
        await stream.aclose()
        assert await pool.row("select 1 as one") == {"one": 1}
    finally:
        await pool.close()


async def test_a_year_of_one_point_stays_on_rollups(database: Database) -> None:
    """The plan reads the stored hours by their key, and of the samples only what is newer than the watermark."""
    await database.execute("update rollup_state set watermark = %s", [NOW.replace(minute=0)])
    for days in range(0, 360, 30):
        await write(database, 1, NOW - days * DAY - DAY, HOUR, [1.0] * 24)
    for _ in range(5):
        await rollups.refresh(database, NOW)
    await database.execute("analyze")
    rows = await database.rows(
        "explain (analyze, costs off, timing off, summary off) select * from rollup_1h"
        " where point_id = 1 and time >= %s and time < %s",
        [NOW - 365 * DAY, NOW],
    )
    lines = [row["QUERY PLAN"] for row in rows]
    read = [line for line in lines if " on sample_" in line and "never executed" not in line]
    touched = [line for line in read if "sample_20260304" not in line]
    assert not touched, "\n".join(lines)
    assert any("on stored_1h_" in line for line in lines)


@pytest.mark.parametrize("seed", [1, 2])
async def test_any_span_equals_a_naive_aggregate_in_at_most_so_many_rows(store: Database, seed: int) -> None:
    """Whole buckets, aligned from one origin; the last may be under way; some of it kept, some marked, some only raw."""
    chance = random.Random(seed)
    await store.execute("update rollup_state set watermark = %s", [(NOW - 40 * DAY).replace(minute=0)])
    samples: dict[datetime, float] = {}
    for days in (40, 12, 2, 0.2):
        times = [NOW - days * DAY * chance.random() for _ in range(60)]
        new = {time.replace(microsecond=time.microsecond // 1000 * 1000): chance.uniform(-9, 9) for time in times}
        samples |= new
        stamps = np.array([round(time.timestamp() * 1000) for time in new])
        async with store.transaction() as connection:
            await write_samples(connection, np.full(len(stamps), 1, np.int32), stamps, np.array([*new.values()]))
        if days > 1:
            await rollups.refresh(store, NOW - days / 2 * DAY)
    for _ in range(25):
        start = NOW - chance.choice((45, 10, 1, 0.1)) * DAY * chance.random()
        end = min(start + chance.choice((20, 1, 0.1)) * DAY * chance.random() + timedelta(seconds=1), NOW)
        if start >= end:
            continue
        most = chance.choice((1, 3, 10, 100, 1000))
        found = await history(store, 1, start, end, most)
        assert len(found.rows) <= most
        if found.resolution == "raw":
            assert found.rows == sorted((time, value) for time, value in samples.items() if start <= time < end)
        else:
            assert found.rows == naive(samples, found, floor(start, found.step), end)


def naive(samples: dict[datetime, float], like: History, start: datetime, end: datetime) -> list[tuple[object, ...]]:
    groups: dict[datetime, list[float]] = defaultdict(list)
    for time, value in samples.items():
        if start <= floor(time, STEPS[like.resolution]) < end:
            groups[floor(time, like.step)].append(value)
    return [(time, min(v), pytest.approx(sum(v) / len(v)), max(v), len(v)) for time, v in sorted(groups.items())]
