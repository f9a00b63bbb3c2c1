"""What devices say besides samples: events, reachability, and facts about themselves and their points.

Late messages (a backlog) never overwrite what is newer; the history takes them where they belong in time.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg.types.json import Jsonb

from collector.store import links
from collector.store.database import Connection
from collector.store.meaning import UPLINKS, Meaning, PointFact, clean, meanings, uplinks
from collector.store.resolve import NO_DEVICE
from protocols.clock import utc
from protocols.metrics import CATALOGUE
from protocols.wire.batch import Event, Fact, Reach, Scalar

_UNITS = {metric.name: metric.unit for metric in CATALOGUE if metric.unit != "*"}


class ReachChange(NamedTuple):
    """A device began (or ceased) to answer at `time`."""

    device_id: int
    time: datetime
    reachable: bool
    detail: str


async def insert_events(connection: Connection, device_ids: Sequence[int], events: Iterable[Event]) -> list[int]:
    """Store the events of devices; their ids, in order. Events of the agent itself (device id 0) are left out."""
    rows = [event for event in events if device_ids[event.device]]
    if not rows:
        return []
    found = await connection.execute(
        "insert into event (device_id, time, kind, severity, detail)"
        " select device_id, time, kind, severity, detail from unnest(%s::int[], %s::timestamptz[], %s::text[],"
        " %s::text[], %s::jsonb[]) with ordinality as n (device_id, time, kind, severity, detail, position)"
        " order by position returning id",
        [
            [device_ids[event.device] for event in rows],
            [utc(event.time) for event in rows],
            [clean(event.kind) for event in rows],
            [event.severity for event in rows],
            [Jsonb(clean(event.detail)) for event in rows],
        ],
    )
    return [row["id"] for row in await found.fetchall()]


async def lock_devices(connection: Connection, ids: Iterable[int]) -> None:
    """Lock the rows of these devices in the one order that everybody keeps: once for all that a transaction will change."""
    await connection.execute(
        "select from device where id = any(%s) order by id for no key update", [sorted(set(ids) - {NO_DEVICE})]
    )


async def apply_reach(connection: Connection, device_ids: Sequence[int], reaches: Sequence[Reach]) -> list[ReachChange]:
    """Take in whether devices answered: each change is kept, the newest one is the device's state. Returns the changes.

    A row that repeats what was in force at its time is no change. The devices are to be locked.
    """
    rows = _steps(device_ids, reaches)
    if not rows:
        return []
    columns = [list(column) for column in zip(*rows, strict=True)]
    found = await connection.execute(
        "insert into reach_change (device_id, time, reachable, detail)"
        " select * from unnest(%s::int[], %s::timestamptz[], %s::bool[], %s::text[])"
        " as n (device_id, time, reachable, detail) where n.reachable is distinct from"
        " (select reachable from reach_change r where r.device_id = n.device_id and r.time < n.time"
        " order by time desc limit 1)"
        " on conflict (device_id, time) do update set reachable = excluded.reachable, detail = excluded.detail"
        " returning device_id, time, reachable, detail",
        columns,
    )
    changes = [ReachChange(**row) for row in await found.fetchall()]
    await _answered(connection, device_ids, reaches)
    await connection.execute(
        "update device set reachable = newest.reachable, reach_detail = newest.detail"
        " from (select distinct on (device_id) device_id, time, reachable, detail from reach_change"
        " where device_id = any(%s) order by device_id, time desc) as newest where device.id = newest.device_id",
        [sorted({change.device_id for change in changes})],
    )
    return changes


async def _answered(connection: Connection, device_ids: Sequence[int], reaches: Sequence[Reach]) -> None:
    heard: dict[int, int] = {}
    for reach in reaches:
        device_id = device_ids[reach.device]
        if device_id and reach.reachable:
            heard[device_id] = max(reach.time, heard.get(device_id, 0))
    await connection.execute(
        "update device set last_seen = greatest(last_seen, time)"
        " from unnest(%s::int[], %s::timestamptz[]) as n (id, time) where device.id = n.id",
        [list(heard), [utc(time) for time in heard.values()]],
    )


def _steps(device_ids: Sequence[int], reaches: Iterable[Reach]) -> list[tuple[int, datetime, bool, str]]:
    """The rows that change something among themselves, by device and time; the last of one stamp wins."""
    newest = {(device_ids[r.device], r.time): r for r in reaches if device_ids[r.device]}
    steps: list[tuple[int, datetime, bool, str]] = []
    for (device_id, time), reach in sorted(newest.items(), key=lambda item: item[0]):
        if not steps or steps[-1][0] != device_id or steps[-1][2] != reach.reachable:
            steps.append((device_id, utc(time), reach.reachable, clean(reach.detail)))
    return steps


async def apply_facts(connection: Connection, device_ids: Sequence[int], facts: Iterable[Fact]) -> None:
    """Take in what devices say of themselves: columns, attributes with their history, and their points' names and states.

    The devices are to be locked.
    """
    devices, points = meanings(device_ids, facts)
    if devices:
        await _keep_history(connection, devices)
        for meaning in devices:
            await _update_device(connection, meaning)
            if UPLINKS in meaning.said or meaning.columns["parent"] is not None:
                await links.learn(connection, meaning.device_id, uplinks(meaning), utc(meaning.time))
    if points:
        await _update_points(connection, points)


async def _keep_history(connection: Connection, devices: Sequence[Meaning]) -> None:
    rows = []
    last: dict[tuple[int, str], Scalar] = {}
    for meaning in devices:
        for name, value in sorted(meaning.said.items()):
            if last.get((meaning.device_id, name), ...) != value:
                rows.append((meaning.device_id, name, utc(meaning.time), Jsonb(value)))
            last[meaning.device_id, name] = value
    if not rows:
        return
    await connection.execute(
        "insert into attribute_history (device_id, name, time, value)"
        " select * from unnest(%s::int[], %s::text[], %s::timestamptz[], %s::jsonb[]) as n (device_id, name, time, value)"
        " where n.value is distinct from (select value from attribute_history h where h.device_id = n.device_id"
        " and h.name = n.name and h.time <= n.time order by h.time desc limit 1) on conflict do nothing",
        [list(column) for column in zip(*rows, strict=True)],
    )


async def _update_device(connection: Connection, meaning: Meaning) -> None:
    """Newer facts overwrite; older ones fill in what nothing newer was said of. A person's list goes before both."""
    parameters: dict[str, Any] = {
        **meaning.columns,
        "id": meaning.device_id,
        "time": utc(meaning.time),
        "attributes": Jsonb(meaning.attributes),
    }
    await connection.execute(
        "update device set facts_at = greatest(facts_at, %(time)s),"
        " attributes = jsonb_strip_nulls(case when newer then attributes || %(attributes)s"
        " else %(attributes)s || attributes end),"
        " name = coalesce(listed_name, case when newer or name = key then %(name)s end, name),"
        " address = case when newer or address is null then coalesce(%(address)s, address) else address end,"
        " room = coalesce(listed_room, case when newer or room is null then %(room)s end, room),"
        " parent_id = case when newer or parent_id is null then coalesce((select p.id from device p"
        " where p.agent_id = device.agent_id and p.key = %(parent)s and p.id <> device.id), parent_id)"
        " else parent_id end"
        " from (select coalesce(%(time)s >= facts_at, true) as newer from device where id = %(id)s) as n"
        " where id = %(id)s",
        parameters,
    )


