"""What the console's pages ask: a bounded number of queries a page, however many devices there are.

`scope` is the caller's buildings (None: all); what lies outside is not found. Times are aware UTC datetimes.
"""

from datetime import datetime, timedelta
from typing import LiteralString, NamedTuple

from psycopg.rows import DictRow

from collector.store.database import Connection, Database, Params

CAUSES = 100
DEVICES = 2_000
POINTS = 1_000
CHANGES = 40
_SYMPTOMS = 500
_POLLED = timedelta(hours=6)
_DAY = timedelta(hours=24)

_PROBLEM: LiteralString = """
    select p.id, p.rule, p.severity, p.state, p.title, p.advice, p.building_id, b.name as building, b.timezone,
           p.agent_id, p.device_id, p.point_id, d.name as device, p.opened_at, p.resolved_at, p.acknowledged_by,
           p.snoozed_until
    from problem p left join device d on d.id = p.device_id
    left join agent a on a.id = p.agent_id
    left join building b on b.id = coalesce(p.building_id, d.building_id, a.building_id)
"""
_WORST_FIRST: LiteralString = " order by array_position(array['critical', 'major', 'minor', 'info'], p.severity), p.opened_at, p.id limit %(most)s"
_LIVE: LiteralString = _PROBLEM + " where p.state <> 'resolved' and p.cause_id is null"
_SCOPE: LiteralString = " (%(scope)s::int[] is null or b.id = any(%(scope)s))"


class District(NamedTuple):
    """What Now shows: rows of each kind, as plain dictionaries named like their columns."""

    buildings: list[DictRow]
    counts: list[DictRow]
    agents: list[DictRow]
    causes: list[DictRow]
    symptoms: list[DictRow]
    behind: list[DictRow]
    day: list[DictRow]
    changes: list[DictRow]
    events: list[DictRow]


class Building(NamedTuple):
    """What a building's page shows. `values` are the newest values of the metrics that were asked for."""

    building: DictRow
    devices: list[DictRow]
    agents: list[DictRow]
    gaps: list[DictRow]
    causes: list[DictRow]
    symptoms: list[DictRow]
    behind: list[DictRow]
    day: list[DictRow]
    values: list[DictRow]


class Device(NamedTuple):
    """What a device's page shows. `recent` are the last two hours of its points in steps of two minutes."""

    device: DictRow
    points: list[DictRow]
    problems: list[DictRow]
    events: list[DictRow]
    attributes: list[DictRow]
    reach: list[DictRow]
    polls: list[datetime]
    recent: list[DictRow]


async def district(database: Database, scope: list[int] | None, now: datetime, since: datetime) -> District:
    """Everything on Now: `since` is from when on changes are told."""
    given = {"scope": scope, "now": now, "since": since, "most": CAUSES, "changes": CHANGES, "day": now - _DAY}
    async with database.transaction() as connection:
        buildings = await _rows(
            connection,
            "select b.id, b.name, b.timezone, b.created_at from building b where" + _SCOPE + " order by b.name",
            given,
        )
        counts = await _rows(
            connection,
            "select building_id, array_agg(kind) as kinds, array_agg(state) as states, array_agg(devices) as devices"
            " from (select building_id, kind, state, count(*)::int as devices from device"
            " where %(scope)s::int[] is null or building_id = any(%(scope)s) group by 1, 2, 3) counted group by 1",
            given,
        )
        agents = await _agents(connection, given)
        causes = await _rows(connection, _LIVE + " and" + _SCOPE + _WORST_FIRST, given)
        changes = await _rows(connection, _PROBLEM + _CHANGED, given)
        events = await _rows(connection, _NOTABLE, given)
        folded, day = await _folded(connection, causes), await _day(connection, given)
        return District(buildings, counts, agents, causes, *folded, day, changes, events)


_CHANGED: LiteralString = (
    " where p.cause_id is null and p.opened_at > %(since)s - interval '30 days'"
    " and (p.opened_at > %(since)s or p.resolved_at > %(since)s) and"
    + _SCOPE
    + " order by coalesce(p.resolved_at, p.opened_at) desc, p.id desc limit %(changes)s"
)
_NOTABLE: LiteralString = (
    "select e.id, e.time, e.kind, e.severity, e.device_id, d.name as device, b.name as building, b.timezone"
    " from event e join device d on d.id = e.device_id join building b on b.id = d.building_id"
    " where e.time > %(since)s and e.time <= %(now)s and e.severity <> 'info' and"
    + _SCOPE
    + " order by e.time desc, e.id desc limit %(changes)s"
)


