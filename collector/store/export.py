"""History of any size as a stream, in constant memory: one server-side cursor a point."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Any, LiteralString

from psycopg.rows import tuple_row

from collector.store.database import Database
from collector.store.resolution import check

PAGE = 5_000
"""Rows of one part of the stream."""
RAW_COLUMNS = ("point", "time", "value")
BUCKET_COLUMNS = ("point", "time", "min", "avg", "max", "count")
_WHERE: LiteralString = " where point_id = %s and time >= %s and time < %s order by time"
_EXPORT: dict[str, LiteralString] = {
    "raw": "select point_id, time, value from sample" + _WHERE,
    "5m": "select point_id, time, min, avg, max, count from rollup_5m" + _WHERE,
    "1h": "select point_id, time, min, avg, max, count from rollup_1h" + _WHERE,
    "1d": "select point_id, time, min, avg, max, count from rollup_1d" + _WHERE,
}


async def export(
    database: Database, point_ids: Sequence[int], start: datetime, end: datetime, resolution: str = "raw"
) -> AsyncGenerator[list[tuple[Any, ...]], None]:
    """Parts of at most `PAGE` rows, point by point in the order given, by time: `RAW_COLUMNS` or `BUCKET_COLUMNS`.

    `resolution` is raw, 5m, 1h or 1d; `StoreError` otherwise. All of it is of one moment (one snapshot). It holds a
    connection until it ends or is closed.
    """
    start = check(start, end, 1, resolution)
    async with database.transaction() as connection:
        await connection.execute("set transaction isolation level repeatable read read only")
        for point_id in point_ids:
            async with connection.cursor("export", row_factory=tuple_row) as cursor:
                await cursor.execute(_EXPORT[resolution], [point_id, start, end])
                while page := await cursor.fetchmany(PAGE):
                    yield page
