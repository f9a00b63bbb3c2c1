"""Real parts that tests share: the embedded database, a broker, free ports."""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from collector.store.database import Database
from collector.store.migrate import migrate
from deploy.postgres import EmbeddedPostgres

# A busy machine is no failure: nothing is asserted on a clock, not by hypothesis either.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def free_port() -> int:
    """A TCP port on loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def new_port() -> Callable[[], int]:
    """Makes free ports, one a call."""
    return free_port


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A temporary folder that the database's own user can enter too (pytest's are closed when root)."""
    folder = Path(tempfile.mkdtemp(prefix="firstbell-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(open_folder: Path) -> Iterator[EmbeddedPostgres]:
    """The embedded PostgreSQL, one for the whole run. It need not outlive a power cut: each test makes and drops a database in it."""
    server = EmbeddedPostgres(open_folder / "database", settings={"fsync": "off"})
    server.data.mkdir()
    with asyncio.Runner() as runner:
        runner.run(server.start())
        yield server
        runner.run(server.stop())


@pytest.fixture(scope="session")
def template(postgres: EmbeddedPostgres) -> str:
    """The name of a migrated database from which each test's own is copied."""

    async def make() -> None:
        database = Database(postgres.dsn)
        await database.open()
        await migrate(database)
        await database.close()

    asyncio.run(make())
    return "firstbell"


@pytest.fixture
def dsn(postgres: EmbeddedPostgres, template: str) -> Iterator[str]:
    """A fresh, migrated database of the test's own."""
    name = f"test_{uuid4().hex[:12]}"
    admin = postgres.dsn.replace("dbname=firstbell", "dbname=postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}")
    yield postgres.dsn.replace("dbname=firstbell", f"dbname={name}")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"drop database if exists {name} with (force)")


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    """A pool on a fresh, migrated database."""
    pool = Database(dsn)
    await pool.open()
    yield pool
    await pool.close()


def timescale_programs() -> Path | None:
    """The programs of an installed PostgreSQL that has TimescaleDB, newest first; None: there is none."""
    found = shutil.which("pg_config")
    folders = [Path(found).parent] if found else []
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(debian, key=lambda folder: int(folder.parent.name.partition(".")[0] or 0), reverse=True)
    for folder in folders:
        config = folder / "pg_config"
        if not (config.exists() and (folder / "initdb").exists()):
            continue
        shared = subprocess.run([config, "--sharedir"], capture_output=True, text=True, check=True).stdout.strip()
        if (Path(shared) / "extension" / "timescaledb.control").exists():
            return folder
    return None


@pytest.fixture(scope="session")
def timescale_server(open_folder: Path) -> Iterator[str]:
    """How to reach a PostgreSQL with TimescaleDB where databases may be made; skipped where there is none."""
    given = os.environ.get("FIRSTBELL_TEST_DSN")
    if given:
        yield given
        return
    programs = timescale_programs()
    if programs is None:
        pytest.skip("no PostgreSQL with TimescaleDB here: install the extension, or set FIRSTBELL_TEST_DSN")
    settings = {
        "shared_preload_libraries": "timescaledb",
        "timescaledb.telemetry_level": "off",
        "timescaledb.max_background_workers": "0",
        "max_worker_processes": "8",
        "fsync": "off",
    }
    server = EmbeddedPostgres(open_folder / "timescale", programs=programs, settings=settings)
    server.data.mkdir()
    with asyncio.Runner() as runner:
        runner.run(server.start())
        yield server.dsn
        runner.run(server.stop())


@pytest.fixture
def timescale_dsn(timescale_server: str) -> Iterator[str]:
    """A fresh, empty database of the test's own where the TimescaleDB extension is available."""
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(timescale_server, autocommit=True) as connection:
        connection.execute(f"create database {name} template template0")
    found = psycopg.conninfo.make_conninfo(timescale_server, dbname=name)
    if "FIRSTBELL_TEST_DSN" in os.environ:  # its own jobs would drop the tests' days, which lie in the past
        with psycopg.connect(found, autocommit=True) as connection:
            connection.execute("create extension timescaledb")
            connection.execute("select _timescaledb_functions.stop_background_workers()")
    yield found
    with psycopg.connect(timescale_server, autocommit=True) as connection:
        connection.execute(f"drop database if exists {name} with (force)")


@pytest.fixture
async def timescale_database(timescale_dsn: str) -> AsyncIterator[Database]:
    """A pool on a fresh database migrated to its TimescaleDB home."""
    pool = Database(timescale_dsn)
    await pool.open()
    await migrate(pool)
    yield pool
    await pool.close()


@pytest.fixture(params=["native", pytest.param("timescale", marks=[pytest.mark.timescale, pytest.mark.timeout(240)])])
def store(request: pytest.FixtureRequest) -> Database:
    """A pool on a fresh, migrated database: the test runs once in each home of the history."""
    name = "database" if request.param == "native" else "timescale_database"
    found: Database = request.getfixturevalue(name)
    return found


@pytest.fixture(scope="session")
def mosquitto_program() -> str:
    """The path of Mosquitto; the test is skipped where it is not installed."""
    found = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip("Mosquitto is not installed (Debian package mosquitto)")
    return found


@pytest.fixture
def broker(mosquitto_program: str, tmp_path: Path) -> Iterator[int]:
    """A plain Mosquitto on loopback, in memory only; its port."""
    port = free_port()
    config = tmp_path / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nuser root\n")
    process = subprocess.Popen([mosquitto_program, "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _wait_for_port(port, process)
    yield port
    process.terminate()
    process.wait(10)


def _wait_for_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        with socket.socket() as probe:
            probe.settimeout(0.05)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.02)
    pytest.fail(f"the broker did not start on port {port}")
