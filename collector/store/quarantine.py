"""What could not be taken, kept with the reason: newest rows first, bounded in number and in bytes."""

from datetime import datetime
from typing import NamedTuple

from collector.store.database import Connection, Database

ROWS = 1_000
BYTES = 64 * 1024 * 1024


class Refusal(NamedTuple):
    """One message refused. `agent` as the topic named it; stream and seq where they could be read."""

    agent: str
    stream: bytes | None
    seq: int | None
    reason: str
    detail: str
    payload: bytes


async def keep(connection: Connection, refusals: list[Refusal], now: datetime) -> None:
    """Store the refusals, received at `now`. A NUL, which PostgreSQL's text cannot hold, is shown as U+FFFD.

    One that is here already only gets the later time: an agent that may not write asks again with the same batch for as
    long as it runs, and must not push out what others sent.
    """
    rows = [(now, r.stream, r.seq, _text(r.agent), _text(r.reason), r.payload, _text(r.detail)) for r in refusals]
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "with given as (select %s::timestamptz as received_at, %s::bytea as stream, %s::bigint as seq,"
            " %s::text as agent_id, %s::text as reason, %s::bytea as payload, %s::text as detail),"
            " again as (update quarantine q set received_at = given.received_at from given where q.stream = given.stream"
            " and q.seq = given.seq and q.agent_id = given.agent_id and q.reason = given.reason"
            " and q.payload = given.payload returning q.id)"
            " insert into quarantine (received_at, stream, seq, agent_id, reason, payload, detail)"
            " select * from given where not exists (select from again)",
            rows,
        )


async def bound(database: Database, rows: int = ROWS, size: int = BYTES) -> int:
    """Delete all but the newest `rows` rows and `size` payload bytes; how many went."""
    return await database.execute(
        "delete from quarantine where id in (select id from (select id, row_number() over newest as place,"
        " sum(octet_length(payload) + octet_length(detail)) over newest as total from quarantine window newest as (order by id desc))"
        " as ranked where place > %s or total > %s)",
        [rows, size],
    )


async def conflicts_since(database: Database, since: datetime) -> dict[str, datetime]:
    """The agents whose stream met another's since then, and when last."""
    found = await database.rows(
        "select agent_id, max(received_at) as last from quarantine where reason = 'conflict' and received_at >= %s"
        " group by agent_id",
        [since],
    )
    return {row["agent_id"]: row["last"] for row in found}


def _text(value: str) -> str:
    return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")[:2000]
