"""Devices as a person's list has them, matched with those that are known, and written."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg.rows import DictRow

from collector.store import audit, links
from collector.store.database import Connection, Database
from collector.store.facts import lock_devices


class Wanted(NamedTuple):
    """What is to be written of one device; None leaves a column as it is, "" takes back what a list said. `links` replace those
    imported of their kinds; of the kinds in `cut` none is left."""

    device: int
    name: str | None
    room: str | None
    links: tuple[links.Link, ...]
    cut: tuple[str, ...] = ()


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


def _own(fact: str) -> str:
    """What the device has said of itself last."""
    return (
        f"(select value #>> '{{}}' from attribute_history h where h.device_id = device.id and h.name = '{fact}'"
        " order by h.time desc limit 1)"
    )


async def _write(connection: Connection, row: Wanted, now: datetime) -> None:
    await connection.execute(
        "update device set listed_name = nullif(coalesce(%(name)s, listed_name), ''),"
        " listed_room = nullif(coalesce(%(room)s, listed_room), ''),"
        f" name = case %(name)s when '' then coalesce({_own('name')}, key) else coalesce(%(name)s, name) end,"
        f" room = case %(room)s when '' then {_own('room')} else coalesce(%(room)s, room) end where id = %(device)s",
        row._asdict() | {"links": None, "cut": None},
    )
    if row.cut:
        await links.cut_imported(connection, row.device, row.cut)
    if row.links:
        await links.replace_imported(connection, row.device, row.links, now)
    uplink = next((link.parent for link in row.links if link.kind == "uplink"), None)
    if uplink is not None:
        await connection.execute(
            "update device set parent_id = %s where id = %s and parent_id is null", [uplink, row.device]
        )
