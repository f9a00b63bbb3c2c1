"""Silences, and what is owed when they end."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import NamedTuple

from psycopg.rows import DictRow

from collector.store import audit, problems
from collector.store.database import Connection, Database


class NewSilence(NamedTuple):
    """A silence about to be made; `ends` None: weekly without an end; `weekdays` None: once."""

    reason: str
    who: str
    begins: datetime
    ends: datetime | None
    building: int | None = None
    kind: str | None = None
    device: int | None = None
    room: str | None = None
    rule: str | None = None
    weekdays: list[int] | None = None
    from_clock: time | None = None
    to_clock: time | None = None


_ALIVE = (
    "select s.id, s.building_id, s.kind, s.device_id, s.room, s.rule, s.begins, s.ends, s.weekdays, s.from_clock, s.to_clock,"
    " s.reason, s.who, s.created_at, b.name as building, d.name as device, coalesce(d.building_id, s.building_id) as place"
    " from silence s left join building b on b.id = s.building_id left join device d on d.id = s.device_id"
    " where s.ended_at is null and (s.ends is null or s.ends > %(now)s)"
)


async def alive(database: Database, now: datetime, scope: Sequence[int] | None = None) -> list[DictRow]:
    """Every silence that has not ended, running or to come: those of the district and of the buildings inside `scope`."""
    return await database.rows(
        _ALIVE + " and (%(scope)s::int[] is null or coalesce(d.building_id, s.building_id) is null"
        " or coalesce(d.building_id, s.building_id) = any(%(scope)s)) order by s.begins, s.id",
        {"now": now, "scope": scope},
    )


async def begin(database: Database, new: NewSilence, now: datetime) -> int:
    """Make one, with its line in the audit log; its id."""
    async with database.transaction() as connection:
        row = await (
            await connection.execute(
                "insert into silence (reason, who, begins, ends, building_id, kind, device_id, room, rule, weekdays,"
                " from_clock, to_clock, created_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning id",
                [*new, now],
            )
        ).fetchone()
        assert row is not None
        after = {
            name: value if isinstance(value, int | list | None) else str(value) for name, value in new._asdict().items()
        }
        await audit.record(connection, audit.Change(new.who, "silence.begin", str(row["id"]), None, after), now)
        return int(row["id"])


async def end(database: Database, silence: int, who: str, now: datetime) -> bool:
    """End it now; False when it has ended already."""
    async with database.transaction() as connection:
        done = await connection.execute(
            "update silence set ended_at = %s, ended_by = %s where id = %s and ended_at is null and (ends is null or ends > %s)",
            [now, who, silence, now],
        )
        if done.rowcount:
            await audit.record(connection, audit.Change(who, "silence.end", str(silence)), now)
        return bool(done.rowcount)


async def owe(connection: Connection, problem: int, change: str, silence: int, now: datetime) -> None:
    """The change came in a silence: to be told when that ends."""
    await connection.execute("update problem set silenced = %s where id = %s", [change, problem])
    found = await (await connection.execute("select reason, who from silence where id = %s", [silence])).fetchone()
    note = f"{found['reason']} ({found['who']})" if found else ""
    await problems.note_change(connection, problem, "silenced", now, None, note)


async def owe_later(connection: Connection, problem: int) -> None:
    """A person has put it off before all were told that it came: to be told when that ends."""
    await connection.execute(
        "update problem set silenced = case when reopened > 0 then 'reopened' else 'opened' end where id = %s",
        [problem],
    )


_OWED = " silenced is not null and (state = 'open' or (state = 'acknowledged' and silenced = 'worsened')) and cause_id is null"


async def owed(database: Database) -> list[DictRow]:
    """`{id, rule, subject, building_id, device_id}` of what nobody was told of because of a silence, and is there still: but
    what a person has taken, unless it has grown worse since, put off, or what is a symptom."""
    return await database.rows(
        "select id, rule, subject, building_id, device_id from problem where" + _OWED + " order by id"
    )


async def paid(connection: Connection, problem: int) -> DictRow | None:
    """Take what is owed of it: `{change, severity}`; None when it is no longer."""
    return await (
        await connection.execute(
            "with before as (select id, silenced, severity from problem where id = %s and" + _OWED + " for update)"
            " update problem p set silenced = null from before where p.id = before.id"
            " returning before.silenced as change, p.severity",
            [problem],
        )
    ).fetchone()
