"""Channels: where messages go. Their URLs hold passwords: only the encrypted form is stored."""

from typing import Any, NamedTuple

from psycopg.rows import DictRow

from collector.store.database import Connection, Database, part
from protocols.errors import StoreError


class NewChannel(NamedTuple):
    """`scheme` is what may be shown of the URL: mailto, ntfy, json, …; `minimum` the least severity it is told."""

    name: str
    url_secret: bytes
    scheme: str
    minimum: str


async def add(database: Database, channel: NewChannel) -> int:
    """Its id. Raises `StoreError` when the name is taken."""
    row = await database.row(
        "insert into channel (name, url_secret, scheme, minimum) values (%s, %s, %s, %s)"
        " on conflict (name) do nothing returning id",
        list(channel),
    )
    if row is None:
        raise StoreError(
            f"a channel named {channel.name!r} exists: remove it first, or choose another name", permanent=True
        )
    return int(row["id"])


async def insert(
    connection: Connection, channel: NewChannel, signing_secret: bytes | None = None, enabled: bool = True
) -> int | None:
    """Its id; None when the name is taken."""
    made = await connection.execute(
        "insert into channel (name, url_secret, scheme, minimum, signing_secret, enabled) values (%s, %s, %s, %s, %s, %s)"
        " on conflict (name) do nothing returning id",
        [*channel, signing_secret, enabled],
    )
    row = await made.fetchone()
    return None if row is None else int(row["id"])


async def change(connection: Connection, identity: int, wanted: dict[str, Any]) -> None:
    """Its `name`, `scheme`, `minimum`, `enabled`, and `url` (encrypted) unless None. Raises `StoreError` for a name taken."""
    async with part(connection):
        await connection.execute(
            "update channel set name = %(name)s, scheme = %(scheme)s, minimum = %(minimum)s, enabled = %(enabled)s,"
            " url_secret = coalesce(%(url)s, url_secret) where id = %(id)s",
            {**wanted, "id": identity},
        )


async def channels(database: Database) -> list[DictRow]:
    """`{id, name, scheme, enabled, minimum, failing_since, last_error, waiting}`, by name; never the URL."""
    return await database.rows(
        "select c.id, c.name, c.scheme, c.enabled, c.minimum, c.failing_since, c.last_error,"
        " (select count(*) from outbox o where o.channel_id = c.id and o.delivered_at is null) as waiting"
        " from channel c order by c.name"
    )


async def failing(database: Database) -> list[DictRow]:
    """Enabled channels whose last delivery failed: `{id, name, failing_since, failures}`."""
    return await database.rows(
        "select id, name, failing_since, failures from channel where enabled and failing_since is not null order by id"
    )


async def secrets(database: Database, name: str) -> DictRow:
    """`{url_secret, signing_secret}`, encrypted; the second None for what is no webhook. Raises `StoreError` when there is no such channel."""
    row = await database.row("select url_secret, signing_secret from channel where name = %s", [name])
    if row is None:
        raise _missing(name)
    return row


async def remove(database: Database, name: str) -> None:
    """Remove it with what waits for it. Raises `StoreError` when there is no such channel."""
    if not await database.execute("delete from channel where name = %s", [name]):
        raise _missing(name)


def _missing(name: str) -> StoreError:
    return StoreError(f"there is no channel named {name!r}; see `firstbell channel list`", permanent=True)
