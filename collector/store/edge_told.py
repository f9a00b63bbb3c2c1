"""What agents told by themselves while the collector was out of reach: events `edge.told`, opened and resolved."""

from datetime import datetime, timedelta

from psycopg.rows import DictRow

from collector.store.database import Connection, Database

OLDEST = timedelta(days=7)
"""What was told longer ago is history."""
_SAID = """
with said as (
    select e.id, e.device_id, e.time, e.detail->>'rule' as rule, e.detail->>'change' as change, p.id as point_id, p.metric,
        case when jsonb_typeof(e.detail->'since') = 'number' then (e.detail->>'since')::numeric else 0 end as since,
        coalesce(b.timezone, 'UTC') as timezone, d.agent_id
    from event e join device d on d.id = e.device_id
    join point p on p.device_id = e.device_id and p.metric = e.detail->>'metric'
        and p.label is not distinct from e.detail->>'label'
    left join building b on b.id = d.building_id
    where e.kind = 'edge.told' and e.time >= %(oldest)s
)
"""


async def standing(database: Database, now: datetime) -> list[DictRow]:
    """`{id, time, rule, metric, point_id, since (ms), timezone}` of what was told to have come, not to be over, and no problem has taken."""
    return await database.rows(
        _SAID
        + "select * from (select distinct on (point_id, rule) * from said order by point_id, rule, id desc) newest"
        " where change = 'opened' and not exists (select from edge_taken t where t.event_id = newest.id) order by id",
        {"oldest": now - OLDEST},
    )


async def told(connection: Connection, rule: str, point: int, since: datetime, now: datetime) -> DictRow | None:
    """What was told of this coming, which holds since then, and no problem has taken: it was not over before that."""
    found = await connection.execute(
        _SAID + "select s.* from said s where s.rule = %(rule)s and s.point_id = %(point)s and s.change = 'opened'"
        " and not exists (select from edge_taken t where t.event_id = s.id)"
        " and not exists (select from said r where r.change = 'resolved' and r.rule = s.rule and r.point_id = s.point_id"
        " and r.since = s.since and r.time < %(since)s) order by s.id desc limit 1",
        {"rule": rule, "point": point, "since": since, "oldest": now - OLDEST},
    )
    return await found.fetchone()


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
        " and r.point_id = s.point_id and r.since = s.since and r.change = 'resolved' where t.problem_id = %(problem)s"
        " and not exists (select from edge_taken later where later.problem_id = t.problem_id and later.event_id > t.event_id)"
        " order by r.id desc limit 1",
        {"problem": problem, "oldest": now - OLDEST},
    )
    return await found.fetchone()
