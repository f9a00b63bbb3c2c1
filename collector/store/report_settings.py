"""How the First Bell report is set: when it comes, on which days, to which channels, and the budget of messages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg.rows import DictRow

from collector.store import audit
from collector.store.database import Connection, Database


async def settings(database: Database) -> dict[str, Any]:
    """`{at, off_days, calm, budget, times: [{building, name, at}], channels: [{channel, name, scheme, enabled, wanted, buildings}]}`.

    `at` of a building is null where it keeps the district's; `wanted` null: as the channel's service suggests.
    """
    async with database.transaction() as connection:
        return await _read(connection)


async def replace(database: Database, wanted: Mapping[str, Any], who: str, now: datetime) -> None:
    """All of it instead of what there was; a building or channel left out has the default. Its line goes into the audit log."""
    async with database.transaction() as connection:
        await connection.execute("lock table report_setting in share row exclusive mode")
        before = await _read(connection)
        await connection.execute(
            "update report_setting set at = %(at)s, off_days = %(off_days)s, calm = %(calm)s, budget = %(budget)s",
            wanted,
        )
        await connection.execute("delete from report_time")
        await connection.execute("delete from report_channel")
        for row in wanted["times"]:
            await connection.execute(
                "insert into report_time select id, %(at)s from building where id = %(building)s", row
            )
        for row in wanted["channels"]:
            await connection.execute(
                "insert into report_channel select id, %(wanted)s, %(buildings)s from channel where id = %(channel)s",
                row,
            )
        after = await _read(connection)
        change = audit.Change(who, "report.change", "report", _plain(before), _plain(after))
        await audit.record(connection, change, now)


async def known(database: Database) -> dict[str, set[int]]:
    """The ids there are: `buildings`, `channels`."""
    row = await database.row(
        "select (select coalesce(array_agg(id), '{}') from building) as buildings,"
        " (select coalesce(array_agg(id), '{}') from channel) as channels"
    )
    assert row is not None
    return {name: set(row[name]) for name in ("buildings", "channels")}


async def _read(connection: Connection) -> dict[str, Any]:
    one = await (await connection.execute("select at, off_days, calm, budget from report_setting")).fetchone()
    assert one is not None
    times = await connection.execute(
        "select b.id as building, b.name, t.at from building b left join report_time t on t.building_id = b.id order by b.name"
    )
    channels = await connection.execute(
        "select c.id as channel, c.name, c.scheme, c.enabled, r.wanted, coalesce(r.buildings, '{}') as buildings"
        " from channel c left join report_channel r on r.channel_id = c.id order by c.name"
    )
    return {**one, "times": await times.fetchall(), "channels": await channels.fetchall()}


def _plain(found: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON, what is set alone."""
    times: Sequence[DictRow] = found["times"]
    channels: Sequence[DictRow] = found["channels"]
    return {
        **{name: found[name] for name in ("off_days", "calm", "budget")},
        "at": f"{found['at']:%H:%M}",
        "times": {row["name"]: f"{row['at']:%H:%M}" for row in times if row["at"] is not None},
        "channels": {
            row["name"]: {"wanted": row["wanted"], "buildings": row["buildings"]}
            for row in channels
            if row["wanted"] is not None or row["buildings"]
        },
    }
