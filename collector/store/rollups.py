"""Keeps the rollups: moves the watermark up to the last full hour, then takes in the hours that are marked.

In plain PostgreSQL this job computes them; in TimescaleDB it refreshes the continuous aggregates. Until it has run, the
views `rollup_5m`, `rollup_1h` and `rollup_1d` compute marked hours while asked: they are right at any time.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import psycopg

from collector.store.database import Connection, Database

HOURS_AT_ONCE = 6
"""Hours recomputed in one transaction (native)."""
RUNS = 40
"""Transactions of one `refresh`, so that it ends; what is left is done by the next one."""
_LATCH = 73_711_101
"""The advisory lock that writers of samples share, see `sample_open` in the migrations."""
_JOB = 73_711_102
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


class Due(NamedTuple):
    """A marked hour, the points to recompute (a multirange as text) and the marks' ids."""

    hour: datetime
    points: str
    marks: list[int]


async def refresh(database: Database, now: datetime) -> None:
    """Bring the rollups up to date as of `now` (aware). Bounded; one collector at a time, the others return at once."""
    await _advance(database, _full_hour(now))
    step = _step_timescale if await home(database) == "timescale" else _step_native
    for _ in range(RUNS):
        if not await step(database):
            return


async def home(database: Database) -> str:
    """Where the history lives: `native` or `timescale`. For this folder only."""
    row = await database.row("select value from meta where key = 'home'")
    return "native" if row is None else str(row["value"])


async def _advance(database: Database, target: datetime) -> None:
    """Move the watermark; the hours it passes are marked for all points. Waits for writers, at most 5 s.

    A clock that was ahead has moved it too far: then it goes back to the end of `target`'s day, so that all of a day that
    may have been taken in already goes on being marked; unless samples lie beyond, which it has to stay behind.
    """
    tomorrow = target.replace(hour=0) + _DAY
    row = await database.row("select watermark from rollup_state")
    if row is None or target <= row["watermark"] <= tomorrow:
        return
    async with database.transaction() as connection:
        await connection.execute("set local lock_timeout = '5s'")
        try:
            await connection.execute("select pg_advisory_xact_lock(%s)", [_LATCH])
        except psycopg.errors.LockNotAvailable:
            await connection.rollback()
            return
        await connection.execute(
            "with back as (update rollup_state set watermark = %(tomorrow)s where watermark > %(tomorrow)s"
            " and not exists (select from sample where time >= %(tomorrow)s) returning watermark)"
            " delete from rollup_dirty using back where hour >= back.watermark",
            {"tomorrow": tomorrow},
        )
        await connection.execute(
            "with old as (select watermark from rollup_state where watermark < %(target)s for update),"
            " moved as (update rollup_state set watermark = %(target)s from old returning old.watermark)"
            " insert into rollup_dirty (hour, low, high) select hour, 0, 2147483646 from moved,"
            " generate_series(moved.watermark, %(target)s - interval '1 hour', interval '1 hour') as hour",
            {"target": target},
        )


async def _due(connection: Connection, hours: int) -> list[Due]:
    """The oldest marked hours, at most `hours`."""
    found = await connection.execute(
        "select hour, range_agg(int4range(low, high, '[]'))::text as points, array_agg(id) as marks"
        " from rollup_dirty group by hour order by hour limit %s",
        [hours],
    )
    return [Due(**row) for row in await found.fetchall()]


async def _unmark(connection: Connection, due: Sequence[Due]) -> None:
    """Delete exactly the marks that were read: those made meanwhile stay."""
    await connection.execute("delete from rollup_dirty where id = any(%s)", [[mark for d in due for mark in d.marks]])


async def _mine(connection: Connection) -> bool:
    row = await (await connection.execute("select pg_try_advisory_xact_lock(%s) as mine", [_JOB])).fetchone()
    return row is not None and bool(row["mine"])


