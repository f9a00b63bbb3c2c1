"""The past that a preview of a rule judges: its points, the days on which it may have held, their samples, reach, and problems."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg.rows import DictRow

from collector.store.database import Database


async def points(database: Database, metric: str) -> list[DictRow]:
    """`{id, device_id, metric, label, unit, name, states, device, building, building_id}` of every point of a metric."""
    return await database.rows(
        "select p.id, p.device_id, p.metric, p.label, p.unit, p.name, p.states, null::timestamptz as last, d.name as device,"
        " d.building_id, b.name as building from point p join device d on d.id = p.device_id"
        " join building b on b.id = d.building_id where p.metric = %s order by p.id",
        [metric],
    )


async def days(database: Database, ids: Sequence[int], since: datetime) -> list[DictRow]:
    """`{point_id, time, min, max, count}` of each point and UTC day."""
    return await database.rows(
        "select point_id, time, min, max, count from rollup_1d where point_id = any(%s) and time >= %s order by time",
        [list(ids), since],
    )


async def raw_from(database: Database) -> datetime | None:
    """Raw samples before it are gone; None: none yet."""
    row = await database.row("select raw_from from rollup_state")
    return row["raw_from"] if row else None


async def samples(
    database: Database, ids: Sequence[int], start: datetime, end: datetime, raw: bool
) -> list[tuple[int, int, float]]:
    """(point, ms, value) of these points in order of time; of 5-minute rollups the least at the start and the most in the middle."""
    held: dict[str, Any] = {"ids": list(ids), "start": start, "end": end}
    if raw:
        rows = await database.rows(
            "select point_id, (extract(epoch from time) * 1000)::bigint as at, value from sample"
            " where point_id = any(%(ids)s) and time >= %(start)s and time < %(end)s order by time",
            held,
        )
        return [(row["point_id"], row["at"], row["value"]) for row in rows]
    rows = await database.rows(
        "select point_id, (extract(epoch from time) * 1000)::bigint as at, min, max from rollup_5m"
        " where point_id = any(%(ids)s) and time >= %(start)s and time < %(end)s order by time",
        held,
    )
    return [
        (row["point_id"], row["at"] + shift, row[name])
        for row in rows
        for name, shift in (("min", 0), ("max", 150_000))
    ]


async def problems(database: Database, rule: str, since: datetime) -> list[DictRow]:
    """`{device_id, building_id, building, opened_at, resolved_at}` of what the rule opened, symptoms left out."""
    return await database.rows(
        "select p.device_id, p.building_id, b.name as building, p.opened_at, p.resolved_at from problem p"
        " left join building b on b.id = p.building_id"
        " where p.rule = %s and p.opened_at >= %s and not p.symptom order by p.opened_at",
        [rule, since],
    )


async def events(
    database: Database, of: Sequence[int], kinds: Sequence[str], since: datetime, most: int
) -> list[DictRow]:
    """`{device_id, time, kind, severity, detail}` of these devices' newest events of these kinds since then, in order of time; at
    most so many."""
    rows = await database.rows(
        "select device_id, time, kind, severity, detail from event where device_id = any(%s) and time >= %s and kind = any(%s)"
        " order by time desc, id desc limit %s",
        [list(of), since, list(kinds), most],
    )
    return rows[::-1]


async def reach(database: Database, since: datetime) -> list[DictRow]:
    """`{device_id, time, reachable}`, each change since then, in order."""
    return await database.rows(
        "select device_id, time, reachable from reach_change where time >= %s order by time", [since]
    )


async def devices(database: Database) -> list[DictRow]:
    """`{id, agent_id, parent_id, building_id, kind, name, building}` of every device."""
    return await database.rows(
        "select d.id, d.agent_id, d.parent_id, d.building_id, d.kind, d.name, b.name as building from device d"
        " join building b on b.id = d.building_id"
    )
