"""Migrations: plain SQL files run in order, each in one transaction, each remembered with its checksum.

`0003_sample.native.sql` and `0003_sample.timescale.sql` are two homes of one step: the one that fits is run, and which
home a database has is decided once, at its first migration.
"""

import hashlib
import logging
from pathlib import Path
from typing import NamedTuple

import psycopg

from collector.store.database import Connection, Database
from protocols.errors import StoreError

log = logging.getLogger(__name__)
FOLDER = Path(__file__).parent / "migrations"
OLDEST = 15
"""The oldest major version of PostgreSQL: `unique nulls not distinct` came with it."""
_LOCK = 0x66697273_7462656C


class Migration(NamedTuple):
    """One step: its number and name, and its SQL for this home."""

    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


class Extension(NamedTuple):
    """TimescaleDB: its version, and whether this database has it yet."""

    version: str
    made: bool


def migrations(home: str, folder: Path = FOLDER) -> list[Migration]:
    """Every step for `home` (native or timescale) in order."""
    steps = []
    for path in sorted(folder.glob("*.sql")):
        name, _, only = path.stem.partition(".")
        if only in ("", home):
            steps.append(Migration(name, path.read_text(encoding="utf-8")))
    return steps


async def migrate(database: Database, folder: Path = FOLDER) -> list[str]:
    """Bring the database to this program's schema; the names of the steps that ran.

    All of them or none: it is one transaction, which others that migrate wait for. Raises `StoreError` when the server is
    too old, the database is newer than the program, a step that ran was changed since, or a step fails.
    """
    async with database.transaction() as connection:
        await _check_server(connection)
        await connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        await connection.execute(
            "create table if not exists migration"
            " (name text primary key, checksum text not null, applied_at timestamptz not null default now())"
        )
        rows = await (await connection.execute("select name, checksum from migration order by name")).fetchall()
        done = {row["name"]: row["checksum"] for row in rows}
        home = await _home(connection)
        steps = migrations(home, folder)
        _compare(done, steps)
        ran = [step for step in steps if step.name not in done]
        for step in ran:
            await _run(connection, step)
        if ran:
            await connection.execute("insert into meta values ('home', %s) on conflict do nothing", [home])
        return [step.name for step in ran]


async def _check_server(connection: Connection) -> None:
    version = connection.info.server_version
    if version < OLDEST * 10_000:
        raise StoreError(
            f"the database server is PostgreSQL {version // 10_000}; First Bell needs {OLDEST} or newer: upgrade it, or"
            " leave out --database to use the embedded one",
            permanent=True,
        )


async def _run(connection: Connection, step: Migration) -> None:
    try:
        await connection.execute(step.sql.encode())
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise StoreError(
            f"migration {step.name} failed, nothing was changed: {reason}. Does this account own the database?",
            permanent=True,
        ) from error
    await connection.execute("insert into migration (name, checksum) values (%s, %s)", [step.name, step.checksum])


def _compare(done: dict[str, str], steps: list[Migration]) -> None:
    known = {step.name: step.checksum for step in steps}
    newer = sorted(set(done) - set(known))
    if newer:
        raise StoreError(
            f"the database is newer than this program (it has {newer[-1]}): update First Bell", permanent=True
        )
    for name, checksum in done.items():
        if known[name] != checksum:
            raise StoreError(
                f"migration {name} was changed after it ran here; restore the released file", permanent=True
            )


async def _home(connection: Connection) -> str:
    """The home this database has, or shall have: timescale where the extension is installed or can be."""
    exists = await (await connection.execute("select to_regclass('meta') is not null as there")).fetchone()
    if exists and exists["there"]:
        row = await (await connection.execute("select value from meta where key = 'home'")).fetchone()
        if row:
            home: str = row["value"]
            return home
    return "timescale" if await _make_timescale(connection) else "native"


async def extension(connection: Connection) -> Extension | None:
    """TimescaleDB as this server offers it to this database; None where a database cannot have all we use of it.

    Where the server does not preload it, making it would end the session; with the Apache licence it has neither
    columnstore nor continuous aggregates. Preloaded, it has settings of its own, which every account may see.
    """
    found = await connection.execute(
        "select coalesce(installed_version, default_version) as version, installed_version is not null as made"
        " from pg_available_extensions where name = 'timescaledb'"
        " and (installed_version is not null or exists (select from pg_settings where name = 'timescaledb.disable_load'))"
        " and coalesce(current_setting('timescaledb.license', true), 'timescale') = 'timescale'"
    )
    row = await found.fetchone()
    return None if row is None else Extension(row["version"], row["made"])


async def _make_timescale(connection: Connection) -> bool:
    """Whether the extension is here, after making it where it is only available."""
    offered = await extension(connection)
    if offered is None or offered.made:
        return offered is not None
    try:
        async with connection.transaction():
            await connection.execute("create extension timescaledb")
    except psycopg.errors.InsufficientPrivilege:
        log.info("TimescaleDB is available but this account may not create it: plain PostgreSQL is used")
        return False
    return await extension(connection) is not None
