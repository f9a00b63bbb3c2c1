"""What agents told by themselves while the collector was out of reach: events `edge.told`, opened and resolved."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from psycopg.rows import DictRow

from collector.store.database import Connection, Database

OLDEST = timedelta(days=7)
"""What was told longer ago is history."""
STRANGE = timedelta(minutes=30)
"""A rule that is the agent's alone has no end here that we would hear of: what we open later than this is another matter."""
_SAID = """
with said as (
    select e.id, e.device_id, e.time, e.severity, e.detail->>'rule' as rule, e.detail->>'change' as change, p.id as point_id,
        e.detail->>'metric' as metric, p.unit, p.name,
        case when p.id is not null then 'point:' || p.id else 'event:' || e.device_id || ':' || coalesce(e.detail->>'label', '') end as subject,
        case when jsonb_typeof(e.detail->'since') = 'number' then (e.detail->>'since')::numeric else 0 end as since,
        coalesce(b.timezone, 'UTC') as timezone, d.agent_id
    from event e join device d on d.id = e.device_id
    left join point p on p.device_id = e.device_id and p.metric = e.detail->>'metric'
        and p.label is not distinct from e.detail->>'label'
    left join building b on b.id = d.building_id
    where e.kind = 'edge.told' and e.time >= %(oldest)s and (p.id is not null or e.detail->>'metric' = '')
)
"""
_LASTING = (
    " and s.change = 'opened' and not exists (select from edge_taken t where t.event_id = s.id)"
    " and not exists (select from said r where r.change = 'resolved' and r.rule = s.rule and r.subject = s.subject"
    " and r.since = s.since and r.time < %(since)s)"
)


async def standing(database: Database, now: datetime) -> list[DictRow]:
    """What was told to have come, not to be over, and no problem has taken.

    `{id, time, rule, metric ("": an event), point_id, subject, since (ms), timezone}`.
    """
    return await database.rows(
        _SAID + "select * from (select distinct on (subject, rule) * from said order by subject, rule, id desc) newest"
        " where change = 'opened' and not exists (select from edge_taken t where t.event_id = newest.id) order by id",
        {"oldest": now - OLDEST},
    )


async def heard(database: Database, events: Collection[int], now: datetime) -> None:
    """These are by rules that only their agents have, and are known from `now` on, where they were not before."""
    await database.execute(
        "insert into edge_heard (event_id, heard_at) select unnest(%s::bigint[]), %s on conflict do nothing",
        [list(events), now],
    )


async def told(
    connection: Connection, about: Mapping[str, Any], since: datetime, lasts: timedelta, now: datetime
) -> DictRow | None:
    """What was told of this coming, which holds since then, and no problem has taken: it was not over before that.

    `about` has `rule` and `subject`. An event `lasts` so long and has no end that we would hear of: one that came later is another.
    """
    found = await connection.execute(
        _SAID
        + "select s.* from said s where s.rule = %(rule)s and s.subject = %(subject)s"
        + " and (s.metric <> '' or abs(s.since - extract(epoch from %(since)s::timestamptz) * 1000)"
        + " <= extract(epoch from %(lasts)s::interval) * 1000)"
        + _LASTING
        + " order by s.id desc limit 1",
        {"rule": about["rule"], "subject": about["subject"], "since": since, "lasts": lasts, "oldest": now - OLDEST},
    )
    return await found.fetchone()


async def strange(connection: Connection, device: int, since: datetime, now: datetime) -> list[DictRow]:
    """What this device's agent told lately by rules of its own, and no problem has taken: `{id, time, severity, point_id, unit, name, ...}`."""
    found = await connection.execute(
        _SAID
        + "select s.* from said s join edge_heard h on h.event_id = s.id where s.device_id = %(device)s"
        + " and s.point_id is not null and h.heard_at >= %(lately)s"
        + _LASTING
        + " order by s.id desc",
        {"device": device, "since": since, "lately": now - STRANGE, "oldest": now - OLDEST},
    )
    return await found.fetchall()


async def take(connection: Connection, event: int, problem: int, now: datetime) -> None:
    """The problem is the one that was told of: no channel is told that it came, and each as if it had been."""
    await connection.execute(
        "insert into edge_taken (event_id, problem_id) values (%s, %s) on conflict do nothing", [event, problem]
    )
    await connection.execute(
        "update outbox set delivered_at = %s where problem_id = %s and change <> 'resolved' and delivered_at is null"
        " and claimed_until is null",
        [now, problem],
    )


async def ended(connection: Connection, problem: int, now: datetime) -> DictRow | None:
    """Where the building has told, too, that this problem is over: when."""
    found = await connection.execute(
        _SAID + "select r.* from edge_taken t join said s on s.id = t.event_id join said r on r.rule = s.rule"
        " and r.subject = s.subject and r.since = s.since and r.change = 'resolved' where t.problem_id = %(problem)s"
        " and not exists (select from edge_taken later where later.problem_id = t.problem_id and later.event_id > t.event_id)"
        " order by r.id desc limit 1",
        {"problem": problem, "oldest": now - OLDEST},
    )
    return await found.fetchone()
