"""The spool's tables and the states of a batch, and how its file is opened so that a commit is on the disk."""

import sqlite3
from enum import IntEnum
from pathlib import Path

SCHEMA = """
create table if not exists meta (key text primary key, value blob);
create table if not exists batch (
    id         integer primary key autoincrement,  -- order of storing
    stream     blob not null,
    seq        integer not null,
    state      integer not null,                   -- State
    stage      integer not null default 0,         -- how often it was thinned
    stale      integer not null default 0,         -- 1: the payload still has an earlier stream and number
    sync       integer not null,                   -- the clock when it was taken
    boot       blob not null,
    offset_ms  integer not null,
    first_ms   integer not null,                   -- oldest and newest stamp
    last_ms    integer not null,
    changed_ms integer not null,                   -- stored, then settled
    size       integer not null,                   -- bytes it takes, payload and row
    crc        integer not null,
    encoding   text,
    reason     text,                               -- of a refusal
    payload    blob not null,
    unique (stream, seq)
);
create index if not exists batch_open on batch (id, first_ms) where state < 2;
create index if not exists batch_newest on batch (state, sync, last_ms, size);
create index if not exists batch_settled on batch (changed_ms) where state >= 2;
create table if not exists gap (since integer, until integer, reason text, samples integer);
"""
ROW_BYTES = 200
"""What a row takes beside its payload."""


class State(IntEnum):
    """How far a batch is on its way. Only a PENDING one may still be changed."""

    PENDING = 0
    PUBLISHED = 1
    """Perhaps published: its payload is fixed for ever."""
    ACKNOWLEDGED = 2
    REFUSED = 3


def connect(path: Path) -> sqlite3.Connection:
    """The database in WAL mode with every commit synchronised. Raises sqlite3.Error."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=64)
    try:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = full")
        connection.execute("pragma cache_size = -2048")
        connection.execute("pragma journal_size_limit = 8388608")
        connection.executescript(SCHEMA)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def get(connection: sqlite3.Connection, key: str) -> bytes | None:
    """One value of `meta`; None when it was never set."""
    row = connection.execute("select value from meta where key = ?", (key,)).fetchone()
    return None if row is None else bytes(row[0])


def put(connection: sqlite3.Connection, key: str, value: bytes) -> None:
    """Set one value of `meta`."""
    connection.execute(
        "insert into meta values (?, ?) on conflict (key) do update set value = excluded.value", (key, value)
    )
