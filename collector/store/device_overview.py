"""What a device's page asks: a bounded number of queries, however many points and however much history it has."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import LiteralString, NamedTuple

from psycopg.rows import DictRow

from collector.store.database import Connection, Database, Params
from collector.store.overview import PROBLEM, SCOPE, rows_of

POINTS = 1_000
_DRAWN = 80
_POLLED = timedelta(hours=6)
_DAY = timedelta(hours=24)


class Device(NamedTuple):
    """What a device's page shows. `recent` are the last two hours of some points in steps of two minutes."""

    device: DictRow
    points: list[DictRow]
    problems: list[DictRow]
    events: list[DictRow]
    attributes: list[DictRow]
    reach: list[DictRow]
    polls: list[datetime]
    recent: list[DictRow]


_DEVICE: LiteralString = """
    select d.id, d.key, d.kind, d.name, d.room, d.address, d.state, d.state_since, d.last_seen, d.reachable,
           d.reach_detail, d.attributes, d.created_at, d.parent_id, parent.name as parent, b.id as building_id,
           b.name as building, b.timezone, a.id as agent_id, a.name as agent, a.online, a.last_seen as agent_seen
    from device d join building b on b.id = d.building_id join agent a on a.id = d.agent_id
    left join device parent on parent.id = d.parent_id and parent.building_id = d.building_id
    where d.id = %(id)s
"""


async def device(
    database: Database,
    device_id: int,
    scope: list[int] | None,
    now: datetime,
    drawn: Callable[[list[DictRow]], list[int]],
) -> Device | None:
    """Everything on a device's page; None when it is not there or outside `scope`.

    `drawn` puts the ids of its points in order: the first 80 come with their last two hours.
    """
    given = {"id": device_id, "scope": scope, "now": now, "day": now - _DAY, "most": 20, "points": POINTS}
    async with database.transaction() as connection:
        found = await rows_of(connection, _DEVICE + " and" + SCOPE, given)
        if not found:
            return None
        points = await rows_of(
            connection,
            "select p.id, p.metric, p.label, p.unit, p.name, p.states, l.time, l.value from point p"
            " left join point_last l on l.point_id = p.id where p.device_id = %(id)s"
            " order by p.metric, p.label nulls first limit %(points)s",
            given,
        )
        problems = await rows_of(
            connection,
            PROBLEM + " where p.device_id = %(id)s and (p.state <> 'resolved' or p.resolved_at > %(now)s -"
            " interval '30 days') order by (p.state = 'resolved'), p.opened_at desc limit %(most)s",
            given,
        )
        events = await rows_of(
            connection,
            "select time, kind, severity, detail from event where device_id = %(id)s order by time desc, id desc"
            " limit %(most)s",
            given,
        )
        attributes = await rows_of(
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
            await _recent(connection, drawn(points)[:_DRAWN], now),
        )


async def _reach(connection: Connection, given: Params) -> list[DictRow]:
    """Changes of reach in the last 24 hours and the one before them, oldest first."""
    return await rows_of(
        connection,
        "select time, reachable, detail from (select * from reach_change where device_id = %(id)s and time >="
        " coalesce((select max(time) from reach_change where device_id = %(id)s and time <= %(day)s), %(day)s)"
        " order by time desc limit 500) newest order by time",
        given,
    )


async def _polls(connection: Connection, points: list[DictRow], now: datetime) -> list[datetime]:
    """When the device was polled last, newest first: what its interval is learned from."""
    polled = [point["id"] for point in points if point["metric"] == "reachable"]
    rows = await rows_of(
        connection,
        "select time from sample where point_id = any(%s) and time > %s order by time desc limit 12",
        [polled, now - _POLLED],
    )
    return [row["time"] for row in rows]


async def _recent(connection: Connection, points: list[int], now: datetime) -> list[DictRow]:
    """The last two hours of these points: point_id, time (seconds), low, mean, high."""
    return await rows_of(
        connection,
        "select point_id, extract(epoch from date_bin('2 minutes', time, 'epoch'))::float8 as time,"
        " min(value) as low, avg(value) as mean, max(value) as high from sample"
        " where point_id = any(%s) and time > %s and time <= %s group by 1, 2 order by 1, 2",
        [points, now - timedelta(hours=2), now],
    )
