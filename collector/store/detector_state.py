"""What detectors have learned: saved in parts, and the hours of history that they learn from where nothing was saved."""

from datetime import datetime
from typing import Any, NamedTuple

from collector.store.database import Database

MOST_BYTES = 64 * 1024 * 1024
"""Largest part; the table refuses more."""


class Saved(NamedTuple):
    """A part as it was saved."""

    name: str
    saved_at: datetime
    state: bytes


async def save(database: Database, saved: Saved) -> None:
    """Save a part in the place of what it was."""
    await database.execute(
        "insert into detector_state (name, saved_at, state) values (%s, %s, %s)"
        " on conflict (name) do update set saved_at = excluded.saved_at, state = excluded.state",
        list(saved),
    )


async def names(database: Database, detector: str) -> list[str]:
    """The parts that are saved of a detector."""
    rows = await database.rows(
        "select name from detector_state where starts_with(name, %s || '/') order by length(name), name", [detector]
    )
    return [row["name"] for row in rows]


async def read(database: Database, name: str) -> Saved | None:
    """One part; None: it is not there."""
    row = await database.row("select name, saved_at, state from detector_state where name = %s", [name])
    return None if row is None else Saved(row["name"], row["saved_at"], bytes(row["state"]))


async def drop(database: Database, names: list[str]) -> None:
    """Forget parts."""
    await database.execute("delete from detector_state where name = any(%s)", [names])


async def hours(database: Database, since: dict[int, datetime], until: datetime) -> list[dict[str, Any]]:
    """`{hour, points, means, lows, highs}` of these points, each from its own time on, in order; four lists of one length."""
    return await database.rows(
        "select r.time as hour, array_agg(r.point_id) as points, array_agg(r.avg) as means, array_agg(r.min) as lows,"
        " array_agg(r.max) as highs from unnest(%s::int[], %s::timestamptz[]) as wanted (point_id, since)"
        " join rollup_1h r on r.point_id = wanted.point_id and r.time >= wanted.since and r.time >= %s"
        " where r.time < %s group by r.time order by r.time",
        [list(since), list(since.values()), min(since.values()), until],
    )
