"""What the First Bell report rests on: a fixed number of queries for all buildings of a morning, each section bounded by building.

Every row has `building_id` (None: what belongs to no building) and `total`, how many there are of its section in that building.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString, NamedTuple

from psycopg.rows import DictRow

from collector.store.database import Database
from collector.store.outbox import BEHIND
from collector.store.overview import rows_of

MOST = 15
"""Lines of a section and building; the rest is counted."""
CHANGED_ATTRIBUTES = ("firmware", "version", "os", "model", "serial", "name", "location", "address")
"""What tells that a device was updated, replaced, renamed or moved; anything else that it says of itself is its own business."""
AUDITED = ("routes", "rule", "channel", "person", "schedule", "silence", "heartbeat", "report", "device", "devices")
"""What people change that changes what is told: the first word of an action in the audit log."""


class Asked(NamedTuple):
    """One building (None: what belongs to none), since when it is looked at, and until when what runs out is of interest."""

    building: int | None
    since: datetime
    horizon: datetime


class Gathered(NamedTuple):
    """Rows of every section, worst or newest first, and the figures of each building. What a forecast says calmly is not broken but
    `foreseen`."""

    broken: list[DictRow]
    foreseen: list[DictRow]
    healed: list[DictRow]
    runs_out: list[DictRow]
    devices: list[DictRow]
    attributes: list[DictRow]
    agents: list[DictRow]
    audit: list[DictRow]
    beats: list[DictRow]
    numbers: list[DictRow]


_ASKED: LiteralString = (
    "with asked (building_id, since, horizon) as"
    " (select * from unnest(%(buildings)s::int[], %(since)s::timestamptz[], %(horizon)s::timestamptz[]))"
)
_GRAVITY: LiteralString = "array_position(array['critical', 'major', 'minor', 'info'], p.severity)"
_PROBLEM: LiteralString = (
    " p.id, p.rule, p.title, p.severity, p.state, p.device_id, p.point_id, p.opened_at, p.resolved_at, p.acknowledged_by,"
    " p.snoozed_until, p.silenced is not null as silenced, p.reopened"
)
_OF: LiteralString = (
    " from problem p left join device d on d.id = p.device_id left join agent g on g.id = p.agent_id join asked a"
    " on a.building_id is not distinct from coalesce(p.building_id, d.building_id, g.building_id)"
)
_BROKEN: LiteralString = (
    _ASKED + " select p.*, (" + BEHIND + ") as behind from (select a.building_id," + _PROBLEM + ", p.agent_id,"
    " count(*) over place as total, count(*) filter (where p.severity in ('critical', 'major')) over place as grave,"
    " count(*) filter (where p.severity = 'minor') over place as minor,"
    " row_number() over (place order by " + _GRAVITY + ", p.opened_at, p.id) as place"
    + _OF + " where p.state <> 'resolved' and p.cause_id is null and"
    " (p.rule like 'forecast.%%' and p.severity in ('minor', 'info')) = %(foreseen)s window place as (partition by a.building_id)) p"
    " where p.place <= %(most)s order by " + _GRAVITY + ", p.opened_at, p.id"
)  # fmt: skip
_HEALED: LiteralString = (
    _ASKED + " select * from (select a.building_id," + _PROBLEM + ", count(*) over place as total,"
    " row_number() over (place order by " + _GRAVITY + ", p.resolved_at desc, p.id) as place"
    + _OF + " where p.state = 'resolved' and p.resolved_at > a.since and not p.symptom and p.cause_id is null"
    " and not exists (select from problem_event e where e.problem_id = p.id and e.change = 'resolved' and e.who is null"
    " and e.note <> '' and e.time = p.resolved_at)"  # its rule was switched off: nobody knows whether it has healed
    " window place as (partition by a.building_id)) p where p.place <= %(most)s order by " + _GRAVITY + ", p.resolved_at desc, p.id"
)  # fmt: skip
_RUNS_OUT: LiteralString = (
    _ASKED + " select * from (select d.building_id, f.point_id, f.unit, f.days, f.low, f.high, f.runs_out_at, p.metric,"
    " coalesce(p.name, p.label) as name, d.id as device_id, d.name as device, d.room,"
    " count(*) over (partition by d.building_id) as total, row_number() over (partition by d.building_id"
    " order by f.runs_out_at, p.id) as place from forecast f join point p on p.id = f.point_id join device d on d.id = p.device_id"
    " join asked a on a.building_id = d.building_id where f.runs_out_at <= a.horizon and f.days is not null"
    " and p.metric <> 'printer.tray.level') f where place <= %(most)s order by runs_out_at, point_id"
)
_DEVICES: LiteralString = (
    _ASKED + " select d.building_id, d.kind, count(*)::int as total, (array_agg(d.name order by d.id))[1:4] as names,"
    " (array_agg(d.id order by d.id))[1:4] as ids from device d join asked a on a.building_id = d.building_id"
    " where d.created_at > a.since group by 1, 2 order by 3 desc, 2"
)
_ATTRIBUTES: LiteralString = (
    _ASKED
    + " select * from (select d.building_id, d.id as device_id, d.name as device, h.name, h.time, h.value #>> '{}' as value,"
    " o.value #>> '{}' as before, count(*) over (partition by d.building_id) as total,"
    " row_number() over (partition by d.building_id order by h.time desc, d.id, h.name) as place"
    " from asked a join device d on d.building_id = a.building_id join attribute_history h on h.device_id = d.id"
    " join lateral (select value from attribute_history o where o.device_id = h.device_id and o.name = h.name and o.time <= a.since"
    " order by o.time desc limit 1) o on o.value is distinct from h.value"
    " where h.time > a.since and h.name = any(%(attributes)s) and not exists (select from attribute_history n"
    " where n.device_id = h.device_id and n.name = h.name and n.time > h.time)) h where place <= %(most)s order by time desc, device_id, name"
)
_AGENTS: LiteralString = (
    _ASKED + " select g.building_id, g.id, g.name, g.created_at, count(*) over (partition by g.building_id) as total"
    " from agent g join asked a on a.building_id = g.building_id where g.active and g.created_at > a.since order by g.created_at"
)
_AUDIT: LiteralString = (
    _ASKED
    + ", lines as (select l.who, l.action, l.target, l.time, b.id as building_id from audit l left join building b on"
    " 'building:' || b.id = l.target or (l.action like 'silence.%%' and l.after ->> 'building' = b.id::text)"
    " where l.time > (select min(since) from asked) and split_part(l.action, '.', 1) = any(%(audited)s))"
    " select l.building_id, l.who, l.action, (array_agg(l.target order by l.time desc))[1] as target, count(*)::int as times,"
    " max(l.time) as time from lines l join asked a on a.building_id is not distinct from l.building_id"
    " where l.time > a.since group by 1, 2, 3 order by 6 desc limit 200"
)
_BEATS: LiteralString = (
    _ASKED
    + " select b.building_id, b.name, count(*)::int as times, max(r.time) as time, coalesce((select n.state = 'ok'"
    " from beat_report n where n.beat_id = b.id and n.state <> 'start' order by n.id desc limit 1), false) as fine"
    " from beat b join beat_report r on r.beat_id = b.id join asked a on a.building_id is not distinct from b.building_id"
    " where r.state = 'fail' and r.time > a.since group by b.id order by 4 desc limit 200"
)
_NUMBERS: LiteralString = (
    _ASKED + " select a.building_id, b.name, b.timezone, coalesce(d.devices, 0)::int as devices,"
    " coalesce(d.unreachable, 0)::int as unreachable, coalesce(d.unknown, 0)::int as unknown, g.agents::int, g.silent::int,"
    " g.complete_upto from asked a join building b on b.id = a.building_id left join (select building_id, count(*) as devices,"
    " count(*) filter (where state = 'unreachable') as unreachable, count(*) filter (where state = 'unknown') as unknown"
    " from device where building_id = any(%(buildings)s) group by 1) d on d.building_id = a.building_id"
    " cross join lateral (select count(*) as agents, count(*) filter (where not online or last_seen is null) as silent,"
    " min(complete_upto) as complete_upto from agent where building_id = a.building_id and active) g order by b.name"
)


async def gather(database: Database, asked: Sequence[Asked]) -> Gathered:
    """Every section of every building that is asked for, as of one moment."""
    given: dict[str, Any] = {
        "buildings": [one.building for one in asked],
        "since": [one.since for one in asked],
        "horizon": [one.horizon for one in asked],
        "most": MOST,
        "attributes": list(CHANGED_ATTRIBUTES),
        "audited": list(AUDITED),
    }
    async with database.transaction() as connection:
        await connection.execute("set transaction isolation level repeatable read, read only")
        broken, foreseen = [await rows_of(connection, _BROKEN, given | {"foreseen": which}) for which in (False, True)]
        found = [await rows_of(connection, query, given) for query in _SECTIONS]
    return Gathered(broken, foreseen, *found)


_SECTIONS: tuple[LiteralString, ...] = (
    _HEALED, _RUNS_OUT, _DEVICES, _ATTRIBUTES, _AGENTS, _AUDIT, _BEATS, _NUMBERS,
)  # fmt: skip
