"""Migrations against real servers: once, whoever starts first; and refused with one line that says why."""

import asyncio
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from collector.store.database import Database
from collector.store.migrate import FOLDER, migrate
from collector.store.version import inspect
from protocols.errors import StoreError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in FOLDER.glob("*.sql"):
        (tmp_path / path.name).write_text(path.read_text())
    return tmp_path


async def test_a_migrated_database_has_nothing_to_run(store: Database) -> None:
    assert await migrate(store) == []


async def test_home_is_recorded(database: Database) -> None:
    assert await database.row("select value from meta where key = 'home'") == {"value": "native"}


@pytest.mark.timescale
async def test_timescale_is_made_where_it_is_available(timescale_database: Database) -> None:
    assert await timescale_database.row("select value from meta where key = 'home'") == {"value": "timescale"}
    rows = await timescale_database.rows(
        "select view_name from timescaledb_information.continuous_aggregates order by 1"
    )
    assert [row["view_name"] for row in rows] == ["kept_1d", "kept_1h", "kept_5m"]


@pytest.fixture(params=["native", pytest.param("timescale", marks=pytest.mark.timescale)])
def empty_dsn(request: pytest.FixtureRequest) -> str:
    """A database with nothing in it."""
    if request.param == "timescale":
        return str(request.getfixturevalue("timescale_dsn"))
    dsn = str(request.getfixturevalue("dsn"))
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")
    return dsn


async def test_what_a_database_will_be_is_said_before_its_first_migration(empty_dsn: str) -> None:
    with psycopg.connect(empty_dsn, autocommit=True) as connection:
        connection.execute("drop extension if exists timescaledb")
    pool = Database(empty_dsn, connections=2)
    await pool.open()
    try:
        before = (await inspect(pool)).describe()
        assert "migrations to run" in before
        await migrate(pool)
        after = (await inspect(pool)).describe()
    finally:
        await pool.close()
    name = before.partition(":")[0]
    assert name.removesuffix(" (available, made with the first migration)") == after.partition(":")[0]
    assert ("(available" in name) == ("with TimescaleDB" in after)


async def test_the_owner_of_a_database_need_not_be_a_superuser(empty_dsn: str) -> None:
    owner = f"owner_{uuid4().hex[:12]}"
    with psycopg.connect(empty_dsn, autocommit=True) as connection:
        connection.execute(f"create role {owner} login password 'x'")
        connection.execute(f"alter schema public owner to {owner}")
        connection.execute(f"alter database {connection.info.dbname} owner to {owner}")
    pool = Database(psycopg.conninfo.make_conninfo(empty_dsn, user=owner, password="x"), connections=2)
    await pool.open()
    try:
        offered = (await inspect(pool)).timescale
        assert len(await migrate(pool)) == len(list(FOLDER.glob("*.sql"))) - (1 if offered is None else 2)
        assert (await inspect(pool)).timescale == (offered and offered._replace(made=True))
    finally:
        await pool.close()
        with psycopg.connect(empty_dsn, autocommit=True) as connection:
            connection.execute(f"reassign owned by {owner} to current_user")
            connection.execute(f"drop owned by {owner}")
            connection.execute(f"drop role {owner}")


async def test_two_collectors_that_start_at_once_migrate_once(empty_dsn: str) -> None:
    pools = [Database(empty_dsn, connections=2) for _ in range(3)]
    for pool in pools:
        await pool.open()
    try:
        ran = await asyncio.gather(*(migrate(pool) for pool in pools))
    finally:
        for pool in pools:
            await pool.close()
    assert sorted(len(steps) > 0 for steps in ran) == [False, False, True]


async def test_a_database_newer_than_the_program_is_refused(database: Database) -> None:
    await database.execute("insert into migration values ('9999_future', 'x')")
    with pytest.raises(
        StoreError, match=r"newer than this program \(it has 9999_future\): update First Bell"
    ) as raised:
        await migrate(database)
    assert raised.value.permanent


async def test_a_step_changed_after_it_ran_is_refused(database: Database, folder: Path) -> None:
    (folder / "0001_fleet.sql").write_text("select 1;")
    with pytest.raises(StoreError, match="0001_fleet was changed after it ran"):
        await migrate(database, folder)


async def test_a_step_that_fails_changes_nothing_and_is_named(database: Database, folder: Path) -> None:
    (folder / "9000_good.sql").write_text("create table good (id int);")
    (folder / "9001_bad.sql").write_text("create table bad (id nonsense);")
    with pytest.raises(StoreError, match='9001_bad failed, nothing was changed: type "nonsense" does not exist'):
        await migrate(database, folder)
    assert await database.row("select to_regclass('good') as good") == {"good": None}
    (folder / "9001_bad.sql").write_text("create table bad (id int);")
    assert await migrate(database, folder) == ["9000_good", "9001_bad"]
