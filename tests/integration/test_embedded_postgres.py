"""The embedded PostgreSQL as `firstbell up` runs it: kept data, kill -9, leftovers, closed folders."""

import asyncio
import os
import shutil
import signal
import stat
from pathlib import Path

import psycopg
import pytest

from deploy.postgres import EmbeddedPostgres
from deploy.unprivileged import SHARED
from protocols.errors import StartError

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def server(open_folder: Path, request):
    made = EmbeddedPostgres(open_folder / request.node.name)
    made.data.mkdir()
    yield made
    await made.stop()


def _count(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        return connection.execute("select count(*) from kept").fetchone()[0]


async def test_data_outlives_stop_and_kill(server):
    await server.start()
    with psycopg.connect(server.dsn) as connection:
        connection.execute("create table kept as select generate_series(1, 1000) as n")
    await server.stop()
    await server.start()
    assert _count(server.dsn) == 1000
    process = server.process
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    async with asyncio.timeout(30):
        while True:
            try:
                await server.start()
                break
            except StartError:  # its backends need a moment to notice
                await asyncio.sleep(0.1)
    assert _count(server.dsn) == 1000


async def test_a_server_that_outlived_its_parent_is_ended_first(server):
    await server.start()
    orphan = server.process
    again = EmbeddedPostgres(server.data)
    await again.start()
    try:
        assert await orphan.wait() == 0
        assert again.process.pid != orphan.pid
    finally:
        await again.stop()


async def test_only_its_owner_can_reach_it(server):
    await server.start()
    assert stat.S_IMODE(server.socket.stat().st_mode) == 0o700
    with psycopg.connect(server.dsn) as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("",)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: who else runs the server as another user")
async def test_as_root_a_closed_folder_is_left_closed(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = EmbeddedPostgres(closed)
    assert SHARED in server.cluster.parents
    try:
        await server.start()
        await server.stop()
    finally:
        shutil.rmtree(server.cluster)
        shutil.rmtree(server.socket)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
