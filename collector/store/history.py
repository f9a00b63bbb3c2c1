"""The history of points for charts: at most so many rows, from the raw samples or the rollup that fits."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, LiteralString, NamedTuple

from collector.store.database import Database
from collector.store.resolution import (
    MOST_ROWS,
    ORIGIN,
    Held,
    Plan,
    buckets,
    check,
    fine_step,
    fixed,
    floor,
    plan,
)
from protocols.errors import StoreError

RAW_COLUMNS = ("time", "value")
BUCKET_COLUMNS = ("time", "min", "avg", "max", "count")
MOST_CELLS = 1_000_000
"""Most values (points times buckets) of one `aligned` answer."""
_RAW_SPAN = timedelta(days=32)
_FINE_SPAN = timedelta(days=1)

_BUCKET: LiteralString = (
    "date_bin(make_interval(secs => %(step)s), time, %(origin)s) as bucket,"
    " min(min) as min, sum(avg * count) / sum(count::float8) as avg, max(max) as max, sum(count::float8)::bigint as count"
)
"""Counts are summed as floats (exact to 2^53): a sum of bigints would be a numeric, and slow."""
_WHERE: LiteralString = " where point_id = any(%(points)s::int[]) and time >= %(start)s and time < %(end)s"
_ONE: LiteralString = " where point_id = %(point)s and time >= %(start)s and time < %(end)s group by 1 order by 1"
_GROUP: LiteralString = " group by point_id, bucket order by point_id, bucket"
_HISTORY: dict[str, LiteralString] = {
    "5m": "select " + _BUCKET + " from rollup_5m" + _ONE,
    "1h": "select " + _BUCKET + " from rollup_1h" + _ONE,
    "1d": "select " + _BUCKET + " from rollup_1d" + _ONE,
}
_ALIGNED: dict[str, LiteralString] = {
    "raw": "select point_id, date_bin(make_interval(secs => %(step)s), time, %(origin)s) as bucket,"
    " min(value) as min, sum(value) / count(*) as avg, max(value) as max, count(*) as count from sample"
    + _WHERE
    + _GROUP,
    "5m": "select point_id, " + _BUCKET + " from rollup_5m" + _WHERE + _GROUP,
    "1h": "select point_id, " + _BUCKET + " from rollup_1h" + _WHERE + _GROUP,
    "1d": "select point_id, " + _BUCKET + " from rollup_1d" + _WHERE + _GROUP,
}


class History(NamedTuple):
    """One point's rows in order of time. `resolution`: raw, 5m, 1h or 1d; `step`: seconds of a row's bucket (raw: 0).

    `columns` names what each row holds: time and value, or time (of the bucket's start), min, avg, max and count.
    A bucket is left out where there is no sample.
    """

    point_id: int
    resolution: str
    step: int
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


class Aligned(NamedTuple):
    """Several points on the same buckets of `step` seconds that begin at `times`.

    `series`: for each point one (min, avg, max, count) for each time, None where there is no sample.
    """

    resolution: str
    step: int
    times: list[datetime]
    series: dict[int, list[tuple[float, float, float, int] | None]]


async def history(
    database: Database,
    point_id: int,
    start: datetime,
    end: datetime,
    max_points: int = 1000,
    resolution: str | None = None,
) -> History:
    """The point's samples from `start` to before `end` (aware), in at most `max_points` rows.

    A `resolution` (raw, 5m, 1h, 1d) can be asked for: then every row of it comes, and `StoreError` is raised when they
    are more than `MOST_ROWS`. Else it is raw where that fits and reaches back to `start`, or the finest rollup does.
    """
    start = check(start, end, max_points, resolution)
    if resolution == "raw":
        rows = await _raw(database, point_id, start, end, MOST_ROWS)
        if rows is None:
            raise StoreError(
                f"more than {MOST_ROWS} samples: ask for less time, a resolution, or use the export", permanent=True
            )
        return History(point_id, "raw", 0, RAW_COLUMNS, rows)
    if resolution is not None:
        return await _buckets(database, point_id, fixed(start, end, resolution))
    held = await _held(database)
    if end - start <= _RAW_SPAN and (held.raw is None or start >= held.raw):
        rows = await _raw(database, point_id, start, end, max_points)
        if rows is not None:
            return History(point_id, "raw", 0, RAW_COLUMNS, rows)
    if buckets(start, end, 86_400) > max_points:
        start = await _first(database, point_id, start, end)
    return await _buckets(database, point_id, plan(start, end, max_points, held))


async def aligned(
    database: Database, point_ids: Sequence[int], start: datetime, end: datetime, max_points: int = 1000
) -> Aligned:
    """The points' samples from `start` to before `end` on at most `max_points` common buckets.

    Raises `StoreError` when that is more than `MOST_CELLS` values.
    """
    start = check(start, end, max_points)
    if len(point_ids) * max_points > MOST_CELLS:
        raise StoreError(
            f"{len(point_ids)} points of {max_points} buckets are asked for, at most {MOST_CELLS} values: lower"
            " max_points or name fewer points",
            permanent=True,
        )
    chosen = await _common(database, start, end, max_points)
    rows = await database.rows(
        _ALIGNED[chosen.resolution],
        {"points": list(point_ids), "start": chosen.start, "end": end, "step": chosen.step, "origin": ORIGIN},
    )
    count = buckets(chosen.start, end, chosen.step)
    width = timedelta(seconds=chosen.step)
    times = [chosen.start + width * position for position in range(count)]
    series: dict[int, list[tuple[float, float, float, int] | None]] = {point: [None] * count for point in point_ids}
    for row in rows:
        position = (row["bucket"] - chosen.start) // width
        series[row["point_id"]][position] = (row["min"], row["avg"], row["max"], row["count"])
    return Aligned(chosen.resolution, chosen.step, times, series)


async def _common(database: Database, start: datetime, end: datetime, max_points: int) -> Plan:
    held = await _held(database)
    step = fine_step(start, end, max_points)
    if step is not None and end - start <= _FINE_SPAN and (held.raw is None or start >= held.raw):
        return Plan("raw", step, floor(start, step), end)
    return plan(start, end, max_points, held)


async def _held(database: Database) -> Held:
    row = await database.row("select raw_from, five_from, hour_from from rollup_state")
    return Held() if row is None else Held(row["raw_from"], row["five_from"], row["hour_from"])


async def _raw(
    database: Database, point_id: int, start: datetime, end: datetime, most: int
) -> list[tuple[Any, ...]] | None:
    """The samples in order; None when they are more than `most`."""
    rows = await database.rows(
        "select time, value from sample where point_id = %s and time >= %s and time < %s order by time limit %s",
        [point_id, start, end, most + 1],
    )
    return None if len(rows) > most else [(row["time"], row["value"]) for row in rows]


async def _first(database: Database, point_id: int, start: datetime, end: datetime) -> datetime:
    """Where the point's history begins inside the span, so that a chart of "all" is not mostly empty."""
    row = await database.row(
        "select min(time) as first from rollup_1d where point_id = %s and time >= %s and time < %s",
        [point_id, floor(start, 86_400), end],
    )
    return start if row is None or row["first"] is None else max(start, row["first"])


async def _buckets(database: Database, point_id: int, chosen: Plan) -> History:
    rows = await database.rows(
        _HISTORY[chosen.resolution],
        {"point": point_id, "start": chosen.start, "end": chosen.end, "step": chosen.step, "origin": ORIGIN},
    )
    found = [(row["bucket"], row["min"], row["avg"], row["max"], row["count"]) for row in rows]
    return History(point_id, chosen.resolution, chosen.step, BUCKET_COLUMNS, found)
