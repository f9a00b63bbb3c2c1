"""What the console's pages ask: a bounded number of queries a page, however many devices there are.

`scope` is the caller's buildings (None: all); what lies outside is not found. Times are aware UTC datetimes.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, LiteralString, NamedTuple

from psycopg.rows import DictRow

from collector.store.calendars import DISTRICT_ZONE
from collector.store.database import Connection, Database, Params

CAUSES = 100
DEVICES = 2_000
CHANGES = 40
_SYMPTOMS = 500
_DAY = timedelta(hours=24)

PROBLEM: LiteralString = (
    """
    select p.id, p.rule, p.severity, p.state, p.title, p.advice, p.building_id, b.name as building,
           coalesce(b.timezone, """
    + DISTRICT_ZONE
    + """) as timezone,
           p.agent_id, p.device_id, p.point_id, d.name as device, p.opened_at, p.resolved_at, p.acknowledged_by,
           p.snoozed_until
    from problem p left join device d on d.id = p.device_id
    left join agent a on a.id = p.agent_id
    left join building b on b.id = coalesce(p.building_id, d.building_id, a.building_id)
"""
)
"""Of a problem; of one that belongs to no building in the district's own time."""
_WORST_FIRST: LiteralString = " order by array_position(array['critical', 'major', 'minor', 'info'], p.severity), p.opened_at, p.id limit %(most)s"
_LIVE: LiteralString = PROBLEM + " where p.state <> 'resolved' and p.cause_id is null"
SCOPE: LiteralString = " (%(scope)s::int[] is null or b.id = any(%(scope)s))"

TOUCHED: LiteralString = (
    " (%(scope)s::int[] is null or b.id = any(%(scope)s) or (b.id is null and"
    " exists (select from problem s where s.cause_id = p.id and s.building_id = any(%(scope)s))))"
)
"""Of problems: a fault of several schools is of no building, and is seen from each that it touches."""


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


async def district(database: Database, scope: list[int] | None, now: datetime, since: datetime) -> District:
    """Everything on Now: `since` is from when on changes are told."""
    given = {"scope": scope, "now": now, "since": since, "most": CAUSES, "changes": CHANGES, "day": now - _DAY}
    async with database.transaction() as connection:
        buildings = await rows_of(
            connection,
            "select b.id, b.name, b.timezone, b.created_at from building b where" + SCOPE + " order by b.name",
            given,
        )
        counts = await rows_of(
            connection,
            "select building_id, array_agg(kind) as kinds, array_agg(state) as states, array_agg(devices) as devices"
            " from (select building_id, kind, state, count(*)::int as devices from device"
            " where %(scope)s::int[] is null or building_id = any(%(scope)s) group by 1, 2, 3) counted group by 1",
            given,
        )
        agents = await _agents(connection, given)
        causes = await rows_of(connection, _LIVE + " and" + TOUCHED + _WORST_FIRST, given)
        changes = await rows_of(connection, PROBLEM + _CHANGED, given)
        events = await rows_of(connection, _NOTABLE, given)
        folded, day = await _folded(connection, causes, given), await _day(connection, given)
        return District(buildings, counts, agents, causes, *folded, day, changes, events)


_CHANGED: LiteralString = (
    " where p.cause_id is null and p.opened_at > %(since)s - interval '30 days'"
    " and (p.opened_at > %(since)s or p.resolved_at > %(since)s) and"
    + TOUCHED
    + " order by coalesce(p.resolved_at, p.opened_at) desc, p.id desc limit %(changes)s"
)
_NOTABLE: LiteralString = (
    "select e.id, e.time, e.kind, e.severity, e.detail, e.device_id, d.name as device, b.name as building, b.timezone"
    " from event e join device d on d.id = e.device_id join building b on b.id = d.building_id"
    " where e.time > %(since)s and e.time <= %(now)s and e.severity <> 'info' and"
    + SCOPE
    + " order by e.time desc, e.id desc limit %(changes)s"
)


