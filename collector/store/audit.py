"""The audit log: who changed what, from what to what. Written in the transaction of the change where there is one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from psycopg.types.json import Jsonb

from collector.store.database import Connection


class Change(NamedTuple):
    """One write: `action` as a verb (`token.create`), `target` what it was done to; no secrets in before or after."""

    who: str
    action: str
    target: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


async def record(connection: Connection, change: Change, now: datetime) -> None:
    """Add one line to the log."""
    before, after = (None if side is None else Jsonb(dict(side)) for side in (change.before, change.after))
    await connection.execute(
        "insert into audit (time, who, action, target, before, after) values (%s, %s, %s, %s, %s, %s)",
        [now, change.who, change.action, change.target, before, after],
    )
