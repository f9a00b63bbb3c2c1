"""The spool's questions in SQL, each one transaction. Runs in the spool's own thread; sqlite3 errors pass through."""

import secrets
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from agent.clock_quality import correction
from agent.draft import Clocking, Draft
from agent.spool.payload import AGENT_DEVICE, GAP_KIND, pack, renumber, restamp, unpack
from agent.spool.schema import ROW_BYTES, State, get, put
from protocols.wire.batch import Batch, Event
from protocols.wire.encode import deflate, encode

_INSERT = """insert into batch (stream, seq, state, sync, boot, offset_ms, first_ms, last_ms, changed_ms, crc, encoding, payload)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


class Parcel(NamedTuple):
    """A batch as it is published: its bytes never change again."""

    id: int
    stream: bytes
    seq: int
    payload: bytes
    encoding: str | None


@dataclass
class Store:
    """One open spool file. `used` is the bytes that its batches take."""

    connection: sqlite3.Connection
    agent: str
    stream: bytes = b""
    used: int = 0
    damaged: int = 0
    """Batches found torn on disk."""
    following: int = 1
    """The number that the next batch of the stream gets."""

    def __post_init__(self) -> None:
        stream, following = get(self.connection, "stream"), get(self.connection, "next")
        if stream is None or following is None:
            with self.transaction():
                self.new_stream()
        else:
            self.stream, self.following = stream, int(following)
        (self.used,) = self.connection.execute(
            f"select coalesce(sum(length(payload) + {ROW_BYTES}), 0) from batch"  # noqa: S608
        ).fetchone()

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
        pending = self.connection.execute(
            "select id from batch where state = ? order by id", (State.PENDING,)
        ).fetchall()
        for (identity,) in pending:
            self.connection.execute(
                "update batch set stream = ?, seq = ?, stale = 1 where id = ?", (self.stream, self._number(), identity)
            )

    def add(self, drafts: Iterable[Draft], now_ms: int) -> int:
        """Store the drafts, each under the stream's next number; how many. What was given up is reported with the first."""
        count = 0
        with self.transaction():
            for draft in drafts:
                batch = draft.batch(self.agent, now_ms)
                if not count:
                    self._report_gaps(batch, now_ms)
                batch.stream, batch.seq = self.stream, self._number()
                self._insert(batch, draft.clock, now_ms)
                count += 1
        return count

    def take(self, inflight: Iterable[int], oldest: int, newest: int, now: Clocking) -> list[Parcel]:
        """Up to `oldest` and `newest` batches from either end of what is not settled nor in flight, fixed for ever.

        That they may have been published is on the disk before this returns.
        """
        busy = ",".join(str(int(identity)) for identity in inflight)
        query = f"select id from batch where state < 2 and id not in ({busy}) order by id"  # noqa: S608
        chosen = [row[0] for row in self.connection.execute(f"{query} limit ?", (oldest,))]
        late = [row[0] for row in self.connection.execute(f"{query} desc limit ?", (newest,))]
        wanted = list(dict.fromkeys([*late, *chosen]))
        if not wanted:
            return []
        parcels = []
        with self.transaction():
            for identity in wanted:
                parcel = self._fix(identity, now)
                if parcel is not None:
                    parcels.append(parcel)
        return parcels

    def unsettled(self, ids: Iterable[int]) -> set[int]:
        """Of the batches `ids` those that the collector has neither acknowledged nor refused."""
        listed = ",".join(str(int(identity)) for identity in ids)
        query = f"select id from batch where state < 2 and id in ({listed})"  # noqa: S608
        return {row[0] for row in self.connection.execute(query)}

    def sweep(self, before_ms: int) -> None:
        """Forget settled batches that were settled before `before_ms`."""
        with self.transaction():
            self.forget("changed_ms < ?", before_ms)

    def forget(self, condition: str, *values: object) -> int:
        """Delete settled batches, within a transaction; remembers how far the current stream was forgotten. Bytes freed."""
        where = f"state >= 2 and {condition}"
        freed, seq, last = self.connection.execute(
            f"select coalesce(sum(length(payload) + {ROW_BYTES}), 0), max(seq) filter (where stream = ?), max(last_ms)"  # noqa: S608
            f" from batch where {where}",
            (self.stream, *values),
        ).fetchone()
        self.connection.execute(f"delete from batch where {where}", values)  # noqa: S608
        if seq is not None:
            put(self.connection, "forgotten", f"{seq} {last}".encode())
        self.used -= freed
        return int(freed)

    def rewrite(self, identity: int, payload: bytes, encoding: str | None, stage: int) -> int:
        """Replace the payload of a batch that was never published, within a transaction; bytes freed."""
        (size,) = self.connection.execute("select length(payload) from batch where id = ?", (identity,)).fetchone()
        self.connection.execute(
            "update batch set payload = ?, encoding = ?, crc = ?, stage = ? where id = ? and state = ?",
            (payload, encoding, zlib.crc32(payload), stage, identity, State.PENDING),
        )
        self.used -= size - len(payload)
        return int(size) - len(payload)

    def gap(self, since: int, until: int, reason: str, samples: int) -> None:
        """Note, within a transaction, what was given up; the next batch stored reports it."""
        self.connection.execute("insert into gap values (?, ?, ?, ?)", (since, until, reason, samples))

    def counts(self) -> tuple[int, int | None]:
        """Batches not settled, and the oldest stamp among them (ms)."""
        count, oldest = self.connection.execute("select count(*), min(first_ms) from batch where state < 2").fetchone()
        return int(count), oldest

    def confirmed_ms(self) -> int:
        """The newest stamp that the collector took or that a disciplined clock gave; 0 when there is none."""
        (newest,) = self.connection.execute(
            "select coalesce(max(last_ms), 0) from batch where state = ? or (sync = 1 and state <> ?)",
            (State.ACKNOWLEDGED, State.REFUSED),
        ).fetchone()
        return int(newest)

    def _number(self) -> int:
        seq, self.following = self.following, self.following + 1
        put(self.connection, "next", str(self.following).encode())
        return seq

    def _report_gaps(self, batch: Batch, now_ms: int) -> None:
        gaps = self.connection.execute("select since, until, reason, samples from gap limit 50").fetchall()
        if not gaps:
            return
        self.connection.execute("delete from gap where rowid in (select rowid from gap limit 50)")
        batch.devices.append(AGENT_DEVICE)
        for since, until, reason, samples in gaps:
            detail = {"since": since, "until": until, "reason": reason, "samples": samples}
            batch.events.append(Event(len(batch.devices) - 1, now_ms, GAP_KIND, "minor", detail))

    def _insert(self, batch: Batch, clock: Clocking, now_ms: int) -> None:
        payload, encoding = deflate(encode(batch))
        stamps = [*batch.times, *(row.time for rows in (batch.events, batch.facts, batch.reach) for row in rows)]
        self.connection.execute(
            _INSERT,
            (
                *(batch.stream, batch.seq, State.PENDING, clock.sync, clock.boot, clock.offset_ms),
                *(
                    min(stamps, default=now_ms),
                    max(stamps, default=now_ms),
                    now_ms,
                    zlib.crc32(payload),
                    encoding,
                    payload,
                ),
            ),
        )
        self.used += len(payload) + ROW_BYTES

    def _fix(self, identity: int, now: Clocking) -> Parcel | None:
        """The batch with its stamps put right and its payload fixed; None when it turns out to be torn."""
        row = self.connection.execute(
            "select stream, seq, state, stale, sync, boot, offset_ms, first_ms, last_ms, crc, encoding, payload"
            " from batch where id = ?",
            (identity,),
        ).fetchone()
        stream, seq, state, stale, sync, boot, offset, first, last, crc, encoding, payload = row
        if zlib.crc32(payload) != crc:
            self._torn(identity, State(state), first, last)
            return None
        if state == State.PUBLISHED:
            return Parcel(identity, stream, seq, payload, encoding)
        needed = correction(Clocking(bool(sync), boot, offset), now)
        if stale or needed.shift_ms or needed.sync != bool(sync):
            body = unpack(payload, encoding)
            renumber(body, stream, seq)
            restamp(body, needed.shift_ms, needed.sync)
            payload, encoding = pack(body)
            self.rewrite(identity, payload, encoding, 0)
        self.connection.execute(
            "update batch set state = ?, stale = 0, sync = ?, first_ms = first_ms + ?, last_ms = last_ms + ? where id = ?",
            (State.PUBLISHED, needed.sync, needed.shift_ms, needed.shift_ms, identity),
        )
        return Parcel(identity, stream, seq, payload, encoding)

    def _torn(self, identity: int, state: State, first: int, last: int) -> None:
        """A payload that is not what was stored: given up, and told.

        Never published, its number is sent with nothing in it. Else its number may or may not have arrived, nothing
        can be sent under it, and a new stream begins so that the collector's count of what is complete can go on.
        """
        self.damaged += 1
        self.gap(first, last, "a batch was torn on the agent's disk", 0)
        if state == State.PENDING:
            empty = Batch(self.stream, 0, self.agent, max(first, 0), False, bytes(16))
            payload, encoding = deflate(encode(empty))
            self.rewrite(identity, payload, encoding, 0)
            self.connection.execute("update batch set stale = 1 where id = ?", (identity,))
        else:
            self.connection.execute(
                "update batch set state = ?, reason = 'torn on disk' where id = ?", (State.REFUSED, identity)
            )
            self.new_stream()
