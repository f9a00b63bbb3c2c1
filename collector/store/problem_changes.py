"""What people change of a problem, with its line in the audit log, in one transaction."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Literal, NamedTuple

from collector.store import audit, outbox, problems, silences
from collector.store.audit import Change
from collector.store.database import Connection, Database


class Wish(NamedTuple):
    """What a person wants of a problem; `until` only for a snooze."""

    change: Literal["acknowledged", "snoozed", "noted", "resolved"]
    note: str = ""
    until: datetime | None = None


Tell = Callable[[Connection], Awaitable[object]]


async def change(database: Database, problem: int, who: str, wish: Wish, now: datetime, tell: Tell) -> bool:
    """Do it; False when there was nothing to change, which is no error and leaves no trace. `tell` puts into the outbox, in the
    same transaction, that it was resolved."""
    async with database.transaction() as connection:
        found = await connection.execute("select state, snoozed_until from problem where id = %s for update", [problem])
        row = await found.fetchone()
        if row is None or (row["state"] == "snoozed" and wish.until is not None and row["snoozed_until"] == wish.until):
            return False
        if not await _apply(connection, problem, who, wish, now):
            return False
        if wish.change == "resolved":
            await tell(connection)
        if wish.change in ("acknowledged", "snoozed"):
            dropped = await outbox.forget(connection, problem, now)  # somebody has it: nobody else is called
            if dropped and wish.change == "snoozed":
                await silences.owe_later(connection, problem)
        until = None if wish.until is None else wish.until.isoformat()
        after = {"change": wish.change, "note": wish.note, "until": until}
        line = Change(who, f"problem.{wish.change}", str(problem), {"state": row["state"]}, after)
        await audit.record(connection, line, now)
        return True


async def _apply(connection: Connection, problem: int, who: str, wish: Wish, now: datetime) -> bool:
    if wish.change == "acknowledged":
        return await problems.acknowledge(connection, problem, who, now, wish.note)
    if wish.change == "resolved":
        return await problems.resolve(connection, problem, now, who, wish.note)
    if wish.change == "noted":
        return await problems.add_note(connection, problem, who, wish.note, now)
    assert wish.until is not None
    done = await problems.snooze(connection, problem, who, wish.until, now)
    if done and wish.note:
        await problems.note_change(connection, problem, "noted", now, who, wish.note)
    return done