async def _step_native(database: Database) -> bool:
    """Recompute the next marked hours; whether there may be more.

    A mark is deleted in the transaction that computes its hour, and computing begins after the mark was read: samples
    that were committed with a mark are seen. A bucket never shrinks: where raw samples were dropped since, what is kept
    holds more than what can be computed.
    """
    async with database.transaction() as connection:
        if not await _mine(connection):
            return False
        due = await _due(connection, HOURS_AT_ONCE)
        if not due:
            return False
        hours, points = [d.hour for d in due], [d.points for d in due]
        await connection.execute("select stored_hours(%s::timestamptz[])", [hours])
        await connection.execute(
            "with bucket as materialized (select fresh.* from unnest(%s::timestamptz[], %s::text[]) as due (hour, points)"
            " cross join lateral (select point_id, date_bin('5 minutes', time, '2000-01-01 00:00+00') as time,"
            " min(value) as min, max(value) as max, sum(value) as sum, count(*) as count from sample"
            " where time >= due.hour and time < due.hour + interval '1 hour' and due.points::int4multirange @> point_id"
            " group by 1, 2) as fresh),"
            " five as (insert into stored_5m as kept select * from bucket on conflict (point_id, time) do update"
            " set min = excluded.min, max = excluded.max, sum = excluded.sum, count = excluded.count"
            " where excluded.count >= kept.count)"
            " insert into stored_1h as kept select point_id, date_bin('1 hour', time, '2000-01-01 00:00+00'),"
            " min(min), max(max), sum(sum), sum(count)::bigint from bucket group by 1, 2"
            " on conflict (point_id, time) do update"
            " set min = excluded.min, max = excluded.max, sum = excluded.sum, count = excluded.count"
            " where excluded.count >= kept.count",
            [hours, points],
        )
        await _days_native(connection, due)
        await _unmark(connection, due)
    return True


async def _days_native(connection: Connection, due: Sequence[Due]) -> None:
    """Recompute the days of these hours from the hours kept; a day that is not over yet is left to the view."""
    await connection.execute(
        "insert into stored_1d as kept select fresh.* from"
        " (select date_bin('1 day', hour, '2000-01-01 00:00+00') as day, range_agg(points::int4multirange) as points"
        " from unnest(%s::timestamptz[], %s::text[]) as n (hour, points) group by 1) as due"
        " cross join lateral (select point_id, due.day, min(min), max(max), sum(sum), sum(count)::bigint"
        " from stored_1h where time >= due.day and time < due.day + interval '1 day' and due.points @> point_id"
        " group by point_id) as fresh"
        " where due.day < (select date_bin('1 day', watermark, '2000-01-01 00:00+00') from rollup_state)"
        " on conflict (point_id, time) do update"
        " set min = excluded.min, max = excluded.max, sum = excluded.sum, count = excluded.count"
        " where excluded.count >= kept.count",
        [[d.hour for d in due], [d.points for d in due]],
    )


async def _step_timescale(database: Database) -> bool:
    """Refresh the continuous aggregates over every marked hour; False: all is done."""
    async with database.outside() as connection:
        row = await (await connection.execute("select pg_try_advisory_lock(%s) as mine", [_JOB])).fetchone()
        if row is None or not row["mine"]:
            return False
        try:
            due = await _due(connection, 24 * 366)
            await _refresh_timescale(connection, [d.hour for d in due])
            await _unmark(connection, due)
        finally:
            await connection.execute("select pg_advisory_unlock(%s)", [_JOB])
    return False


async def _refresh_timescale(connection: Connection, hours: Sequence[datetime]) -> None:
    """Refresh what `hours` touch.

    Hours whose raw samples may be dropped are left: a refresh would delete what the aggregates hold of them. So is a day
    that is not over: once it is refreshed, the aggregate no longer looks for newer samples of it.
    """
    row = await (await connection.execute("select watermark, raw_from from rollup_state")).fetchone()
    assert row is not None
    known = [hour for hour in hours if row["raw_from"] is None or hour >= row["raw_from"]]
    for view, unit in (("kept_5m", _HOUR), ("kept_1h", _HOUR), ("kept_1d", _DAY)):
        for start, end in spans(known, unit):
            if unit == _DAY:
                end = min(end, row["watermark"].replace(hour=0))
            if start < end:
                await _refresh_span(connection, view, start, end)


async def _refresh_span(connection: Connection, view: str, start: datetime, end: datetime) -> None:
    await connection.execute(
        "call refresh_continuous_aggregate(%s::regclass, %s::timestamptz, %s::timestamptz)", [view, start, end]
    )


def spans(hours: Sequence[datetime], unit: timedelta) -> list[tuple[datetime, datetime]]:
    """The stretches of whole `unit`s (an hour or a UTC day) that hold `hours` (sorted), those that touch made one."""
    merged: list[tuple[datetime, datetime]] = []
    for hour in hours:
        start = hour if unit == _HOUR else hour.replace(hour=0)
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], start + unit))
        else:
            merged.append((start, start + unit))
    return merged


def _full_hour(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
