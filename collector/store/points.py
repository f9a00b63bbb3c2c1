"""Points as the API shows them: what is measured, in which unit, and the newest sample."""

from collections.abc import Sequence
from typing import NamedTuple

from psycopg.rows import DictRow

from collector.store.database import Database
from collector.store.paging import Page, decode, page

_POINTS = """
select p.id, p.device_id as device, p.metric, p.label, p.name, p.unit, p.states, l.time, l.value
from point p
join device d on d.id = p.device_id
left join point_last l on l.point_id = p.id
where (%(scope)s::int[] is null or d.building_id = any(%(scope)s))
    and (%(ids)s::int[] is null or p.id = any(%(ids)s))
    and (%(device)s::int is null or p.device_id = %(device)s)
    and (%(metric)s::text is null or p.metric = %(metric)s)
    and (%(building)s::int is null or d.building_id = %(building)s)
    and (%(kind)s::text is null or d.kind = %(kind)s)
    and p.id > %(after)s
order by p.id
limit %(limit)s
"""


class PointFilter(NamedTuple):
    """Which points: each None means any. `kind` is the device's."""

    device: int | None = None
    metric: str | None = None
    building: int | None = None
    kind: str | None = None


async def points(
    database: Database, scope: Sequence[int] | None, wanted: PointFilter, cursor: str | None, limit: int
) -> Page:
    """Points inside `scope` by id; `time` and `value` are None when nothing was heard yet. Raises `CursorError`."""
    (after,) = decode(cursor, (0,))
    params = {**wanted._asdict(), "scope": scope, "ids": None, "after": after, "limit": limit + 1}
    return page(await database.rows(_POINTS, params), limit, lambda row: (row["id"],))


async def points_by_id(database: Database, scope: Sequence[int] | None, ids: Sequence[int]) -> list[DictRow]:
    """Those of `ids` that exist inside `scope`, by id."""
    params = {**PointFilter()._asdict(), "scope": scope, "ids": list(ids), "after": 0, "limit": len(ids)}
    return await database.rows(_POINTS, params)
