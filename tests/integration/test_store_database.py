"""The pool: what its connections are, and what a server that is full or gone means."""

import asyncio

import pytest

from collector.store.database import Database


async def test_a_server_that_vanished_is_noticed_soon_unless_the_dsn_says_otherwise(dsn: str) -> None:
    pool = Database(dsn + " keepalives_idle=99", connections=1)
    await pool.open()
    try:
        async with pool.transaction() as connection:
            parameters = connection.info.get_parameters()
    finally:
        await pool.close()
    assert (parameters["tcp_user_timeout"], parameters["keepalives_idle"]) == ("30000", "99")


@pytest.mark.parametrize("steps", range(12))
async def test_a_task_that_is_cancelled_as_it_is_given_a_connection_ends(dsn: str, steps: int) -> None:
    pool = Database(dsn, connections=1)
    await pool.open()

    async def ask() -> None:
        while True:
            await pool.row("select pg_sleep(0.005)")

    try:
        async with pool.transaction():
            asking = asyncio.create_task(ask())
            await asyncio.sleep(0.01)
        for _ in range(steps):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking], timeout=5)
        assert asking.cancelled()
    finally:
        asking.cancel()
        await pool.close()
