"""Points as the API shows them: what is measured, in which unit, and the newest sample."""

from collections.abc import Sequence
from typing import NamedTuple

from collector.store.database import Database
from collector.store.paging import Page, Row, decode, page

_POINTS = """
select p.id, p.device_id as device, p.metric, p.label, p.name, p.unit, p.states, l.time, l.value,
    d.building_id as building, d.name as device_name
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


class Chosen(NamedTuple):
    """Points by their ids (None: any) and by what they are."""

    ids: list[int] | None
    wanted: PointFilter


async def points(
    database: Database, scope: Sequence[int] | None, wanted: PointFilter, cursor: str | None, limit: int
) -> Page:
    """Points inside `scope` by id; `time` and `value` are None when nothing was heard yet. Raises `CursorError`."""
    return await among(database, scope, Chosen(None, wanted), cursor, limit)


async def among(
    database: Database, scope: Sequence[int] | None, chosen: Chosen, cursor: str | None, limit: int
) -> Page:
    """The same, of the points named by id alone when there are `ids`."""
    (after,) = decode(cursor, (0,))
    params = {**chosen.wanted._asdict(), "scope": scope, "ids": chosen.ids, "after": after, "limit": limit + 1}
    return page(await database.rows(_POINTS, params), limit, lambda row: (row["id"],))


async def points_by_id(database: Database, scope: Sequence[int] | None, ids: Sequence[int]) -> list[Row]:
    """Those of `ids` that exist inside `scope`, by id."""
    return (await among(database, scope, Chosen(list(ids), PointFilter()), None, len(ids))).items
