"""Buildings as the API shows them: with the counts of their devices, open problems and agents."""

from collections.abc import Sequence

from psycopg.rows import DictRow

from collector.store.database import Database
from collector.store.paging import Page, decode, page

_BUILDINGS = """
select b.id, b.name, b.timezone,
    coalesce(d.total, 0) as total, coalesce(d.ok, 0) as ok, coalesce(d.problem, 0) as problem,
    coalesce(d.unreachable, 0) as unreachable, coalesce(d.unknown, 0) as unknown,
    (select count(*) from problem p where p.building_id = b.id and p.state <> 'resolved' and p.cause_id is null)
        as problems,
    (select count(*) from agent a where a.building_id = b.id and a.active) as agents
from building b
left join lateral (
    select count(*) as total,
        count(*) filter (where state = 'ok') as ok,
        count(*) filter (where state = 'problem') as problem,
        count(*) filter (where state = 'unreachable') as unreachable,
        count(*) filter (where state = 'unknown') as unknown
    from device where building_id = b.id
) d on true
where (%(scope)s::int[] is null or b.id = any(%(scope)s))
    and (%(id)s::int is null or b.id = %(id)s)
    and b.name > %(after)s
order by b.name
limit %(limit)s
"""


async def buildings(database: Database, scope: Sequence[int] | None, cursor: str | None, limit: int) -> Page:
    """Buildings inside `scope` by name. Raises `CursorError`."""
    (after,) = decode(cursor, ("",))
    rows = await database.rows(_BUILDINGS, {"scope": scope, "id": None, "after": after, "limit": limit + 1})
    return page(rows, limit, lambda row: (row["name"],))


async def building(database: Database, scope: Sequence[int] | None, building_id: int) -> DictRow | None:
    """One building, None when it is not there or outside `scope`."""
    return await database.row(_BUILDINGS, {"scope": scope, "id": building_id, "after": "", "limit": 1})


async def building_ids(database: Database, names: Sequence[str]) -> dict[str, int | None]:
    """Each name with the id of the building called so, or None."""
    rows = await database.rows("select name, id from building where name = any(%s)", [list(names)])
    found: dict[str, int | None] = dict.fromkeys(names)
    found.update({row["name"]: row["id"] for row in rows})
    return found
