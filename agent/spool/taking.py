"""Taking batches out for publishing: stamps are put right, then the payload is fixed for ever, on disk, before it leaves."""

import zlib
from collections.abc import Iterable
from typing import NamedTuple

from agent.clock_quality import correction
from agent.draft import Clocking
from agent.spool.payload import pack, renumber, restamp, unpack
from agent.spool.schema import State
from agent.spool.store import Store
from protocols.wire.batch import Batch
from protocols.wire.encode import deflate, encode


class Parcel(NamedTuple):
    """A batch as it is published: its bytes never change again."""

    id: int
    stream: bytes
    seq: int
    payload: bytes
    encoding: str | None


def take(store: Store, inflight: Iterable[int], oldest: int, newest: int, now: Clocking) -> list[Parcel]:
    """Up to `oldest` and `newest` batches from either end of what is not settled nor in flight, fixed for ever.

    That they may have been published is on the disk before this returns.
    """
    busy = ",".join(str(int(identity)) for identity in inflight)
    query = f"select id from batch where state < 2 and id not in ({busy}) order by id"  # noqa: S608
    chosen = [row[0] for row in store.connection.execute(f"{query} limit ?", (oldest,))]
    late = [row[0] for row in store.connection.execute(f"{query} desc limit ?", (newest,))]
    return fixed(store, list(dict.fromkeys([*late, *chosen])), now)


def fixed(store: Store, wanted: Iterable[int], now: Clocking) -> list[Parcel]:
    """These batches, not settled, as they are published."""
    wanted = list(wanted)
    if not wanted:
        return []
    parcels = []
    with store.transaction():
        for identity in wanted:
            parcel = _fix(store, identity, now)
            if parcel is not None:
                parcels.append(parcel)
    return parcels


def _fix(store: Store, identity: int, now: Clocking) -> Parcel | None:
    """The batch with its stamps put right and its payload fixed; None when it turns out to be torn."""
    row = store.connection.execute(
        "select stream, seq, state, stale, sync, boot, offset_ms, first_ms, last_ms, crc, encoding, payload"
        " from batch where id = ?",
        (identity,),
    ).fetchone()
    stream, seq, state, stale, sync, boot, offset, first, last, crc, encoding, payload = row
    if zlib.crc32(payload) != crc:
        _torn(store, identity, State(state), first, last)
        return None
    if state == State.PUBLISHED:
        return Parcel(identity, stream, seq, payload, encoding)
    needed = correction(Clocking(bool(sync), boot, offset), now)
    if stale or needed.shift_ms or needed.sync != bool(sync):
        body = unpack(payload, encoding)
        renumber(body, store.agent, stream, seq)
        restamp(body, needed.shift_ms, needed.sync)
        payload, encoding = pack(body)
        store.rewrite(identity, payload, encoding, 0)
    store.connection.execute(
        "update batch set state = ?, stale = 0, sync = ?, first_ms = first_ms + ?, last_ms = last_ms + ?,"
        " offset_ms = offset_ms + ? where id = ?",
        (State.PUBLISHED, needed.sync, needed.shift_ms, needed.shift_ms, needed.shift_ms, identity),
    )
    return Parcel(identity, stream, seq, payload, encoding)


def _torn(store: Store, identity: int, state: State, first: int, last: int) -> None:
    """A payload that is not what was stored: given up, and told.

    Never published, its number is sent with nothing in it. Else its number may or may not have arrived, nothing
    can be sent under it, and a new stream begins so that the collector's count of what is complete can go on.
    """
    store.gap(first, last, "a batch was torn on the agent's disk", 0)
    if state == State.PENDING:
        empty = Batch(store.stream, 0, store.agent, max(first, 0), False, bytes(16))
        payload, encoding = deflate(encode(empty))
        store.rewrite(identity, payload, encoding, 0)
        store.connection.execute("update batch set stale = 1 where id = ?", (identity,))
    else:
        store.connection.execute(
            "update batch set state = ?, reason = 'torn on disk' where id = ?", (State.REFUSED, identity)
        )
        store.new_stream()
