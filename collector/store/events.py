"""Events as the API shows them, newest first."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from collector.store.database import Database
from collector.store.paging import Page, decode, page

_EVENTS = """
select e.id, e.device_id as device, d.building_id as building, e.time, e.kind, e.severity, e.detail
from event e
join device d on d.id = e.device_id
where (%(scope)s::int[] is null or d.building_id = any(%(scope)s))
    and (%(device)s::int is null or e.device_id = %(device)s)
    and (%(building)s::int is null or d.building_id = %(building)s)
    and (%(kind)s::text is null or e.kind = %(kind)s)
    and (%(start)s::timestamptz is null or e.time >= %(start)s)
    and (%(end)s::timestamptz is null or e.time < %(end)s)
    and (%(before_id)s::bigint is null or (e.time, e.id) < (%(before)s::timestamptz, %(before_id)s))
order by e.time desc, e.id desc
limit %(limit)s
"""
_ANY = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class EventFilter(NamedTuple):
    """Which events: each None means any; `start` is included, `end` is not."""

    device: int | None = None
    building: int | None = None
    kind: str | None = None
    start: datetime | None = None
    end: datetime | None = None


async def events(
    database: Database, scope: Sequence[int] | None, wanted: EventFilter, cursor: str | None, limit: int
) -> Page:
    """Events inside `scope`, newest first. Raises `CursorError`."""
    before, before_id = decode(cursor, (_ANY, 0))
    params = {
        **wanted._asdict(),
        "scope": scope,
        "before": before,
        "before_id": before_id if cursor is not None else None,
        "limit": limit + 1,
    }
    return page(await database.rows(_EVENTS, params), limit, lambda row: (row["time"], row["id"]))
