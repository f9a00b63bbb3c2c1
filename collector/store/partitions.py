"""The daily partitions of `sample` in plain PostgreSQL: made ahead, and dropped when old. See also `sample_days`."""

from datetime import datetime, timedelta

import psycopg
from psycopg import sql

from collector.store.database import Database

DAYS_AHEAD = 2


async def make_days(database: Database, now: datetime) -> None:
    """Make room for today and the days after it, so that no batch has to."""
    days = [(now + timedelta(days=ahead)).date() for ahead in range(DAYS_AHEAD + 1)]
    await database.row("select sample_days(%s::date[])", [days])


async def drop_before(database: Database, table: str, limit: datetime, *, wait_ms: int = 2_000) -> list[str]:
    """Drop the partitions of `table` that end at or before `limit`; their names.

    A day of samples stays while rollups have to take it in. One still in use after `wait_ms` is left for the next time.
    """
    found = await database.rows(
        "select child.relname as name from pg_inherits join pg_class child on child.oid = inhrelid"
        " cross join lateral (select substring(pg_get_expr(child.relpartbound, child.oid)"
        " from 'FROM \\(''(.+?)''\\)')::timestamptz as low, substring(pg_get_expr(child.relpartbound, child.oid)"
        " from 'TO \\(''(.+?)''\\)')::timestamptz as high) as bound"
        " where inhparent = %(table)s::text::regclass and bound.high <= %(limit)s and not (%(table)s::text = 'sample' and"
        " (bound.high > (select watermark from rollup_state)"
        " or exists (select from rollup_dirty where hour >= bound.low and hour < bound.high))) order by name",
        {"table": table, "limit": limit},
    )
    dropped = []
    for row in found:
        async with database.transaction() as connection:
            await connection.execute("select set_config('lock_timeout', %s, true)", [f"{wait_ms}ms"])
            try:
                await connection.execute(sql.SQL("drop table {}").format(sql.Identifier(row["name"])))
            except psycopg.errors.LockNotAvailable:
                await connection.rollback()
                continue
        dropped.append(row["name"])
    return dropped
