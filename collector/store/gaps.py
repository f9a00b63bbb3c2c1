"""Recorded gaps: what an agent's spool gave up, and why."""

from datetime import datetime
from typing import NamedTuple

from collector.store.database import Connection, Database


class Gap(NamedTuple):
    """`samples` of the agent were given up between `since` and `until`."""

    agent: str
    since: datetime
    until: datetime
    reason: str
    samples: int


async def insert_gaps(connection: Connection, gaps: list[Gap]) -> None:
    """Record the gaps, in the transaction of the batch that told of them."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into gap (agent_id, since, until, reason, samples) values (%s, %s, %s, %s, %s)",
            [(gap.agent, gap.since, gap.until, gap.reason.replace("\x00", "")[:500], gap.samples) for gap in gaps],
        )


async def gaps_since(database: Database, since: datetime) -> list[Gap]:
    """The gaps that ended after `since`."""
    rows = await database.rows(
        "select agent_id, since, until, reason, samples from gap where until >= %s order by until", [since]
    )
    return [Gap(row["agent_id"], row["since"], row["until"], row["reason"], row["samples"]) for row in rows]
