"""How long history is kept: old days of samples and old rollups are dropped as whole partitions or chunks."""

from datetime import datetime, timedelta
from typing import NamedTuple

from collector.store.database import Database
from collector.store.partitions import drop_before, make_days
from collector.store.rollups import home


class Retention(NamedTuple):
    """Days that raw samples, 5-minute and hourly rollups are kept. Daily rollups are kept for good, events as hourly ones."""

    raw: int = 14
    five: int = 180
    hour: int = 1830


_NATIVE = ("sample", "stored_5m", "stored_1h")
_TIMESCALE = ("sample", "kept_5m", "kept_1h")
MOST_AT_ONCE = timedelta(days=2)
"""How much further one call reaches than the one before: a clock that jumps ahead costs days, not the whole history."""
_POLICY_DAYS = 10
"""How far back the refresh policies of the migrations reach: never beyond the raw samples, or rollups would be emptied."""


async def retain(database: Database, now: datetime, days: Retention) -> None:
    """Drop what is older than `days` as of `now`, and make room for the days ahead.

    Raw samples stay until their rollups are made. Called every hour; what is further behind than `MOST_AT_ONCE` is caught
    up with in as many calls as it takes.
    """
    row = await database.row("select raw_from, five_from, hour_from from rollup_state")
    assert row is not None
    limits = [reach(before, now - timedelta(days=kept)) for before, kept in zip(row.values(), days, strict=True)]
    if await home(database) == "timescale":
        await _set_policies(database, days)
        await _drop_chunks(database, limits)
    else:
        await make_days(database, now)
        for table, limit in zip(_NATIVE, limits, strict=True):
            await drop_before(database, table, limit)
    await _forget_events(database, limits[2])
    await database.execute(
        "update rollup_state set raw_from = greatest(raw_from, %s), five_from = greatest(five_from, %s),"
        " hour_from = greatest(hour_from, %s)",
        limits,
    )


def reach(before: datetime | None, wanted: datetime) -> datetime:
    """What to drop up to, when everything up to `before` (None: nothing yet) was dropped and `wanted` is due."""
    return wanted if before is None else min(wanted, before + MOST_AT_ONCE)


async def _forget_events(database: Database, limit: datetime) -> None:
    """Events, recorded gaps and changes of reach go as hourly rollups do; the reach that is in force stays."""
    await database.execute("delete from event where time < %s", [limit])
    await database.execute("delete from gap where until < %s", [limit])
    await database.execute(
        "delete from reach_change old where time < %(limit)s and exists (select from reach_change newer"
        " where newer.device_id = old.device_id and newer.time > old.time and newer.time < %(limit)s)",
        {"limit": limit},
    )


async def _drop_chunks(database: Database, limits: list[datetime]) -> None:
    row = await database.row(
        "select least(watermark, (select min(hour) from rollup_dirty"
        " where raw_from is null or hour >= raw_from)) as pending from rollup_state"
    )
    assert row is not None
    limits = [min(limits[0], row["pending"]), *limits[1:]]
    for table, limit in zip(_TIMESCALE, limits, strict=True):
        await database.rows("select drop_chunks(%s::text::regclass, older_than => %s::timestamptz)", [table, limit])


async def _set_policies(database: Database, days: Retention) -> None:
    """Make TimescaleDB's own policies those of `days`, when they are not: they work while no collector runs."""
    wanted = ",".join(str(kept) for kept in days)
    row = await database.row("select value from meta where key = 'retention'")
    if row is not None and row["value"] == wanted:
        return
    async with database.transaction() as connection:
        for table, kept in zip(_TIMESCALE, days, strict=True):
            await connection.execute("select remove_retention_policy(%s::text::regclass, if_exists => true)", [table])
            await connection.execute(
                "select add_retention_policy(%s::text::regclass, make_interval(days => %s))", [table, kept]
            )
        if days.raw <= _POLICY_DAYS + 2:
            for view in ("kept_5m", "kept_1h", "kept_1d"):
                await connection.execute(
                    "select remove_continuous_aggregate_policy(%s::text::regclass, if_exists => true)", [view]
                )
        await connection.execute(
            "insert into meta values ('retention', %s) on conflict (key) do update set value = excluded.value", [wanted]
        )
