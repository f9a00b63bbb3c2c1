"""The collector as it runs: listening, waiting for what is missing, refusing what it cannot use, stopping in order."""

import asyncio
import subprocess
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
import psycopg
import pytest

from collector.house import build
from collector.server import bind, prepare, serve
from collector.settings import Settings
from collector.store import accounts
from collector.store.database import Database
from protocols.clock import SystemClock
from protocols.errors import StartError
from protocols.mqtt import Endpoint, MqttClient


@asynccontextmanager
async def running(settings):
    """A collector on its own port; yields a client without a credential, and the house."""
    stop, listening = asyncio.Event(), asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(settings, stop, listening=listening.set_result))
    await asyncio.wait((serving, listening), return_when=asyncio.FIRST_COMPLETED)
    try:
        if not listening.done():
            await serving
        async with httpx.AsyncClient(base_url=f"http://{settings.http}") as client:
            yield client, listening.result()
    finally:
        stop.set()
        await asyncio.wait((serving,))
    await serving


async def until(client, path, status):
    for _ in range(200):
        answer = await client.get(path)
        if answer.status_code == status:
            return answer.json()
        await asyncio.sleep(0.05)
    raise AssertionError(answer.text)


@pytest.fixture
def settings(dsn, broker, new_port, tmp_path):
    """Of a collector with everything it needs."""
    return Settings(data=tmp_path, database=dsn, http=f"127.0.0.1:{new_port()}", broker=f"127.0.0.1:{broker}")


async def test_it_becomes_ready_streams_and_stops_while_a_stream_is_open(settings, database):
    token = await accounts.create_token(database, "t", "viewer", None, None, datetime.now(UTC))
    headers = {"Authorization": f"Bearer {token}"}
    async with running(settings) as (client, house):
        assert (await until(client, "/readyz", 200))["ready"] is True
        async with client.stream("GET", "/api/v1/live", headers=headers) as stream:
            lines = stream.aiter_lines()
            assert await anext(lines) == "retry: 2000"
            house.hub.publish("device", {"id": 4}, building=1, device=4)
            seen = [await anext(lines) for _ in range(5)]
            assert seen[-3].removeprefix("id: ").isdigit()
            assert seen[-2:] == ["event: device", 'data: {"id":4}']
            house.stopping.set()
            assert [line async for line in lines] == [""]


async def test_a_database_that_is_not_there_is_waited_for(settings, dsn):
    name = f"late_{datetime.now(UTC):%f}"
    late = dsn.replace(dsn.split("dbname=")[1], name)
    admin = dsn.replace(dsn.split("dbname=")[1], "postgres")
    async with running(settings.model_copy(update={"database": type(settings.database)(late)})) as (client, _):
        assert (await client.get("/healthz")).status_code == 200
        for _ in range(100):
            ready = await client.get("/readyz")
            if name in ready.text:
                break
            await asyncio.sleep(0.05)
        assert ready.status_code == 503
        assert f'database "{name}" does not exist' in ready.json()["database"]["detail"]
        refused = await client.get("/api/v1/buildings", headers={"Authorization": "Bearer fb_x"})
        assert refused.status_code == 503
        assert (await client.get("/metrics")).status_code == 503
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"create database {name}")
        await until(client, "/readyz", 200)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


async def test_a_broker_that_is_not_there_is_waited_for(settings, new_port):
    alone = settings.model_copy(update={"broker": f"127.0.0.1:{new_port()}"})
    async with running(alone) as (client, _):
        for _ in range(100):
            ready = (await client.get("/readyz")).json()
            if "cannot be reached" in ready["broker"]["detail"]:
                break
            await asyncio.sleep(0.05)
        assert ready["database"]["ok"] is True
        assert ready["broker"] == {"ok": False, "detail": f"{alone.broker} cannot be reached"}


async def test_a_database_newer_than_the_program_ends_it_with_one_line(settings, database):
    await database.execute("insert into migration (name, checksum) values ('9999_future', 'x')")
    with pytest.raises(StartError, match=r"newer than this program .it has 9999_future.: update First Bell"):
        async with running(settings) as (_, house):
            await asyncio.wait_for(house.stopping.wait(), 10)


async def test_a_port_that_is_taken_says_what_to_do(settings):
    taken = bind(settings.http)
    with pytest.raises(
        StartError, match=rf"--http {settings.http}: another program listens there.*choose another port"
    ):
        await serve(settings, asyncio.Event())
    taken.close()


@pytest.mark.parametrize(
    ("address", "words"), [("192.0.2.1:80", "does not have that address"), ("no.such.invalid:1", "no such address")]
)
def test_an_address_that_is_not_ours_says_so(address, words):
    with pytest.raises(StartError, match=words):
        bind(address)


def test_a_data_directory_that_cannot_be_made_says_so(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match=r"--data .*file/data: Not a directory"):
        prepare(tmp_path / "file" / "data")


async def test_sigterm_ends_the_program_in_order(settings):
    arguments = [
        "--data",
        settings.data,
        "--database",
        settings.dsn(),
        "--http",
        settings.http,
        "--broker",
        settings.broker,
    ]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy.cli", "collector", *map(str, arguments), stderr=subprocess.PIPE
    )
    async with httpx.AsyncClient(base_url=f"http://{settings.http}") as client:
        for _ in range(400):
            try:
                if (await client.get("/readyz")).status_code == 200:
                    break
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
    process.terminate()
    _, output = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0, output
    assert b"Traceback" not in output
    assert len(output.splitlines()) <= 5


async def test_the_schema_of_a_database_is_described_without_changing_it(database: Database):
    from collector.store.version import inspect

    found = await inspect(database)
    assert found.fits
    assert "its schema is up to date" in found.describe()


async def test_ingest_that_was_started_again_still_hears_the_broker(settings, broker):
    house = build(settings, SystemClock())
    await house.database.open()
    speaker = MqttClient(Endpoint("127.0.0.1", broker, "speaker"))
    await speaker.start()
    await asyncio.wait_for(speaker.connected.wait(), 10)
    for heard in (1, 2):
        running_ingest = asyncio.create_task(house.ingest.run())
        for _ in range(200):
            speaker.publish("firstbell/v1/nobody/data", b"no batch")
            await asyncio.sleep(0.05)
            if house.ingest.counters.received >= heard:
                break
        before = house.ingest.counters.received
        running_ingest.cancel()
        await asyncio.wait((running_ingest,))
        assert before >= heard
        house.ingest.counters.received = 1
    await speaker.stop()
    await house.database.close()
