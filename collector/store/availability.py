"""What availability and repair times of a month rest on: changes of reach, problems that were solved."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.rows import DictRow

from collector.store.database import Database


async def reach(database: Database, scope: Sequence[int] | None, start: datetime, end: datetime) -> list[DictRow]:
    """A row a device inside `scope` that was there by `end`: `{device_id, building_id, building, kind, before, times, states}`;
    `before`: whether it answered at `start` (None: not known), `times` and `states` its changes until `end`, in order."""
    return await database.rows(
        "select d.id as device_id, d.building_id, b.name as building, d.kind, (select r.reachable from reach_change r"
        " where r.device_id = d.id and r.time <= %(start)s order by r.time desc limit 1) as before,"
        " coalesce(c.times, '{}') as times, coalesce(c.states, '{}') as states from device d join building b on b.id = d.building_id"
        " left join (select device_id, array_agg(time order by time) as times, array_agg(reachable order by time) as states"
        " from reach_change where time > %(start)s and time < %(end)s group by 1) c on c.device_id = d.id"
        " where d.created_at < %(end)s and (%(scope)s::int[] is null or d.building_id = any(%(scope)s)) order by b.name, d.kind, d.id",
        {"scope": scope, "start": start, "end": end},
    )


async def repairs(database: Database, scope: Sequence[int] | None, start: datetime, end: datetime) -> list[DictRow]:
    """`{building_id, kind, solved, mean_s, longest_s}` of critical and major problems of their own (no symptoms) that were solved
    from `start` to `end`; `kind` is empty for what is about no device."""
    return await database.rows(
        "select coalesce(p.building_id, d.building_id, g.building_id) as building_id, coalesce(d.kind, '') as kind,"
        " count(*)::int as solved, avg(extract(epoch from p.resolved_at - p.opened_at))::float8 as mean_s,"
        " max(extract(epoch from p.resolved_at - p.opened_at))::float8 as longest_s from problem p"
        " left join device d on d.id = p.device_id left join agent g on g.id = p.agent_id"
        " where p.resolved_at >= %(start)s and p.resolved_at < %(end)s and p.severity in ('critical', 'major') and not p.symptom"
        " and (%(scope)s::int[] is null or coalesce(p.building_id, d.building_id, g.building_id) = any(%(scope)s)) group by 1, 2",
        {"scope": scope, "start": start, "end": end},
    )