async def building(
    database: Database, building_id: int, scope: list[int] | None, now: datetime, metrics: list[str]
) -> Building | None:
    """Everything on a building's page; None when it is not there or outside `scope`."""
    given = {"id": building_id, "scope": scope, "now": now, "day": now - _DAY, "most": CAUSES, "metrics": metrics}
    async with database.transaction() as connection:
        found = await _rows(
            connection,
            "select b.id, b.name, b.timezone, b.created_at from building b where b.id = %(id)s and" + _SCOPE,
            given,
        )
        if not found:
            return None
        given |= {"scope": [building_id], "devices": DEVICES}
        devices = await _rows(
            connection,
            "select id, agent_id, key, kind, name, room, address, parent_id, state, state_since, last_seen,"
            " reach_detail from device where building_id = %(id)s order by kind, name, id limit %(devices)s",
            given,
        )
        agents = await _agents(connection, given)
        gaps = await _rows(
            connection,
            "select g.agent_id, g.since, g.until, g.reason, g.samples from gap g join agent a on a.id = g.agent_id"
            " where a.building_id = %(id)s and g.until > %(now)s - interval '7 days' order by g.since desc limit 20",
            given,
        )
        causes = await _rows(connection, _LIVE + " and" + _SCOPE + _WORST_FIRST, given)
        values = await _rows(
            connection,
            "select p.device_id, p.metric, p.label, p.name, p.unit, l.time, l.value from device d"
            " join point p on p.device_id = d.id join point_last l on l.point_id = p.id"
            " where d.building_id = %(id)s and p.metric = any(%(metrics)s)",
            given,
        )
        folded, day = await _folded(connection, causes), await _day(connection, given)
        return Building(found[0], devices, agents, gaps, causes, *folded, day, values)


async def device(database: Database, device_id: int, scope: list[int] | None, now: datetime) -> Device | None:
    """Everything on a device's page; None when it is not there or outside `scope`."""
    given = {"id": device_id, "scope": scope, "now": now, "day": now - _DAY, "most": 20, "points": POINTS}
    async with database.transaction() as connection:
        found = await _rows(connection, _DEVICE + " and" + _SCOPE, given)
        if not found:
            return None
        points = await _rows(
            connection,
            "select p.id, p.metric, p.label, p.unit, p.name, p.states, l.time, l.value from point p"
            " left join point_last l on l.point_id = p.id where p.device_id = %(id)s"
            " order by p.metric, p.label nulls first limit %(points)s",
            given,
        )
        problems = await _rows(
            connection,
            _PROBLEM + " where p.device_id = %(id)s and (p.state <> 'resolved' or p.resolved_at > %(now)s -"
            " interval '30 days') order by (p.state = 'resolved'), p.opened_at desc limit %(most)s",
            given,
        )
        events = await _rows(
            connection,
            "select time, kind, severity, detail from event where device_id = %(id)s order by time desc, id desc"
            " limit %(most)s",
            given,
        )
        attributes = await _rows(
            connection,
            "select name, time, value from attribute_history where device_id = %(id)s order by time desc, name limit 60",
            given,
        )
        return Device(
            found[0],
            points,
            problems,
            events,
            attributes,
            await _reach(connection, given),
            await _polls(connection, points, now),
            await _recent(connection, points, now),
        )


_DEVICE: LiteralString = """
    select d.id, d.key, d.kind, d.name, d.room, d.address, d.state, d.state_since, d.last_seen, d.reachable,
           d.reach_detail, d.attributes, d.created_at, d.parent_id, parent.name as parent, b.id as building_id,
           b.name as building, b.timezone, a.id as agent_id, a.name as agent, a.online, a.last_seen as agent_seen
    from device d join building b on b.id = d.building_id join agent a on a.id = d.agent_id
    left join device parent on parent.id = d.parent_id and parent.building_id = d.building_id
    where d.id = %(id)s
"""


