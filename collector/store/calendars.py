"""School calendars: the district's document and each building's, as whole documents."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString, NamedTuple

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from collector.store import audit
from collector.store.database import Connection, Database

_ALL = (
    "select b.id as building_id, b.name, b.timezone, c.document, c.changed_at, c.changed_by from building b"
    " left join school_calendar c on c.building_id = b.id"
)
DISTRICT_ZONE: LiteralString = (
    "coalesce((select sc.document->>'timezone' from school_calendar sc where sc.building_id is null), (select zb.timezone"
    " from building zb where zb.timezone <> 'UTC' group by zb.timezone order by count(*) desc, zb.timezone limit 1), 'UTC')"
)
"""A district that names no time zone has the one that most of its buildings keep; UTC is the zone that nobody chose."""
_DISTRICT: LiteralString = (
    "select null::int as building_id, 'the district' as name, "
    + DISTRICT_ZONE
    + " as timezone, c.document, c.changed_at, c.changed_by"
    " from (select 1) as one left join school_calendar c on c.building_id is null"
)


class Written(NamedTuple):
    """A document to be stored for a building (None: the district), and by whom; `why` is a verb of the audit log."""

    building: int | None
    document: Mapping[str, Any]
    who: str
    why: str = "schedule.change"


async def revision(database: Database) -> str:
    """Changes whenever a calendar or a building's time zone does."""
    row = await database.row(
        "select (select count(*) || ' ' || coalesce(max(revision), 0) from school_calendar) || ' '"
        " || coalesce(string_agg(id || ' ' || timezone, ',' order by id), '') as revision from building"
    )
    return str(row["revision"]) if row else ""


async def documents(database: Database, scope: Sequence[int] | None = None) -> list[DictRow]:
    """`{building_id, name, timezone, document, changed_at, changed_by}`: the district first, then the buildings inside
    `scope` by name."""
    return [
        *await database.rows(_DISTRICT),
        *await database.rows(
            _ALL + " where %(scope)s::int[] is null or b.id = any(%(scope)s) order by b.name", {"scope": scope}
        ),
    ]


async def district_zone(database: Database) -> str:
    """The time zone in which the district as a whole speaks."""
    row = await database.row("select " + DISTRICT_ZONE + " as timezone")
    assert row is not None
    return str(row["timezone"])


async def document(database: Database, building: int | None) -> DictRow | None:
    """One of them; None when there is no such building."""
    async with database.transaction() as connection:
        return await _one(connection, building)


async def lock(connection: Connection, building: int | None) -> DictRow | None:
    """The same, held against others who write until the transaction ends."""
    await connection.execute("lock table school_calendar in share row exclusive mode")
    return await _one(connection, building)


async def write(connection: Connection, written: Written, now: datetime) -> None:
    """Store a whole document, with its line in the audit log. Call `lock` first.

    A building's time zone is the building's own. The district's goes to the buildings that still have UTC, the zone that
    nobody chose.
    """
    before = await _one(connection, written.building)
    await connection.execute(
        "insert into school_calendar (building_id, document, changed_at, changed_by) values (%s, %s, %s, %s)"
        " on conflict (building_id) do update set document = excluded.document, changed_at = excluded.changed_at,"
        " changed_by = excluded.changed_by, revision = nextval('calendar_revision')",
        [written.building, Jsonb(dict(written.document)), now, written.who],
    )
    zone = written.document.get("timezone")
    if zone:
        await connection.execute(
            "update building set timezone = %(zone)s where id = %(id)s or (%(id)s::int is null and timezone = 'UTC')",
            {"zone": zone, "id": written.building},
        )
    target = "district" if written.building is None else f"building:{written.building}"
    old = None if before is None else before["document"]
    await audit.record(connection, audit.Change(written.who, written.why, target, old, written.document), now)


async def _one(connection: Connection, building: int | None) -> DictRow | None:
    if building is None:
        return await (await connection.execute(_DISTRICT)).fetchone()
    return await (await connection.execute(_ALL + " where b.id = %s", [building])).fetchone()