async def _update_points(connection: Connection, points: Sequence[PointFact]) -> None:
    """Names and states of points; one that has not been sampled yet is made, with the catalogue's unit until it is."""
    columns: list[list[Any]] = [
        [point.device_id for point in points],
        [point.metric for point in points],
        [point.label for point in points],
        [point.name for point in points],
        [None if point.states is None else Jsonb(point.states) for point in points],
    ]
    await connection.execute(
        "insert into point (device_id, metric, label, unit)"
        " select * from unnest(%s::int[], %s::text[], %s::text[], %s::text[]) as n (device_id, metric, label, unit)"
        " where not exists (select from point p where p.device_id = n.device_id and p.metric = n.metric"
        " and p.label is not distinct from n.label)"
        " order by device_id, metric, label on conflict (device_id, metric, label) do nothing",
        [*columns[:3], [_UNITS.get(point.metric, "") for point in points]],
    )
    await connection.execute(
        "update point set name = coalesce(n.name, point.name), states = coalesce(n.states, point.states)"
        " from unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::jsonb[])"
        " as n (device_id, metric, label, name, states) where point.device_id = n.device_id"
        " and point.metric = n.metric and point.label is not distinct from n.label"
        " and (coalesce(n.name, point.name), coalesce(n.states, point.states))"
        " is distinct from (point.name, point.states)",
        columns,
    )
