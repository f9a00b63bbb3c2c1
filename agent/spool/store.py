"""One open spool file: its stream, its numbers and what it holds. Runs in the spool's own thread; sqlite3 errors pass through."""

import secrets
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from agent.spool.schema import ROW_BYTES, State, get, put


@dataclass
class Store:
    """One open spool file. `used` is the bytes that its batches take."""

    connection: sqlite3.Connection
    agent: str
    stream: bytes = b""
    used: int = 0
    following: int = 1
    """The number that the next batch of the stream gets."""

    def __post_init__(self) -> None:
        stream, following = get(self.connection, "stream"), get(self.connection, "next")
        if stream is None or following is None:
            with self.transaction():
                self.new_stream()
        else:
            self.stream, self.following = stream, int(following)
        (self.used,) = self.connection.execute("select coalesce(sum(size), 0) from batch").fetchone()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; on the disk when it ends."""
        before = (self.stream, self.following, self.used)
        self.connection.execute("begin immediate")
        try:
            yield
            self.connection.execute("commit")
        except BaseException:
            self.stream, self.following, self.used = before
            if self.connection.in_transaction:
                self.connection.execute("rollback")
            raise

    def new_stream(self) -> None:
        """Begin another stream at 1, within a transaction; batches that were never published move to it."""
        self.stream, self.following = secrets.token_bytes(16), 1
        put(self.connection, "stream", self.stream)
        put(self.connection, "next", b"1")
        put(self.connection, "forgotten", b"")
        self.renumber()

    def renumber(self) -> None:
        """Move batches that were never published, and have a number of another stream, to this one; in a transaction."""
        pending = self.connection.execute(
            "select id from batch where state = ? and stream <> ? order by id", (State.PENDING, self.stream)
        ).fetchall()
        for (identity,) in pending:
            self.connection.execute(
                "update batch set stream = ?, seq = ?, stale = 1 where id = ?", (self.stream, self.number(), identity)
            )

    def forget(self, condition: str, *values: object) -> int:
        """Delete settled batches, within a transaction; remembers how far the current stream was forgotten. Bytes freed."""
        where = f"state >= 2 and {condition}"
        freed, seq, last = self.connection.execute(
            f"select coalesce(sum(size), 0), max(seq) filter (where stream = ?), max(last_ms) from batch where {where}",  # noqa: S608
            (self.stream, *values),
        ).fetchone()
        self.connection.execute(f"delete from batch where {where}", values)  # noqa: S608
        if seq is not None:
            put(self.connection, "forgotten", f"{seq} {last}".encode())
        self.used -= freed
        return int(freed)

    def rewrite(self, identity: int, payload: bytes, encoding: str | None, stage: int) -> None:
        """Replace the payload of a batch that was never published, within a transaction."""
        (before,) = self.connection.execute("select size from batch where id = ?", (identity,)).fetchone()
        size = len(payload) + ROW_BYTES
        self.connection.execute(
            "update batch set payload = ?, encoding = ?, crc = ?, size = ?, stage = ? where id = ? and state = ?",
            (payload, encoding, zlib.crc32(payload), size, stage, identity, State.PENDING),
        )
        self.used += size - before

    def gap(self, since: int, until: int, reason: str, samples: int) -> None:
        """Note, within a transaction, what was given up; the next batch stored reports it."""
        self.connection.execute("insert into gap values (?, ?, ?, ?)", (since, until, reason, samples))

    def number(self) -> int:
        """The next number of the stream, taken within a transaction."""
        seq, self.following = self.following, self.following + 1
        put(self.connection, "next", str(self.following).encode())
        return seq