async def building(
    database: Database, building_id: int, scope: list[int] | None, now: datetime, metrics: list[str]
) -> Building | None:
    """Everything on a building's page; None when it is not there or outside `scope`."""
    given = {"id": building_id, "scope": scope, "now": now, "day": now - _DAY, "most": CAUSES, "metrics": metrics}
    async with database.transaction() as connection:
        found = await rows_of(
            connection,
            "select b.id, b.name, b.timezone, b.created_at from building b where b.id = %(id)s and" + SCOPE,
            given,
        )
        if not found:
            return None
        given |= {"scope": [building_id], "devices": DEVICES}
        devices = await rows_of(
            connection,
            "select id, agent_id, key, kind, name, room, address, parent_id, state, state_since, last_seen,"
            " reach_detail from device where building_id = %(id)s order by kind, name, id limit %(devices)s",
            given,
        )
        agents = await _agents(connection, given)
        gaps = await rows_of(
            connection,
            "select g.agent_id, g.since, g.until, g.reason, g.samples from gap g join agent a on a.id = g.agent_id"
            " where a.building_id = %(id)s and g.until > %(now)s - interval '7 days' order by g.since desc limit 20",
            given,
        )
        causes = await rows_of(connection, _LIVE + " and" + TOUCHED + _WORST_FIRST, given)
        values = await rows_of(
            connection,
            "select p.device_id, p.metric, p.label, p.name, p.unit, l.time, l.value from device d"
            " join point p on p.device_id = d.id join point_last l on l.point_id = p.id"
            " where d.building_id = %(id)s and p.metric = any(%(metrics)s)",
            given,
        )
        folded, day = await _folded(connection, causes, given), await _day(connection, given)
        return Building(found[0], devices, agents, gaps, causes, *folded, day, values)


async def rows_of(connection: Connection, query: LiteralString, given: Params) -> list[DictRow]:
    """What one query of a page answers."""
    return await (await connection.execute(query, given)).fetchall()


async def _agents(connection: Connection, given: Params) -> list[DictRow]:
    return await rows_of(
        connection,
        "select a.id, a.name, a.building_id, a.online, a.version, a.last_seen, a.complete_upto from agent a"
        " join building b on b.id = a.building_id where a.active and" + SCOPE + " order by a.id",
        given,
    )


async def _folded(
    connection: Connection, causes: list[DictRow], given: dict[str, Any]
) -> tuple[list[DictRow], list[DictRow]]:
    """What belongs to these causes: the problems that are their symptoms, and what does not answer behind them."""
    return await _symptoms(connection, causes, given), await _behind(connection, causes)


async def _symptoms(connection: Connection, causes: list[DictRow], given: dict[str, Any]) -> list[DictRow]:
    return await rows_of(
        connection,
        "select p.cause_id, p.title, p.device_id, d.name as device from problem p left join device d on"
        " d.id = p.device_id where p.cause_id = any(%(causes)s) and p.state <> 'resolved'"
        " and (%(scope)s::int[] is null or p.building_id = any(%(scope)s)) order by p.id limit %(symptoms)s",
        {"causes": [cause["id"] for cause in causes], "scope": given["scope"], "symptoms": _SYMPTOMS},
    )


async def _behind(connection: Connection, causes: list[DictRow]) -> list[DictRow]:
    """What is not answering below the devices and agents that these causes name, counted by kind."""
    roots = [cause["device_id"] for cause in causes if cause["device_id"] is not None]
    agents = [cause["agent_id"] for cause in causes if cause["device_id"] is None and cause["agent_id"] is not None]
    if not roots and not agents:
        return []
    return await rows_of(
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
    return await rows_of(
        connection,
        "select b.id as building_id, p.severity, p.device_id is null and p.agent_id is not null as silent,"
        " p.opened_at, p.resolved_at from problem p left join device d on d.id = p.device_id"
        " left join agent a on a.id = p.agent_id"
        " join building b on b.id = coalesce(p.building_id, d.building_id, a.building_id)"
        " where p.cause_id is null and (p.state <> 'resolved' or"
        " (p.resolved_at > %(day)s and p.opened_at > %(day)s - interval '30 days')) and"
        + SCOPE
        + " order by p.opened_at desc limit 5000",
        given,
    )


async def building_names(database: Database, scope: Sequence[int] | None) -> list[DictRow]:
    """`{id, name}` of every building inside `scope`, by name."""
    return await database.rows(
        "select id, name from building where %(scope)s::int[] is null or id = any(%(scope)s) order by name",
        {"scope": scope},
    )


async def zones(database: Database) -> list[str]:
    """The time zone of each building."""
    return [row["timezone"] for row in await database.rows("select timezone from building")]


async def kind_names(database: Database, scope: Sequence[int] | None) -> list[str]:
    """The kinds of devices that there are inside `scope`."""
    rows = await database.rows(
        "select distinct kind from device where %(scope)s::int[] is null or building_id = any(%(scope)s) order by kind",
        {"scope": scope},
    )
    return [row["kind"] for row in rows]
