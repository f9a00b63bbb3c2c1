"""What points are in their equipment, as people confirmed it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from psycopg.rows import DictRow

from collector.store import audit
from collector.store.audit import Change
from collector.store.database import Database


async def confirmed(database: Database) -> dict[int, str | None]:
    """The role of every point that a person spoke of; None: it plays none."""
    rows = await database.rows("select point_id, role from point_role")
    return {row["point_id"]: row["role"] for row in rows}


async def of_device(database: Database, device: int, metrics: Sequence[str]) -> list[DictRow]:
    """`{id, metric, label, name, unit, role, confirmed_by, confirmed_at}` of a device's points of these metrics and of those
    that a person spoke of (`confirmed_by` is None for the others), by id."""
    return await database.rows(
        "select p.id, p.metric, p.label, p.name, p.unit, r.role, r.confirmed_by, r.confirmed_at from point p"
        " left join point_role r on r.point_id = p.id where p.device_id = %s and (p.metric = any(%s) or r.point_id is not null)"
        " order by p.id",
        [device, list(metrics)],
    )


async def confirm(database: Database, device: int, roles: Mapping[int, str | None], who: str, now: datetime) -> None:
    """These are the device's confirmed roles from now on, and no others. Points of other devices are left out."""
    async with database.transaction() as connection:
        found = await connection.execute(
            "select p.id, r.role, r.point_id is not null as said from point p left join point_role r on r.point_id = p.id"
            " where p.device_id = %s for update of p",
            [device],
        )
        rows = await found.fetchall()
        before = {row["id"]: row["role"] for row in rows if row["said"]}
        after = {row["id"]: roles[row["id"]] for row in rows if row["id"] in roles}
        if before == after:
            return
        await connection.execute("delete from point_role where point_id = any(%s)", [[*before.keys() - after.keys()]])
        await connection.execute(
            "insert into point_role (point_id, role, confirmed_by, confirmed_at)"
            " select id, role, %s, %s from unnest(%s::int[], %s::text[]) as new (id, role)"
            " on conflict (point_id) do update set role = excluded.role, confirmed_by = excluded.confirmed_by,"
            " confirmed_at = excluded.confirmed_at where point_role.role is distinct from excluded.role",
            [who, now, list(after), list(after.values())],
        )
        line = Change(who, "device.roles", str(device), _named(before), _named(after))
        await audit.record(connection, line, now)


def _named(roles: Mapping[int, str | None]) -> dict[str, str | None]:
    return {str(point): role for point, role in roles.items()}
