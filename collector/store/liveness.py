"""Who is alive: agents, by their batches and status messages."""

from datetime import datetime
from typing import Any, NamedTuple

from psycopg.types.json import Jsonb

from collector.store.database import Connection, Database


class Heard(NamedTuple):
    """One agent's batches in one transaction: when received, and complete up to when (None: a gap lies before)."""

    agent: str
    at: datetime
    complete_upto: datetime | None


async def activity(database: Database, agents: list[str]) -> dict[str, bool]:
    """Of these agents those that exist, and whether each is active (False: revoked)."""
    rows = await database.rows("select id, active from agent where id = any(%s)", [agents])
    return {row["id"]: row["active"] for row in rows}


async def agents_heard(connection: Connection, heard: list[Heard]) -> None:
    """Move `last_seen` and `complete_upto` forward, never back."""
    await connection.execute(
        "update agent set last_seen = greatest(last_seen, heard.at),"
        " complete_upto = greatest(complete_upto, heard.upto)"
        " from unnest(%s::text[], %s::timestamptz[], %s::timestamptz[]) as heard (id, at, upto)"
        " where agent.id = heard.id",
        [[h.agent for h in heard], [h.at for h in heard], [h.complete_upto for h in heard]],
    )


async def write_status(
    database: Database, agent: str, status: dict[str, Any], heard_at: datetime | None
) -> dict[str, Any] | None:
    """An active agent's status as received; `heard_at` None: retained by the broker, so no sign of life now.

    What a status leaves out stays as it was, but for a goodbye: `leaving` holds for the one status that says so.
    The row `{id, building_id, online, version, last_seen}` after it, None for nobody of ours.
    """
    return await database.row(
        "update agent set online = %s, version = coalesce(%s, version), status = (status - 'leaving') || %s,"
        " last_seen = greatest(last_seen, %s) where id = %s and active"
        " returning id, building_id, online, version, last_seen",
        [status["online"], _version(status), Jsonb(status), heard_at, agent],
    )


def _version(status: dict[str, Any]) -> str | None:
    version = status.get("version")
    return version.replace("\x00", "")[:100] if isinstance(version, str) else None
