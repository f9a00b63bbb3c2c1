"""The pool of connections to PostgreSQL, and what an error of it means to the rest of the collector."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, LiteralString

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from protocols.errors import StoreError

Params = Sequence[Any] | Mapping[str, Any] | None
Connection = psycopg.AsyncConnection[DictRow]
_UNUSABLE = (
    psycopg.ProgrammingError,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.DataCorrupted,
    psycopg.errors.IndexCorrupted,
)


class UnusableError(StoreError):
    """The database answers and cannot be used as it is: a table, a right or its epoch is missing, it takes no writes, it is
    damaged. Whatever is asked of it fails alike, so what was asked is not at fault.
    """


_TCP = {"keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 30_000}
"""A server that vanished without a word (a power cut, a firewall) is noticed within half a minute, not within hours."""


class Database:
    """A pool of connections. Every error leaves as `StoreError`; `permanent` when trying again cannot help."""

    def __init__(self, dsn: str, *, connections: int = 10, wait: float = 10.0) -> None:
        """`dsn` is a libpq string or URL; `wait` is how many seconds to wait for a free connection."""
        self.dsn = dsn
        tcp = {name: value for name, value in _TCP.items() if name not in dsn}
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            dsn,
            min_size=1,
            max_size=connections,
            timeout=wait,
            open=False,
            kwargs={"row_factory": dict_row, "options": "-c timezone=UTC", "application_name": "firstbell", **tcp},
        )

    async def open(self) -> None:
        """Begin to connect; returns at once, whether or not the database is there."""
        await self._pool.open(wait=False)

    async def reach(self, wait: float = 5.0) -> None:
        """Connect once, beside the pool. Raises `StoreError` with the server's own reason, which the pool does not tell."""
        try:
            connection = await psycopg.AsyncConnection.connect(self.dsn, connect_timeout=max(2, round(wait)))
        except psycopg.Error as error:
            raise _outcome(error) from error
        await connection.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One transaction on one connection: committed at the end of the block, rolled back on an exception."""
        asked = _cancelling()
        try:
            async with self._pool.connection() as connection:
                if _cancelling() > asked:  # the pool's `wait_for` (Python 3.11) loses one that comes with a connection
                    raise asyncio.CancelledError
                yield connection
        except (psycopg.Error, PoolTimeout) as error:
            raise _outcome(error) from error

    @asynccontextmanager
    async def outside(self) -> AsyncIterator[Connection]:
        """A connection without a transaction: each statement commits by itself (for procedures that commit)."""
        async with self.transaction() as connection:
            await connection.set_autocommit(True)
            try:
                yield connection
            finally:
                if not connection.broken:
                    await connection.set_autocommit(False)

    async def rows(self, query: LiteralString, params: Params = None) -> list[DictRow]:
        """Every row of a query."""
        async with self.transaction() as connection:
            return await (await connection.execute(query, params)).fetchall()

    async def row(self, query: LiteralString, params: Params = None) -> DictRow | None:
        """The first row of a query, or None."""
        async with self.transaction() as connection:
            return await (await connection.execute(query, params)).fetchone()

    async def execute(self, query: LiteralString, params: Params = None) -> int:
        """Run a statement; how many rows it touched."""
        async with self.transaction() as connection:
            return (await connection.execute(query, params)).rowcount


@asynccontextmanager
async def part(connection: Connection) -> AsyncIterator[None]:
    """A part of a transaction: taken back alone when it fails. Raises `StoreError`."""
    try:
        async with connection.transaction():
            yield
    except psycopg.Error as error:
        raise _outcome(error) from error


def _outcome(error: Exception) -> BaseException:
    """What leaves for an error of the driver. A task that is being cancelled stays so: a database that went away at that moment
    answers the clean-up with an error, and whoever tries again after a `StoreError` would never end.
    """
    return asyncio.CancelledError() if _cancelling() else translate(error)


def _cancelling() -> int:
    """How often this task has been asked to end."""
    task = asyncio.current_task()
    return task.cancelling() if task is not None else 0


def translate(error: Exception) -> StoreError:
    """The error of the driver as ours: permanent unless it is about reaching the database or about its resources."""
    passing = isinstance(error, PoolTimeout | psycopg.OperationalError | psycopg.InterfaceError)
    text = str(error).strip().splitlines()
    reason = text[0].removeprefix("connection is bad: ") if text else type(error).__name__
    kind = UnusableError if isinstance(error, _UNUSABLE) else StoreError
    return kind(f"database: {reason}", permanent=not passing)
