"""What a database is, without changing it: its server's version, its home, and how its schema compares with ours."""

from dataclasses import dataclass

from collector.store.database import Database
from collector.store.migrate import OLDEST, Extension, extension, migrations


@dataclass(frozen=True)
class Found:
    """One database. `server` is like 160004; `timescale` what it has or will have of the extension, None for neither."""

    server: int
    timescale: Extension | None
    behind: list[str]
    ahead: list[str]

    @property
    def fits(self) -> bool:
        """Whether the collector can run on it, migrating it first if need be."""
        return self.server >= OLDEST * 10_000 and not self.ahead

    def describe(self) -> str:
        """One sentence, with what to do where it does not fit."""
        name = f"PostgreSQL {self.server // 10_000} without TimescaleDB"
        if self.timescale:
            later = "" if self.timescale.made else " (available, made with the first migration)"
            name = f"PostgreSQL {self.server // 10_000} with TimescaleDB {self.timescale.version}{later}"
        if self.server < OLDEST * 10_000:
            return f"{name} is too old: update it to {OLDEST} or newer"
        if self.ahead:
            return f"{name}: it is newer than this program (it has {self.ahead[-1]}): update First Bell"
        if self.behind:
            return f"{name}: reachable; {len(self.behind)} migrations to run, the collector runs them when it starts"
        return f"{name}: reachable, its schema is up to date"


async def inspect(database: Database) -> Found:
    """Look at a database. Raises `StoreError` when it cannot be reached."""
    row = await database.row(
        "select current_setting('server_version_num')::int as server, to_regclass('migration') is not null as migrated"
    )
    assert row is not None
    async with database.transaction() as connection:
        timescale = await extension(connection)
    done: list[str] = []
    home = "timescale" if timescale else "native"
    if row["migrated"]:
        done = [found["name"] for found in await database.rows("select name from migration order by name")]
        kept = await database.row("select value from meta where key = 'home'") if done else None
        home = kept["value"] if kept else home
    ours = [step.name for step in migrations(home)]
    return Found(
        row["server"],
        timescale if home == "timescale" else None,
        [name for name in ours if name not in done],
        [name for name in done if name not in ours],
    )
