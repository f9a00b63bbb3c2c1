"""What agents are asked to do, and what they answered. A command is sent once, and only while it has not expired."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from collector.store.database import Connection, Database

LASTS = timedelta(seconds=60)
KEPT = timedelta(days=7)
_SHOWN = (
    "id::text as id, agent_id as agent, name, args, asked_by, asked_at, expires_at, sent_at, answered_at, ok, answer"
)


async def ask(
    connection: Connection, agent: str, name: str, args: Mapping[str, Any], who: str, now: datetime
) -> DictRow:
    """Put a command in line; it goes out within a second, where the agent is connected."""
    found = await connection.execute(
        "insert into agent_command (agent_id, name, args, asked_by, asked_at, expires_at)"
        " values (%s, %s, %s, %s, %s, %s) returning " + _SHOWN,
        [agent, name, Jsonb(dict(args)), who, now, now + LASTS],
    )
    row = await found.fetchone()
    assert row is not None
    return row


async def ask_polls(database: Database, devices: Sequence[int], now: datetime) -> None:
    """Have these devices polled at once: one command an agent, at most 100 of its devices."""
    if devices:
        await database.execute(
            "insert into agent_command (agent_id, name, args, asked_by, asked_at, expires_at)"
            " select agent_id, 'poll', jsonb_build_object('devices', (jsonb_agg(key order by id))), '', %s, %s"
            " from (select d.*, row_number() over (partition by agent_id order by id) as place from device d"
            " where id = any(%s)) as wanted where place <= 100 group by agent_id",
            [now, now + LASTS, list(devices)],
        )


async def take(database: Database, now: datetime, limit: int = 50) -> list[DictRow]:
    """Commands to be sent now, marked as sent: each once, whichever collector asks. What has expired is not."""
    return await database.rows(
        "update agent_command set sent_at = %(now)s where id in (select id from agent_command where sent_at is null"
        " and expires_at > %(now)s order by asked_at limit %(limit)s for update skip locked) returning " + _SHOWN,
        {"now": now, "limit": limit},
    )


async def answered(database: Database, agent: str, command: str, ok: bool, answer: Any, now: datetime) -> bool:
    """The agent's own answer to a command of its own; False when it was asked no such thing, or answered before."""
    done = await database.execute(
        "update agent_command set answered_at = %s, ok = %s, answer = %s"
        " where id = %s::uuid and agent_id = %s and sent_at is not null and answered_at is null",
        [now, ok, Jsonb(answer), command, agent],
    )
    return bool(done)


async def command(database: Database, agent: str, identity: str) -> DictRow | None:
    """One command of an agent."""
    return await database.row(
        "select " + _SHOWN + " from agent_command where id = %s::uuid and agent_id = %s", [identity, agent]
    )


async def forget(database: Database, now: datetime) -> None:
    """Drop what was asked longer than a week ago."""
    await database.execute("delete from agent_command where asked_at < %s", [now - KEPT])
