"""The database itself, made where a server does not have it yet: the embedded server begins empty."""

import psycopg
from psycopg import sql

from collector.store.database import translate


async def create_database(dsn: str, name: str) -> None:
    """Make the database `name` unless it is there. `dsn` leads to another one of the server. Raises `StoreError`."""
    try:
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
            found = await connection.execute("select 1 from pg_database where datname = %s", [name])
            if await found.fetchone() is None:
                await connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    except psycopg.Error as error:
        raise translate(error) from error
