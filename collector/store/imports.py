"""Devices as a person's list has them, matched with those that are known, and written."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg.rows import DictRow

from collector.store import audit, links
from collector.store.database import Connection, Database
from collector.store.facts import lock_devices


class Wanted(NamedTuple):
    """What is to be written of one device; None leaves a column as it is. `links` replace those imported of their kinds."""

    device: int
    name: str | None
    room: str | None
    links: tuple[links.Link, ...]


async def known(database: Database, scope: Sequence[int] | None) -> list[DictRow]:
    """`{id, building, kind, key, name, room, address, mac}` of every device in scope; the building by its name."""
    return await database.rows(
        "select d.id, b.name as building, d.kind, d.key, d.name, d.room, d.address, d.attributes ->> 'mac' as mac"
        " from device d join building b on b.id = d.building_id"
        " where %(scope)s::int[] is null or d.building_id = any(%(scope)s) order by d.id",
        {"scope": scope},
    )


async def apply(database: Database, wanted: Sequence[Wanted], who: str, now: datetime) -> None:
    """Write all of it, or nothing, with a line in the audit log."""
    async with database.transaction() as connection:
        await lock_devices(connection, [row.device for row in wanted])
        for row in wanted:
            await _write(connection, row, now)
        after: dict[str, Any] = {"devices": [row.device for row in wanted][:1000], "count": len(wanted)}
        await audit.record(connection, audit.Change(who, "devices.import", f"{len(wanted)} devices", after=after), now)


async def _write(connection: Connection, row: Wanted, now: datetime) -> None:
    await connection.execute(
        "update device set name = coalesce(%s, name), room = coalesce(%s, room) where id = %s",
        [row.name, row.room, row.device],
    )
    if row.links:
        await links.replace_imported(connection, row.device, row.links, now)
    uplink = next((link.parent for link in row.links if link.kind == "uplink"), None)
    if uplink is not None:
        await connection.execute(
            "update device set parent_id = %s where id = %s and parent_id is null", [uplink, row.device]
        )
