"""The store alone against a bare COPY of the same rows; bytes of a sample in both homes; a chart of a year."""

import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from collector.store import rollups
from collector.store.database import Database
from collector.store.history import history
from collector.store.ledger import Delivery, record
from collector.store.migrate import migrate
from collector.store.retention import Retention, retain
from collector.store.samples import encode_copy, write_samples
from deploy.postgres import EmbeddedPostgres
from tests.conftest import timescale_programs

POINTS, BATCH, BATCHES = 2_000, 5_000, 8
"""A group commit holds 8 batches of 5,000 samples."""
GROUPS = 20
"""Group commits of each side, by turns: 800,000 samples each."""
CHART_POINTS, CHARTS = 40, 60
DAYS, SERIES = 6, 250
"""What is compressed: 1-minute data of 250 points of five kinds. Days are chunks of their own, so that six tell what thirty do,
while with fewer points what a chunk itself takes (some 60 kB) would weigh more than it does in a school."""
YEAR_END = datetime(2026, 11, 1, 7, 25, tzinfo=UTC)
_YEAR = [YEAR_END.replace(minute=0) - timedelta(hours=hours) for hours in range(366 * 24, 0, -1)]
Columns = tuple[Any, Any, Any]


async def measure() -> dict[str, Any]:
    """Ratio of ledger and store to bare COPY, rows/s, encode samples/s, bytes a sample, chart p95 in ms."""
    found: dict[str, Any] = {"encode_samples_per_s": round(encode_rate())}
    async with _server() as database:
        found |= await _writing(database)
        found["native_bytes_per_sample"] = await _day_native(database)
        await _year_native(database)
        found["chart_year_p95_ms"] = await _charts(database)
    programs = timescale_programs()
    if programs is None:
        return {**found, "timescale_bytes_per_sample": None, "timescale_chart_year_p95_ms": None}
    preload = {
        "shared_preload_libraries": "timescaledb",
        "timescaledb.telemetry_level": "off",
        "timescaledb.max_background_workers": "0",  # its jobs would start on the bench's old days at once
    }
    async with _server(programs=programs, settings=preload) as database:
        found |= await _compressed(database)
    async with _server(programs=programs, settings=preload) as database:
        await _year_timescale(database)
        return {**found, "timescale_chart_year_p95_ms": await _charts(database)}


def encode_rate(count: int = 40_000, rounds: int = 50) -> float:
    """Samples a second that become COPY bytes, one core."""
    columns = _group(0)
    began = time.perf_counter()
    for _ in range(rounds):
        encode_copy(*columns)
    return count * rounds / (time.perf_counter() - began)


def _group(number: int, rows: int = BATCH * BATCHES) -> Columns:
    """One group commit's samples: every point in turn, a stamp a second."""
    position = np.arange(rows)
    start = int(YEAR_END.timestamp()) * 1000 + number * rows // POINTS * 1000
    chance = np.random.default_rng(number)
    return (position % POINTS + 1).astype(np.int32), start + position // POINTS * 1000, chance.normal(21, 2, rows)


async def _writing(database: Database) -> dict[str, Any]:
    """Bare COPY and ledger with store take the same groups by turns, each in a transaction of its own."""
    await database.execute("insert into building (name) values ('bench')")
    await database.execute("insert into agent (id, building_id, name) values ('bench', 1, 'bench')")
    await database.execute("create table bare (like sample including indexes)")
    await database.execute("update rollup_state set watermark = %s", [YEAR_END.replace(minute=0)])
    bare, store = [], []
    for number in range(GROUPS):
        columns = _group(number)
        sides = [(bare, _bare(database, columns)), (store, _store(database, columns, number))]
        for times, work in sides if number % 2 else sides[::-1]:
            began = time.perf_counter()
            await work
            times.append(time.perf_counter() - began)
    rows = BATCH * BATCHES
    return {
        "store_rows_per_s": round(rows / statistics.median(store)),
        "bare_copy_rows_per_s": round(rows / statistics.median(bare)),
        "store_ratio": round(statistics.median(b / s for b, s in zip(bare, store, strict=True)), 3),
    }


async def _day_native(database: Database) -> float:
    """Bytes of a sample, index and all: a whole day of some points, committed minute by minute as it comes."""
    points = np.arange(1, SERIES + 1, dtype=np.int32)
    start = int(YEAR_END.replace(hour=0, minute=0).timestamp() * 1000) - 10 * 86_400_000
    for minute in range(1440):
        async with database.transaction() as connection:
            await write_samples(connection, points, np.full(SERIES, start + minute * 60_000), np.full(SERIES, 1.0))
    size = await database.row(
        "select pg_total_relation_size(tableoid)::float8 / count(*) as bytes from sample where time >= %s and time < %s"
        " group by tableoid",
        [YEAR_END - timedelta(days=11), YEAR_END - timedelta(days=9)],
    )
    assert size is not None
    return round(float(size["bytes"]), 1)


