"""Putting drafts into the spool: each gets the stream's next number in the transaction that stores it."""

import zlib
from collections.abc import Iterable

from agent.draft import Clocking, Draft
from agent.spool.payload import AGENT_DEVICE, GAP_KIND
from agent.spool.schema import ROW_BYTES, State
from agent.spool.store import Store
from protocols.wire.batch import Batch, Event
from protocols.wire.encode import deflate, encode

_INSERT = """insert into batch (stream, seq, state, sync, boot, offset_ms, first_ms, last_ms, changed_ms, size, crc, encoding, payload)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


def add(store: Store, drafts: Iterable[Draft], now_ms: int) -> int:
    """Store the drafts, each under the stream's next number; how many. What was given up is reported with the first."""
    count = 0
    with store.transaction():
        for draft in drafts:
            batch = draft.batch(store.agent, now_ms)
            if not count:
                _report_gaps(store, batch, now_ms)
            batch.stream, batch.seq = store.stream, store.number()
            _insert(store, batch, draft.clock, now_ms)
            count += 1
    return count


def _report_gaps(store: Store, batch: Batch, now_ms: int) -> None:
    gaps = store.connection.execute("select since, until, reason, samples from gap limit 50").fetchall()
    if not gaps:
        return
    store.connection.execute("delete from gap where rowid in (select rowid from gap limit 50)")
    if AGENT_DEVICE not in batch.devices:
        batch.devices.append(AGENT_DEVICE)
    itself = batch.devices.index(AGENT_DEVICE)
    told = [dict(zip(("since", "until", "reason", "samples"), gap, strict=True)) for gap in gaps]
    # Another list: the draft keeps its own, and is stored again when this transaction fails.
    batch.events = [*batch.events, *(Event(itself, now_ms, GAP_KIND, "minor", detail) for detail in told)]


def _insert(store: Store, batch: Batch, clock: Clocking, now_ms: int) -> None:
    payload, encoding = deflate(encode(batch))
    stamps = [*batch.times, *(row.time for rows in (batch.events, batch.facts, batch.reach) for row in rows)]
    first, last = min(stamps, default=now_ms), max(stamps, default=now_ms)
    size = len(payload) + ROW_BYTES
    taken = (batch.stream, batch.seq, State.PENDING, clock.sync, clock.boot, clock.offset_ms)
    store.connection.execute(_INSERT, (*taken, first, last, now_ms, size, zlib.crc32(payload), encoding, payload))
    store.used += size
