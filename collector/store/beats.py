"""Heartbeats and what they reported. Only the SHA-256 of a key is kept: keys have 192 random bits."""

from datetime import datetime
from typing import Any, NamedTuple

from psycopg.rows import DictRow

from collector.store.accounts import digest
from collector.store.database import Connection, Database
from protocols.errors import StoreError

KEPT = 60
"""Reports kept of each: what is usual is worked out from them."""
_COLUMNS = ("building_id", "name", "every_s", "grace_s", "school_days", "least_rows", "change", "oldest_s", "paused")


class NewBeat(NamedTuple):
    """What is asked of one; None: worked out (`collector/problems/beats`)."""

    building_id: int | None
    name: str
    every_s: int | None = None
    grace_s: int | None = None
    school_days: bool | None = None
    least_rows: int | None = None
    change: float | None = None
    oldest_s: int | None = None
    paused: bool = False


class NewReport(NamedTuple):
    """One report as it came."""

    state: str
    rows: int | None
    size: int
    as_of: datetime | None
    body: str


async def add(connection: Connection, beat: NewBeat, key: str, now: datetime) -> int:
    """Its id. Raises `StoreError` when the name is taken."""
    found = await connection.execute(
        "insert into beat (key_digest, created_at, building_id, name, every_s, grace_s, school_days, least_rows, change,"
        " oldest_s, paused) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (name) do nothing returning id",
        [digest(key), now, *beat],
    )
    row = await found.fetchone()
    if row is None:
        raise StoreError(f"a heartbeat named {beat.name!r} exists: choose another name, or remove it", permanent=True)
    return int(row["id"])


async def change(connection: Connection, identity: int, beat: NewBeat) -> bool:
    """Set all of it; False when it is not there. Raises `StoreError` when the name is another's."""
    taken = await connection.execute("select from beat where name = %s and id <> %s", [beat.name, identity])
    if await taken.fetchone() is not None:
        raise StoreError(f"a heartbeat named {beat.name!r} exists: choose another name", permanent=True)
    done = await connection.execute(
        "update beat set building_id = %s, name = %s, every_s = %s, grace_s = %s, school_days = %s, least_rows = %s,"
        " change = %s, oldest_s = %s, paused = %s where id = %s",
        [*beat, identity],
    )
    return done.rowcount > 0


async def remove(connection: Connection, identity: int) -> bool:
    """Remove it with its reports; its open problems are resolved by the loop. False when it is not there."""
    return (await connection.execute("delete from beat where id = %s", [identity])).rowcount > 0


async def beats(database: Database) -> list[DictRow]:
    """Every heartbeat by name: its columns, `id`, `building`, `created_at` and its newest report (`time`, `state`, `rows`)."""
    return await database.rows(
        "select b.id, b.building_id, o.name as building, b.name, b.every_s, b.grace_s, b.school_days, b.least_rows, b.change,"
        " b.oldest_s, b.paused, b.created_at, r.time, r.state, r.rows from beat b"
        " left join building o on o.id = b.building_id left join lateral (select time, state, rows from beat_report"
        " where beat_id = b.id order by id desc limit 1) r on true order by b.name, b.id"
    )


async def reports(database: Database, identity: int | None = None, body: bool = False) -> list[DictRow]:
    """`{beat_id, time, state, rows, bytes, as_of}` and with `body` what it said, of one heartbeat or all; the oldest first."""
    return await database.rows(
        "select beat_id, time, state, rows, bytes, as_of, case when %(body)s then body else '' end as body"
        " from beat_report where %(id)s::int is null or beat_id = %(id)s order by beat_id, id",
        {"id": identity, "body": body},
    )


async def marks(database: Database) -> tuple[Any, ...]:
    """What changes when anything here does: asked every few seconds instead of all of it."""
    row = await database.row(
        "select (select count(*) from beat) as many, (select max(id) from beat_report) as newest,"
        " (select md5(string_agg(b::text, ',' order by b.id)) from beat b) as beats"
    )
    assert row is not None
    return tuple(row.values())


async def known(database: Database, key: str) -> bool:
    """Whether a heartbeat has this key."""
    return await database.row("select from beat where key_digest = %s", [digest(key)]) is not None


async def take(connection: Connection, key: str, report: NewReport, now: datetime) -> DictRow | None:
    """Keep a report of the heartbeat with this key; `{id, name}` of it, None when there is none."""
    found = await connection.execute("select id, name from beat where key_digest = %s for update", [digest(key)])
    beat = await found.fetchone()
    if beat is None:
        return None
    await connection.execute(
        "insert into beat_report (beat_id, time, state, rows, bytes, as_of, body) values (%s, %s, %s, %s, %s, %s, %s)",
        [beat["id"], now, *report],
    )
    await connection.execute(
        "delete from beat_report where beat_id = %(id)s and id <= (select id from beat_report where beat_id = %(id)s"
        " order by id desc offset %(kept)s limit 1)",
        {"id": beat["id"], "kept": KEPT},
    )
    return beat
