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
    """Store the refusals, received at `now`. A NUL, which PostgreSQL's text cannot hold, is shown as U+FFFD."""
    rows = [(_text(r.agent), r.stream, r.seq, now, _text(r.reason), _text(r.detail), r.payload) for r in refusals]
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into quarantine (agent_id, stream, seq, received_at, reason, detail, payload)"
            " values (%s, %s, %s, %s, %s, %s, %s)",
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
