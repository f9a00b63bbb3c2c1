"""Messages that wait for their hour, and when that comes now that a calendar, a route or a person's hours are others."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.rows import DictRow

from collector.store.database import Connection
from collector.store.outbox import To


async def waiting(connection: Connection, now: datetime, after: int, limit: int) -> list[DictRow]:
    """Up to `limit` messages from this id on that wait, and were never tried: `{id, problem_id, channel_id, change, occurrence,
    severity, created_at, reopened, rule, subject, building_id, device_id}`, by id."""
    found = await connection.execute(
        "select o.id, o.problem_id, o.channel_id, o.change, o.occurrence, coalesce(nullif(o.severity, ''), p.severity) as severity,"
        " o.created_at, p.reopened, p.rule, p.subject, p.building_id, p.device_id from outbox o join problem p on p.id = o.problem_id"
        " where o.delivered_at is null and o.claimed_until is null and o.attempts = 0 and o.next_attempt > %s and o.id > %s"
        " order by o.id limit %s",
        [now, after, limit],
    )
    return await found.fetchall()


async def retime(connection: Connection, dues: Sequence[tuple[int, To]]) -> int:
    """Messages by id and when each is due now, with its step; how many are due at another time than before.

    What a sender has taken up since is left, and what waits behind a channel that fails comes no earlier for it.
    """
    done = await connection.execute(
        "update outbox o set next_attempt = t.due, step = t.step from"
        " (select n.id, case when c.failing_since is null then n.due else greatest(n.due, w.next_attempt) end as due,"
        " case when w.change = 'resolved' then 0 else n.step end as step"
        " from unnest(%s::bigint[], %s::timestamptz[], %s::int[]) as n (id, due, step)"
        " join outbox w using (id) join channel c on c.id = w.channel_id) t"
        " where o.id = t.id and o.delivered_at is null and o.claimed_until is null and o.attempts = 0"
        " and (o.next_attempt <> t.due or o.step <> t.step)",
        [[each for each, _ in dues], [to.due for _, to in dues], [to.step for _, to in dues]],
    )
    return done.rowcount
