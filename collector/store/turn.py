"""Whose turn it is: of all collectors on one database one at a time judges, whoever takes samples in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from collector.store.database import Connection, Database

_JUDGE = 73_711_103
"""The advisory lock of whoever judges."""


class Turn:
    """The right to judge; it ends with its connection."""

    def __init__(self, connection: Connection | None) -> None:
        self._connection = connection

    async def is_mine(self) -> bool:
        """Whether it is, now: asked of the server. An error of the connection ends `judging` with a `StoreError`."""
        if self._connection is None:
            return False
        await self._connection.execute("select 1")
        return True


@asynccontextmanager
async def judging(database: Database) -> AsyncIterator[Turn]:
    """Take the turn if it is free, and keep it and one connection until the end of the block. Raises `StoreError`."""
    async with database.outside() as connection:
        found = await connection.execute("select pg_try_advisory_lock(%s) as mine", [_JUDGE])
        row = await found.fetchone()
        if row is None or not row["mine"]:
            yield Turn(None)
            return
        try:
            yield Turn(connection)
        finally:
            if not connection.broken:
                await connection.execute("select pg_advisory_unlock(%s)", [_JUDGE])
