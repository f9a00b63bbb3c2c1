"""Devices as the API shows them."""

from collections.abc import Sequence
from typing import NamedTuple

from psycopg.rows import DictRow

from collector.store.database import Database
from collector.store.paging import Page, decode, page

_DEVICES = """
select id, key, building_id as building, agent_id as agent, kind, name, room, address, parent_id as parent, state,
    state_since, last_seen, attributes
from device
where (%(scope)s::int[] is null or building_id = any(%(scope)s))
    and (%(id)s::int is null or id = %(id)s)
    and (%(building)s::int is null or building_id = %(building)s)
    and (%(kind)s::text is null or kind = %(kind)s)
    and (%(state)s::text is null or state = %(state)s)
    and (%(room)s::text is null or room = %(room)s)
    and (%(q)s::text is null or position(lower(%(q)s) in lower(concat_ws(' ', name, key, address, room))) > 0)
    and id > %(after)s
order by id
limit %(limit)s
"""


class DeviceFilter(NamedTuple):
    """Which devices: each None means any. `q` is looked for in name, key, address and room, ignoring case."""

    building: int | None = None
    kind: str | None = None
    state: str | None = None
    room: str | None = None
    q: str | None = None


async def devices(
    database: Database, scope: Sequence[int] | None, wanted: DeviceFilter, cursor: str | None, limit: int
) -> Page:
    """Devices inside `scope` by id. Raises `CursorError`."""
    (after,) = decode(cursor, (0,))
    params = {**wanted._asdict(), "scope": scope, "id": None, "after": after, "limit": limit + 1}
    return page(await database.rows(_DEVICES, params), limit, lambda row: (row["id"],))


async def device(database: Database, scope: Sequence[int] | None, device_id: int) -> DictRow | None:
    """One device, None when it is not there or outside `scope`."""
    params = {**DeviceFilter()._asdict(), "scope": scope, "id": device_id, "after": 0, "limit": 1}
    return await database.row(_DEVICES, params)