async def _bare(database: Database, columns: Columns) -> None:
    async with database.transaction() as connection:
        query = "copy bare (point_id, time, value) from stdin with (format binary)"
        async with connection.cursor().copy(query) as copy:
            await copy.write(encode_copy(*columns))


async def _store(database: Database, columns: Columns, number: int) -> None:
    deliveries = [Delivery(bytes([stream]) * 16, number + 1, "bench", b"d" * 16) for stream in range(BATCHES)]
    async with database.transaction() as connection:
        seen = await record(connection, deliveries)
        assert all(verdict.new for verdict in seen)
        await write_samples(connection, *columns)


async def _year_native(database: Database) -> None:
    """A year of hours for some points, as the rollup job leaves them."""
    await database.row("select stored_hours(%s::timestamptz[])", [_YEAR[:: 24 * 7]])
    await database.execute(
        "insert into stored_1h select point, hour, 1, 3, 120, 60 from unnest(%s::timestamptz[]) hour,"
        " generate_series(1, %s) point",
        [_YEAR, CHART_POINTS],
    )


async def _year_timescale(database: Database) -> None:
    """The same as a sample an hour, taken in and refreshed as late data are; then what is too old is dropped."""
    await database.execute("update rollup_state set watermark = %s", [YEAR_END.replace(minute=0)])
    for first in range(0, len(_YEAR), 24 * 60):
        times = np.array([round(hour.timestamp() * 1000) for hour in _YEAR[first : first + 24 * 60]])
        points = np.repeat(np.arange(1, CHART_POINTS + 1, dtype=np.int32), len(times))
        async with database.transaction() as connection:
            await write_samples(connection, points, np.tile(times, CHART_POINTS), np.full(len(points), 2.0))
    await rollups.refresh(database, YEAR_END)
    await retain(database, YEAR_END, Retention())


async def _charts(database: Database) -> float:
    """Milliseconds, 95th percentile: charts of a year of at most 1,000 buckets."""
    await database.execute("analyze")
    taken = []
    for chart in range(CHARTS):
        began = time.perf_counter()
        found = await history(database, chart % CHART_POINTS + 1, YEAR_END - timedelta(days=365), YEAR_END, 1000)
        taken.append(1000 * (time.perf_counter() - began))
        assert 500 <= len(found.rows) <= 1000
    return round(sorted(taken)[int(0.95 * CHARTS)], 1)


async def _compressed(database: Database) -> dict[str, Any]:
    """Bytes of a sample once its day is compressed, index and all."""
    for series in range(SERIES):
        columns = _mixed(series)
        async with database.transaction() as connection:
            await write_samples(connection, *columns)
    await database.rows("select compress_chunk(chunk) from show_chunks('sample') as chunk")
    size = await database.row("select hypertable_size('sample')::float8 / (select count(*) from sample) as bytes")
    assert size is not None
    return {"timescale_bytes_per_sample": round(size["bytes"], 2)}


def _mixed(series: int) -> Columns:
    """A point's days on the minute: a temperature to 0.1 K, a noisy percentage, a counter, a state, a noisy voltage."""
    count = DAYS * 1440
    chance = np.random.default_rng(series)
    minute = np.arange(count)
    kinds = (
        lambda: np.round(21 + 3 * np.sin(minute / 229) + chance.normal(0, 0.02, count), 1),
        lambda: np.round(np.clip(chance.normal(40, 15, count), 0, 100)),
        lambda: np.cumsum(chance.integers(0, 5, count)).astype(float),
        lambda: (chance.random(count) > 0.999).cumsum() % 2 * 1.0,
        lambda: np.round(chance.normal(230, 2, count), 2),
    )
    start = int(YEAR_END.timestamp()) * 1000 - count * 60_000
    return np.full(count, series + 1, np.int32), start + minute * 60_000, kinds[series % 5]()


@asynccontextmanager
async def _server(programs: Path | None = None, settings: dict[str, str] | None = None) -> AsyncIterator[Database]:
    """A pool on a fresh migrated database, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="firstbell-bench-"))
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder / "database", programs=programs, settings=settings or {})
    server.data.mkdir()
    try:
        await server.start()
        database = Database(server.dsn)
        await database.open()
        await migrate(database)
        yield database
        await database.close()
    finally:
        await server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    print(asyncio.run(measure()))
