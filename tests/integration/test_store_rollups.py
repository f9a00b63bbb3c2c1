"""The rollup views are right at any time, in both homes, and late data correct them."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from collector.store import partitions, rollups
from collector.store.database import Database
from collector.store.retention import Retention, retain
from collector.store.samples import write_samples

NOW = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
UNITS = {"5m": 300_000, "1h": 3_600_000, "1d": 86_400_000}


def ms(time: datetime) -> int:
    return round(time.timestamp() * 1000)


async def write(store: Database, samples: list[tuple[int, int, float]]) -> None:
    points, times, values = zip(*samples, strict=True)
    async with store.transaction() as connection:
        await write_samples(connection, np.array(points, np.int32), np.array(times), np.array(values, float))


async def set_watermark(store: Database, time: datetime) -> None:
    """As if the collector had been installed at `time` (the clock of the test lies before the database's)."""
    await store.execute("update rollup_state set watermark = %s", [time])


def naive(samples: list[tuple[int, int, float]], unit: int) -> dict[tuple[int, int], tuple[float, float, float, int]]:
    groups: dict[tuple[int, int], list[float]] = defaultdict(list)
    for point, time, value in samples:
        groups[point, time // unit * unit].append(value)
    return {key: (min(v), sum(v) / len(v), max(v), len(v)) for key, v in groups.items()}


async def check(store: Database, samples: list[tuple[int, int, float]]) -> None:
    for name, unit in UNITS.items():
        rows = await store.rows(f"select point_id, time, min, avg, max, count from rollup_{name}")
        assert len(rows) == len({(row["point_id"], row["time"]) for row in rows}), f"{name} has a bucket twice"
        found = {
            (row["point_id"], ms(row["time"])): (row["min"], pytest.approx(row["avg"]), row["max"], row["count"])
            for row in rows
        }
        assert found == naive(samples, unit), name


def some(seed: int, count: int, since: datetime, until: datetime) -> list[tuple[int, int, float]]:
    chance = random.Random(seed)
    return [
        (chance.choice((1, 2, 3, 900, 901)), chance.randrange(ms(since), ms(until)), chance.uniform(-50, 50))
        for _ in range(count)
    ]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_views_equal_a_naive_aggregate_whatever_was_refreshed(store: Database, seed: int) -> None:
    chance = random.Random(seed)
    written: list[tuple[int, int, float]] = []
    await set_watermark(store, NOW - timedelta(days=2, hours=3, minutes=20))
    for step in range(4):
        more = some(seed * 100 + step, 120, NOW - timedelta(days=8), NOW + timedelta(minutes=8))
        written += more
        await write(store, more)
        await check(store, written)
        if chance.random() < 0.7:
            await rollups.refresh(store, NOW - timedelta(hours=chance.randrange(5)))
            await check(store, written)
    await rollups.refresh(store, NOW)
    await check(store, written)


async def test_a_datum_a_week_late_corrects_every_rollup(store: Database) -> None:
    await set_watermark(store, NOW - timedelta(days=9, hours=10, minutes=20))
    samples = [(7, ms(NOW - timedelta(days=8)) + minute * 60_000, 1.0) for minute in range(0, 8 * 1440, 30)]
    await write(store, samples)
    for _ in range(3):
        await rollups.refresh(store, NOW)
    assert await store.row("select 1 from rollup_dirty") is None
    late = (7, ms(NOW - timedelta(days=7)) + 1, 99.0)
    await write(store, [late])
    await check(store, [*samples, late])
    await rollups.refresh(store, NOW)
    assert await store.row("select 1 from rollup_dirty") is None
    await check(store, [*samples, late])
    for kept in ("kept_5m", "kept_1h", "kept_1d"):
        row = await store.row(f"select max(max) as highest from {kept}")
        assert row is not None
        assert row["highest"] == 99.0, f"{kept} was not corrected itself"


@pytest.mark.timescale
async def test_what_is_late_corrects_rollups_that_are_compressed(timescale_database: Database) -> None:
    store, begin = timescale_database, NOW - timedelta(days=60)
    await set_watermark(store, (begin - timedelta(days=1)).replace(hour=0, minute=0))
    samples = [(7, ms(begin) + minute * 60_000, 1.0) for minute in range(0, 60 * 1440, 60)]
    await write(store, samples)
    await rollups.refresh(store, NOW)
    old = NOW - timedelta(days=15)
    chunks = await store.rows("select show_chunks('kept_5m', older_than => %s)::text as chunk", [old])
    assert len(chunks) >= 3
    async with store.outside() as connection:
        for row in chunks:
            await connection.execute("call convert_to_columnstore(%s::text::regclass)", [row["chunk"]])
    late = [(7 + day % 2, ms(NOW - timedelta(days=day)) + 1, 99.0 + day) for day in (16, 25, 41, 50)]
    await write(store, late)
    await check(store, [*samples, *late])
    await rollups.refresh(store, NOW)
    assert await store.row("select 1 from rollup_dirty") is None
    await check(store, [*samples, *late])
    row = await store.row("select count(*) as n from kept_5m where max > 99")
    assert row == {"n": 4}, "what is kept was not corrected itself"


@pytest.mark.timescale
async def test_old_five_minute_rollups_are_compressed_by_the_extensions_own_job(timescale_database: Database) -> None:
    store, begin = timescale_database, datetime.now(UTC) - timedelta(days=40)
    await set_watermark(store, begin.replace(hour=0, minute=0, second=0, microsecond=0))
    samples = [(7, ms(begin) + hour * 3_600_000, 1.0) for hour in range(40 * 24)]
    await write(store, samples)
    await rollups.refresh(store, datetime.now(UTC))
    job = await store.row(
        "select id as job_id from _timescaledb_config.bgw_job where config->>'hypertable_id' ="
        " (select mat_hypertable_id::text from _timescaledb_catalog.continuous_agg where user_view_name = 'kept_5m')"
        " and proc_name = any(array['policy_compression', 'policy_columnstore'])"
    )
    assert job is not None
    async with store.outside() as connection:
        await connection.execute("call run_job(%s)", [job["job_id"]])
    rows = await store.rows(
        "select is_compressed, range_end < now() - interval '15 days' as old from timescaledb_information.chunks"
        " where format('%I.%I', chunk_schema, chunk_name)::regclass in (select show_chunks('kept_5m'))"
    )
    assert {row["old"] for row in rows} == {True, False}
    assert all(row["is_compressed"] == row["old"] for row in rows)
    await check(store, samples)


async def test_a_mark_made_during_a_refresh_stays(store: Database) -> None:
    await set_watermark(store, NOW.replace(minute=0))
    await write(store, [(1, ms(NOW - timedelta(hours=3)), 1.0)])
    async with store.transaction() as connection:
        await write_samples(
            connection, np.array([1], np.int32), np.array([ms(NOW - timedelta(hours=3)) + 1]), np.array([5.0])
        )
        await rollups.refresh(store, NOW)
    row = await store.row("select max, count from rollup_1h")
    assert row == {"max": 5.0, "count": 2}
    assert await store.row("select 1 from rollup_dirty") is not None
    await rollups.refresh(store, NOW)
    assert await store.row("select max, count from rollup_1h") == {"max": 5.0, "count": 2}


async def test_the_watermark_waits_for_a_writer(store: Database) -> None:
    """A writer that saw the old watermark made no mark: the watermark must not pass before it has committed."""
    await set_watermark(store, NOW.replace(minute=0) - timedelta(hours=2))
    async with store.transaction() as connection:
        await write_samples(
            connection, np.array([1], np.int32), np.array([ms(NOW - timedelta(hours=1))]), np.array([5.0])
        )
        async with store.transaction() as other:
            await other.execute("set local lock_timeout = '50ms'")
            locked = await other.execute("select pg_try_advisory_xact_lock(%s) as free", [rollups._LATCH])
            assert await locked.fetchone() == {"free": False}
    await rollups.refresh(store, NOW)
    assert await store.row("select max, count from rollup_1h") == {"max": 5.0, "count": 1}


async def test_huge_values_cannot_stop_the_rollups(store: Database) -> None:
    await set_watermark(store, NOW.replace(minute=0))
    start = ms(NOW - timedelta(hours=3))
    await write(store, [(1, start + second, 1.7e308) for second in range(50)])
    await rollups.refresh(store, NOW)
    row = await store.row("select count, max from rollup_1d")
    assert row == {"count": 50, "max": 1e300}


async def test_retention_drops_old_days_and_keeps_their_rollups(store: Database) -> None:
    await set_watermark(store, NOW - timedelta(days=20, hours=10, minutes=20))
    old, young = ms(NOW - timedelta(days=19)), ms(NOW - timedelta(days=1))
    await write(store, [(1, old, 3.0), (1, young, 4.0)])
    for _ in range(5):
        await rollups.refresh(store, NOW)
    await retain(store, NOW, Retention(raw=14, five=180, hour=1830))
    assert [row["value"] for row in await store.rows("select value from sample")] == [4.0]
    rows = await store.rows("select max from rollup_1d order by time")
    assert [row["max"] for row in rows] == [3.0, 4.0]
    await retain(store, NOW, Retention(raw=14, five=180, hour=1830))


async def test_a_clock_that_was_days_ahead_leaves_rollups_right_and_moves_back(store: Database) -> None:
    await set_watermark(store, NOW - timedelta(days=1, hours=10, minutes=20))
    written = some(1, 60, NOW - timedelta(days=1), NOW)
    await write(store, written)
    await rollups.refresh(store, NOW + timedelta(days=9))
    for minutes in (1, 70, 140):
        now = NOW + timedelta(minutes=minutes)
        more = some(minutes, 20, now - timedelta(minutes=1), now)
        written += more
        await write(store, more)
        await check(store, written)
        await rollups.refresh(store, now)
        await check(store, written)
    assert await store.row("select watermark from rollup_state") == {"watermark": datetime(2026, 3, 5, tzinfo=UTC)}
    tomorrow = NOW + timedelta(days=1)
    more = some(9, 20, tomorrow - timedelta(hours=5), tomorrow)
    await write(store, more)
    await rollups.refresh(store, tomorrow)
    await check(store, [*written, *more])
    assert await store.row("select watermark from rollup_state") == {"watermark": tomorrow.replace(minute=0)}


async def test_a_watermark_ahead_stays_behind_samples_that_are(store: Database) -> None:
    """The whole machine's clock was wrong: its samples lie there too."""
    await set_watermark(store, NOW - timedelta(days=1, hours=10, minutes=20))
    ahead = NOW + timedelta(days=30)
    written = [*some(1, 30, NOW - timedelta(hours=5), NOW), *some(2, 30, ahead - timedelta(hours=5), ahead)]
    await write(store, written)
    await rollups.refresh(store, ahead)
    more = some(3, 30, NOW, NOW + timedelta(minutes=5))
    await write(store, more)
    await rollups.refresh(store, NOW + timedelta(minutes=5))
    await check(store, [*written, *more])


async def test_a_clock_that_jumps_ahead_does_not_drop_the_history(store: Database) -> None:
    await set_watermark(store, NOW - timedelta(days=20, hours=10, minutes=20))
    written = some(1, 200, NOW - timedelta(days=13), NOW)
    await write(store, written)
    await rollups.refresh(store, NOW)
    await retain(store, NOW, Retention())
    await retain(store, NOW + timedelta(days=365), Retention())
    row = await store.row("select min(time) as oldest, count(*) as kept from sample")
    assert row is not None
    assert row["oldest"] < NOW - timedelta(days=11)
    assert row["kept"] > 140
    await retain(store, NOW + timedelta(hours=1), Retention())
    row = await store.row("select raw_from from rollup_state")
    assert row == {"raw_from": NOW - timedelta(days=12)}


async def test_events_and_changes_of_reach_go_as_hourly_rollups_do(database: Database) -> None:
    await database.execute("insert into building (name) values ('Lincoln MS')")
    await database.execute("insert into agent (id, building_id, name) select 'lincoln', id, 'Lincoln' from building")
    await database.execute(
        "insert into device (agent_id, key, building_id, kind, name) select id, 'door', building_id, 'door', 'Door' from agent"
    )
    for days in (40, 35, 31, 3):
        given = {"time": NOW - timedelta(days=days), "up": days in (40, 31)}
        await database.execute(
            "insert into event (device_id, time, kind, severity) select id, %(time)s, 'door.forced', 'major' from device",
            given,
        )
        await database.execute("insert into reach_change select id, %(time)s, %(up)s from device", given)
    await retain(database, NOW, Retention(raw=14, five=20, hour=30))
    assert await database.rows("select time from event") == [{"time": NOW - timedelta(days=3)}]
    rows = await database.rows("select time from reach_change order by time")
    assert [(NOW - row["time"]).days for row in rows] == [31, 3], "the one in force before the limit stays"


async def test_a_day_whose_rollups_are_not_made_is_not_dropped(database: Database) -> None:
    await set_watermark(database, NOW.replace(minute=0))
    await write(database, [(1, ms(NOW - timedelta(days=19)), 3.0)])
    await retain(database, NOW, Retention())
    assert len(await database.rows("select from sample")) == 1
    await rollups.refresh(database, NOW)
    await retain(database, NOW, Retention())
    assert len(await database.rows("select from sample")) == 0


async def test_what_is_kept_does_not_shrink_when_data_come_later_than_raw_is_kept(database: Database) -> None:
    await set_watermark(database, NOW.replace(minute=0))
    old = ms(NOW - timedelta(days=19))
    await write(database, [(1, old, 3.0), (1, old + 1, 5.0)])
    await rollups.refresh(database, NOW)
    await partitions.drop_before(database, "sample", NOW - timedelta(days=14))
    await write(database, [(1, old + 2, 1.0), (2, old, 8.0)])
    await rollups.refresh(database, NOW)
    rows = await database.rows("select point_id, count, max from rollup_1d order by point_id")
    assert [tuple(row.values()) for row in rows] == [(1, 2, 5.0), (2, 1, 8.0)]


async def test_the_days_ahead_are_made(database: Database) -> None:
    await partitions.make_days(database, NOW)
    rows = await database.rows(
        "select relname from pg_inherits join pg_class c on c.oid = inhrelid where inhparent = 'sample'::regclass"
    )
    assert {row["relname"] for row in rows} >= {"sample_20260304", "sample_20260305", "sample_20260306"}
