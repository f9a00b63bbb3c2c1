"""The newest sample of each point, and when each device last answered: what overviews read instead of the history."""

import numpy as np
from numpy.typing import NDArray

from collector.store.database import Connection, Database
from collector.store.facts import lock_devices
from protocols.clock import utc


async def write_latest(
    database: Database, points: NDArray[np.int32], times_ms: NDArray[np.int64], values: NDArray[np.float64]
) -> None:
    """Take these samples in as the newest of their points where they are newer than what is there.

    A device answered at the newest of its samples, unless that one says that it was not reachable.
    """
    if not len(points):
        return
    order = np.lexsort((times_ms, points))
    newest = order[np.flatnonzero(np.append(np.diff(points[order]) != 0, True))]
    async with database.transaction() as connection:
        await connection.execute(
            "insert into point_last as kept select n.* from unnest(%s::int[], %s::timestamptz[], %s::float8[])"
            " as n (point_id, time, value) where exists (select from point where id = point_id) order by point_id"
            " on conflict (point_id) do update set time = excluded.time, value = excluded.value"
            " where excluded.time > kept.time",
            [points[newest].tolist(), [utc(ms) for ms in times_ms[newest].tolist()], values[newest].tolist()],
        )
        await _answered(connection, points[newest].tolist())


async def _answered(connection: Connection, points: list[int]) -> None:
    found = await connection.execute(
        "select p.device_id, max(l.time) as time from point_last l join point p on p.id = l.point_id"
        " where l.point_id = any(%s) and p.metric <> 'response.time' and (p.metric <> 'reachable' or l.value = 1)"
        " group by p.device_id",
        [points],
    )
    heard = {row["device_id"]: row["time"] for row in await found.fetchall()}
    await lock_devices(connection, heard)
    await connection.execute(
        "update device set last_seen = heard.time from unnest(%s::int[], %s::timestamptz[]) as heard (id, time)"
        " where device.id = heard.id and (last_seen is null or last_seen < heard.time)",
        [list(heard), list(heard.values())],
    )


async def rebuild(database: Database) -> None:
    """Make `point_last` right from the history, at start: what was committed and not yet noted when the collector ended."""
    await database.execute(
        "insert into point_last as kept select p.id, s.time, s.value from point p left join point_last l on l.point_id = p.id"
        " cross join lateral (select time, value from sample where point_id = p.id"
        " and time > coalesce(l.time, '-infinity') order by time desc limit 1) as s"
        " on conflict (point_id) do update set time = excluded.time, value = excluded.value"
        " where excluded.time > kept.time"
    )
