"""What the problem loop reads of the fleet: points, devices, agents, recent samples, and the words of a title."""

from collections.abc import Collection
from datetime import datetime

from psycopg.rows import DictRow

from collector.store.database import Connection, Database
from collector.store.facts import lock_devices


async def points(database: Database, ids: list[int] | None = None) -> list[DictRow]:
    """`{id, device_id, metric, label, unit, name, states, last}` of these points, or of all; `last` is None without a sample."""
    return await database.rows(
        "select p.id, p.device_id, p.metric, p.label, p.unit, p.name, p.states, l.time as last from point p"
        " left join point_last l on l.point_id = p.id where %(ids)s::int[] is null or p.id = any(%(ids)s)",
        {"ids": ids},
    )


async def devices(database: Database) -> list[DictRow]:
    """`{id, agent_id, parent_id, building_id, kind, name, room, address, attributes, reachable, reach_since, state, timezone}` of every device of an active agent."""
    return await database.rows(
        "select d.id, d.agent_id, d.parent_id, d.building_id, d.kind, d.name, d.room, d.address,"
        " d.attributes, d.reachable, d.state, b.timezone,"
        " coalesce((select max(r.time) from reach_change r where r.device_id = d.id), d.state_since) as reach_since"
        " from device d join agent a on a.id = d.agent_id join building b on b.id = d.building_id where a.active"
    )


async def agents(database: Database) -> list[DictRow]:
    """`{id, online, last_seen, left, building_id}` of every active agent; `left`: it said goodbye in good order."""
    return await database.rows(
        "select id, online, last_seen, not online and coalesce(status ->> 'leaving', '') <> '' as left, building_id"
        " from agent where active"
    )


async def statuses(database: Database) -> list[DictRow]:
    """`{id, building_id, online, status}` of every active agent: what it says of itself."""
    return await database.rows("select id, building_id, online, status from agent where active")


async def newest(database: Database, since: datetime | None = None) -> list[DictRow]:
    """`{point_id, time, value}`, the newest of each point; with `since` of those heard after it."""
    return await database.rows(
        "select point_id, time, value from point_last where %(since)s::timestamptz is null or time > %(since)s",
        {"since": since},
    )


async def usual_gaps(database: Database, without: Collection[str], since: datetime) -> dict[str, float]:
    """By agent the usual time between two samples of one point since then, in ms: the least of the points heard last. Metrics `without`
    a rhythm are left out; an agent of which there are no two samples is not in it."""
    rows = await database.rows(
        "with ranked as (select d.agent_id, l.point_id,"
        " row_number() over (partition by d.agent_id order by l.time desc, l.point_id) as place"
        " from point_last l join point p on p.id = l.point_id join device d on d.id = p.device_id"
        " where p.metric <> all(%(without)s)), each as (select r.agent_id,"
        " percentile_cont(0.5) within group (order by past.gap) as gap from ranked r cross join lateral"
        " (select extract(epoch from time - lead(time) over (order by time desc))::float8 * 1000 as gap from (select time"
        " from sample where point_id = r.point_id and time > %(since)s order by time desc limit 6) newest) past"
        " where r.place <= 5 group by r.agent_id, r.point_id)"
        " select agent_id, min(gap) as gap from each group by agent_id having min(gap) is not null",
        {"without": sorted(without), "since": since},
    )
    return {row["agent_id"]: row["gap"] for row in rows}


async def changes_since(database: Database, since: dict[int, datetime]) -> list[DictRow]:
    """`{point_id, time, value}` of each point from its own time on: where the value changed, and the newest."""
    if not since:
        return []
    return await database.rows(
        "select point_id, time, value from (select s.point_id, s.time, s.value, lag(s.value) over past as before,"
        " lead(s.time) over past as next from unnest(%s::int[], %s::timestamptz[]) as wanted (point_id, since)"
        " join sample s on s.point_id = wanted.point_id and s.time >= wanted.since and s.time >= %s"
        " window past as (partition by s.point_id order by s.time)) as steps"
        " where before is distinct from value or next is null",
        [list(since), list(since.values()), min(since.values())],
    )


async def samples_between(
    database: Database, points: list[int], since: datetime, until: datetime
) -> tuple[list[int], list[int], list[float]]:
    """Of these points from `since` on and before `until`, in order of time: three lists of one length, times in ms."""
    row = await database.row(
        "select array_agg(point_id order by time) as points,"
        " array_agg((extract(epoch from time) * 1000)::bigint order by time) as times,"
        " array_agg(value order by time) as values from sample where point_id = any(%s) and time >= %s and time < %s",
        [points, since, until],
    )
    return (row["points"], row["times"], row["values"]) if row is not None and row["points"] else ([], [], [])


async def events_since(database: Database, kinds: list[str], since: datetime) -> list[DictRow]:
    """`{device_id, time, kind, severity, detail}` of the events of these kinds, in order."""
    if not kinds:
        return []
    return await database.rows(
        "select device_id, time, kind, severity, detail from event where time >= %s and kind = any(%s) order by time, id",
        [since, kinds],
    )


async def words_of_point(connection: Connection, point: int) -> DictRow | None:
    """Names for a title about a point: building, device, agent, point (None: it has none), label, unit, states; and their ids."""
    return await (
        await connection.execute(
            "select b.id as building_id, b.name as building, d.id as device_id, d.name as device, a.id as agent_id,"
            " a.name as agent, p.name as point, coalesce(p.name, p.label) as label, p.unit,"
            " p.states, p.metric from point p join device d on d.id = p.device_id join building b on b.id = d.building_id"
            " join agent a on a.id = d.agent_id where p.id = %s",
            [point],
        )
    ).fetchone()


async def words_of_device(connection: Connection, device: int) -> DictRow | None:
    """Names for a title about a device."""
    return await (
        await connection.execute(
            "select b.id as building_id, b.name as building, d.id as device_id, d.name as device, a.id as agent_id,"
            " a.name as agent from device d join building b on b.id = d.building_id join agent a on a.id = d.agent_id"
            " where d.id = %s",
            [device],
        )
    ).fetchone()


async def words_of_agent(connection: Connection, agent: str) -> DictRow | None:
    """Names for a title about an agent."""
    return await (
        await connection.execute(
            "select b.id as building_id, b.name as building, a.id as agent_id, a.name as agent"
            " from agent a join building b on b.id = a.building_id where a.id = %s",
            [agent],
        )
    ).fetchone()


async def words_of_building(connection: Connection, building: int | None) -> DictRow | None:
    """Names for a title about a building, or about the whole district (None)."""
    if building is None:
        return {"building_id": None, "building": None, "agent_id": None}
    return await (
        await connection.execute(
            "select id as building_id, name as building, null as agent_id from building where id = %s", [building]
        )
    ).fetchone()


async def set_device_states(database: Database, states: dict[int, str], now: datetime) -> None:
    """Write the devices' states, since `now` where they changed."""
    async with database.transaction() as connection:
        await lock_devices(connection, states)
        await connection.execute(
            "update device set state = new.state, state_since = %s from unnest(%s::int[], %s::text[]) as new (id, state)"
            " where device.id = new.id and device.state <> new.state",
            [now, list(states), list(states.values())],
        )
