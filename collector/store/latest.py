"""The newest sample of each point, and when each device last answered: what overviews read instead of the history."""

import numpy as np
from numpy.typing import NDArray

from collector.store.database import Connection, Database
from collector.store.facts import lock_devices

AT_ONCE = 5_000
"""Points of one transaction."""


async def write_latest(
    database: Database, points: NDArray[np.int32], times_ms: NDArray[np.int64], values: NDArray[np.float64]
) -> None:
    """Take these samples in as the newest of their points where they are newer than what is there.

    A device answered at the newest of its samples, unless that one says that it was not reachable. In transactions of
    `AT_ONCE` points: what is written stays when a later one fails, and nobody waits long for these devices' locks.
    """
    order = np.lexsort((times_ms, points))
    newest = order[np.flatnonzero(np.diff(points[order], append=-1) != 0)]
    for first in range(0, len(newest), AT_ONCE):
        part = newest[first : first + AT_ONCE]
        async with database.transaction() as connection:
            await _write(connection, points[part].tolist(), times_ms[part].tolist(), values[part].tolist())


async def _write(connection: Connection, points: list[int], times_ms: list[int], values: list[float]) -> None:
    found = await connection.execute(
        "with written as (insert into point_last as kept"
        " select point_id, timestamptz 'epoch' + ms * interval '1 ms', value from unnest(%b::int[], %b::bigint[], %b::float8[])"
        " as n (point_id, ms, value) where exists (select from point where id = point_id) order by point_id"
        " on conflict (point_id) do update set time = excluded.time, value = excluded.value"
        " where excluded.time > kept.time returning point_id, time, value)"
        " select p.device_id, max(time) as time from written join point p on p.id = point_id"
        " where p.metric <> 'response.time' and (p.metric <> 'reachable' or value = 1) group by p.device_id",
        [points, times_ms, values],
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
