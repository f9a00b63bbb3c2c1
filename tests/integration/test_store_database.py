"""The pool: what its connections are, and what a server that is full or gone means."""

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