async def _rows(connection: Connection, query: LiteralString, given: Params) -> list[DictRow]:
    return await (await connection.execute(query, given)).fetchall()


async def _agents(connection: Connection, given: Params) -> list[DictRow]:
    return await _rows(
        connection,
        "select a.id, a.name, a.building_id, a.online, a.version, a.last_seen, a.complete_upto from agent a"
        " join building b on b.id = a.building_id where a.active and" + _SCOPE + " order by a.id",
        given,
    )


async def _folded(connection: Connection, causes: list[DictRow]) -> tuple[list[DictRow], list[DictRow]]:
    """What belongs to these causes: the problems that are their symptoms, and what does not answer behind them."""
    return await _symptoms(connection, causes), await _behind(connection, causes)


async def _symptoms(connection: Connection, causes: list[DictRow]) -> list[DictRow]:
    return await _rows(
        connection,
        "select p.cause_id, p.title, p.device_id, d.name as device from problem p left join device d on"
        " d.id = p.device_id where p.cause_id = any(%s) and p.state <> 'resolved' order by p.id limit %s",
        [[cause["id"] for cause in causes], _SYMPTOMS],
    )


async def _behind(connection: Connection, causes: list[DictRow]) -> list[DictRow]:
    """What is not answering below the devices and agents that these causes name, counted by kind."""
    roots = [cause["device_id"] for cause in causes if cause["device_id"] is not None]
    agents = [cause["agent_id"] for cause in causes if cause["device_id"] is None and cause["agent_id"] is not None]
    if not roots and not agents:
        return []
    return await _rows(
        connection,
        "with recursive below (root, id) as ("
        "   select parent_id, id from device where parent_id = any(%(roots)s)"
        "   union select b.root, d.id from below b join device d on d.parent_id = b.id)"
        " select root::text as root, kind, count(*) as devices from below join device d using (id)"
        " where d.state in ('unreachable', 'unknown') group by 1, 2"
        " union all select agent_id, kind, count(*) from device where agent_id = any(%(agents)s) group by 1, 2",
        {"roots": roots, "agents": agents},
    )


async def _day(connection: Connection, given: Params) -> list[DictRow]:
    """Causes that were live within the last 24 hours, for the strips."""
    return await _rows(
        connection,
        "select b.id as building_id, p.severity, p.device_id is null and p.agent_id is not null as silent,"
        " p.opened_at, p.resolved_at from problem p left join device d on d.id = p.device_id"
        " left join agent a on a.id = p.agent_id"
        " join building b on b.id = coalesce(p.building_id, d.building_id, a.building_id)"
        " where p.cause_id is null and (p.state <> 'resolved' or"
        " (p.resolved_at > %(day)s and p.opened_at > %(day)s - interval '30 days')) and"
        + _SCOPE
        + " order by p.opened_at desc limit 5000",
        given,
    )


async def _reach(connection: Connection, given: Params) -> list[DictRow]:
    """Changes of reach in the last 24 hours and the one before them, oldest first."""
    return await _rows(
        connection,
        "select time, reachable, detail from (select * from reach_change where device_id = %(id)s and time >="
        " coalesce((select max(time) from reach_change where device_id = %(id)s and time <= %(day)s), %(day)s)"
        " order by time desc limit 500) newest order by time",
        given,
    )


async def _polls(connection: Connection, points: list[DictRow], now: datetime) -> list[datetime]:
    """When the device was polled last, newest first: what its interval is learned from."""
    polled = [point["id"] for point in points if point["metric"] == "reachable"]
    rows = await _rows(
        connection,
        "select time from sample where point_id = any(%s) and time > %s order by time desc limit 12",
        [polled, now - _POLLED],
    )
    return [row["time"] for row in rows]


async def _recent(connection: Connection, points: list[DictRow], now: datetime) -> list[DictRow]:
    """The last two hours of the first 80 points: point_id, time (seconds), low, mean, high."""
    return await _rows(
        connection,
        "select point_id, extract(epoch from date_bin('2 minutes', time, 'epoch'))::float8 as time,"
        " min(value) as low, avg(value) as mean, max(value) as high from sample"
        " where point_id = any(%s) and time > %s and time <= %s group by 1, 2 order by 1, 2",
        [[point["id"] for point in points][:80], now - timedelta(hours=2), now],
    )
