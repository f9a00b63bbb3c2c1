"""How long history is kept: old days of samples and old rollups are dropped as whole partitions or chunks."""

from datetime import datetime, timedelta
from typing import NamedTuple

from collector.store.database import Database
from collector.store.partitions import drop_before, make_days
from collector.store.rollups import home


class Retention(NamedTuple):
    """Days that raw samples, 5-minute and hourly rollups are kept. Daily rollups are kept for good."""

    raw: int = 14
    five: int = 180
    hour: int = 1830


_TABLES = (("sample", "stored_5m", "stored_1h"), ("sample", "kept_5m", "kept_1h"))


async def retain(database: Database, now: datetime, days: Retention) -> None:
    """Drop what is older than `days` as of `now`, and make room for the days ahead.

    A native day of raw samples stays until its rollups are made.
    """
    limits = [now - timedelta(days=kept) for kept in days]
    if await home(database) == "timescale":
        await _retain_timescale(database, limits)
    else:
        await make_days(database, now)
        for table, limit in zip(_TABLES[0], limits, strict=True):
            await drop_before(database, table, limit)
    await database.execute(
        "update rollup_state set raw_from = greatest(raw_from, %s), five_from = greatest(five_from, %s),"
        " hour_from = greatest(hour_from, %s)",
        limits,
    )


async def _retain_timescale(database: Database, limits: list[datetime]) -> None:
    for table, limit in zip(_TABLES[1], limits, strict=True):
        async with database.transaction() as connection:
            await connection.execute("select drop_chunks(%s::regclass, older_than => %s::timestamptz)", [table, limit])
