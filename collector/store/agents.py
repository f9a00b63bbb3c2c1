"""Agents as the API shows them: what each last said of itself."""

from collections.abc import Sequence

from psycopg.rows import DictRow

from collector.store.database import Database
from collector.store.paging import Page, decode, page

_AGENTS = """
select id, building_id as building, name, active, online, version, last_seen, complete_upto, status
from agent
where (%(scope)s::int[] is null or building_id = any(%(scope)s))
    and (%(id)s::text is null or id = %(id)s)
    and (%(building)s::int is null or building_id = %(building)s)
    and id > %(after)s
order by id
limit %(limit)s
"""


async def agents(
    database: Database, scope: Sequence[int] | None, building: int | None, cursor: str | None, limit: int
) -> Page:
    """Agents inside `scope` by id; `status` is the message as received. Raises `CursorError`."""
    (after,) = decode(cursor, ("",))
    params = {"scope": scope, "id": None, "building": building, "after": after, "limit": limit + 1}
    return page(await database.rows(_AGENTS, params), limit, lambda row: (row["id"],))


async def agent(database: Database, scope: Sequence[int] | None, agent_id: str) -> DictRow | None:
    """One agent, None when it is not there or outside `scope`."""
    return await database.row(_AGENTS, {"scope": scope, "id": agent_id, "building": None, "after": "", "limit": 1})
