"""What an acknowledgement does to the spool: settles, refuses, replays after a restore, renews a stream used twice."""

from dataclasses import dataclass

from agent.clock_quality import STEP_MS
from agent.draft import Clocking
from agent.spool.schema import State, get, put
from agent.spool.store import Store
from protocols.wire.inflate import digest
from protocols.wire.messages import Ack

CONFLICT = "conflict"
"""How the reason of a refusal begins when the collector holds another content under the same stream and number. The digest
of what was refused follows: the owner of that other content hears the refusal, too.
"""

WRONG_TIME = "time"
"""How the reason begins when the collector would not take a batch's stamps."""

NOT_NOW = ("unknown", "revoked")
"""Reasons that say nothing of the batch: the agent may not write, until an administrator enrols or re-activates it."""


@dataclass(slots=True)
class Settled:
    """What an acknowledgement changed. `restored`: the database is another than before; `renewed`: a new stream began.

    `barred`: why the collector takes nothing of this agent for now; those batches wait as they were.
    """

    refused: dict[int, str]
    barred: str | None = None
    restored: bool = False
    renewed: bool = False
    replayed: int = 0


def settle(store: Store, ack: Ack, now_ms: int) -> Settled:
    """Apply the acknowledgement in one transaction. Acknowledged batches stay for replay until they are swept."""
    waiting = {seq: reason for seq, reason in ack.refused.items() if reason in NOT_NOW}
    settled = Settled({seq: reason for seq, reason in ack.refused.items() if seq not in waiting})
    settled.barred = next(iter(waiting.values()), None)
    with store.transaction():
        _epoch(store, ack, settled)
        if _refuse(store, ack.stream, settled.refused, now_ms) or _foreign(store, ack):
            # What it says was taken may be the other one's: what waits under these numbers is sent again and answered anew.
            settled.renewed = ack.stream == store.stream
            if settled.renewed:
                store.new_stream()
            else:
                store.renumber()
        else:
            _acknowledge(store, ack, now_ms)
    return settled


def _acknowledge(store: Store, ack: Ack, now_ms: int) -> None:
    for low, high in _ranges(ack):
        store.connection.execute(
            "update batch set state = ?, changed_ms = ? where stream = ? and seq between ? and ? and state = ?",
            (State.ACKNOWLEDGED, now_ms, ack.stream, low, high, State.PUBLISHED),
        )


def recover(store: Store, now: Clocking) -> int:
    """Batches that were refused for their stamps, on this boot and by a clock that nobody disciplined, get another number.

    Call it after the clock was set: their stamps are put right when they are published again. How many.
    """
    query = (
        "select id from batch where state = ? and sync = 0 and boot = ? and reason like ? and abs(offset_ms - ?) > ?"
    )
    values = (State.REFUSED, now.boot, f"{WRONG_TIME}%", now.offset_ms, STEP_MS)
    rows = store.connection.execute(query, values).fetchall()
    if rows:
        with store.transaction():
            for (identity,) in rows:
                store.connection.execute(
                    "update batch set state = ?, stale = 1, reason = null, stream = ?, seq = ? where id = ?",
                    (State.PENDING, store.stream, store.number(), identity),
                )
    return len(rows)


def _ranges(ack: Ack) -> list[tuple[int, int]]:
    return [(1, ack.upto), *ack.also]


def _nothing_taken(ack: Ack) -> bool:
    """Whether it only refuses, and so says nothing of what the database has of the stream: there `upto` is 0 for all."""
    return not ack.upto and not ack.also


def _epoch(store: Store, ack: Ack, settled: Settled) -> None:
    """A changed epoch: what the collector took before may be gone, so everything that is kept is sent again."""
    known = get(store.connection, "epoch")
    epoch = ack.db_epoch.encode()
    if not epoch or known == epoch or _nothing_taken(ack):
        return
    put(store.connection, "epoch", epoch)
    if known is None:
        return
    settled.restored = True
    settled.replayed = store.connection.execute(
        "update batch set state = ?, reason = null where state >= 2 and coalesce(reason, '') <> 'torn on disk'",
        (State.PUBLISHED,),
    ).rowcount
    forgotten = get(store.connection, "forgotten")
    if not forgotten or ack.stream != store.stream:
        return
    seq, last_ms = (int(text) for text in forgotten.split())
    if seq > ack.upto and not any(low <= ack.upto + 1 and seq <= high for low, high in ack.also):
        store.gap(last_ms, last_ms, "the database was restored from before what the agent still keeps", 0)
        store.new_stream()
        settled.renewed = True


def _refuse(store: Store, stream: bytes, refused: dict[int, str], now_ms: int) -> bool:
    """Mark what was refused; whether a batch of ours met another content under its number, which it then gives up."""
    used_twice = False
    for seq, reason in refused.items():
        if reason.startswith(CONFLICT):
            used_twice = _give_up_number(store, stream, seq, reason) or used_twice
            continue
        store.connection.execute(
            "update batch set state = ?, reason = ?, changed_ms = ? where stream = ? and seq = ? and state = ?",
            (State.REFUSED, reason, now_ms, stream, seq, State.PUBLISHED),
        )
    return used_twice


def _give_up_number(store: Store, stream: bytes, seq: int, reason: str) -> bool:
    """Make a batch that met another content one that nobody saw; False when not it was refused but the other one's.

    It may count as acknowledged by then: the other one's acknowledgement was heard here, too.
    """
    row = store.connection.execute(
        "select id, encoding, payload from batch where stream = ? and seq = ? and state in (?, ?)",
        (stream, seq, State.PUBLISHED, State.ACKNOWLEDGED),
    ).fetchone()
    if row is None:
        return False
    identity, encoding, payload = row
    if digest(payload, encoding).hex() not in reason:
        return False
    store.connection.execute("update batch set state = ?, stale = 1 where id = ?", (State.PENDING, identity))
    return True


def _foreign(store: Store, ack: Ack) -> bool:
    """Whether the collector has numbers of our stream that we never published: a copy of this spool lives elsewhere."""
    if ack.stream != store.stream:
        return False
    query = "select 1 from batch where stream = ? and seq between ? and ? and state = ? limit 1"
    for low, high in _ranges(ack):
        row = store.connection.execute(query, (ack.stream, low, high, State.PENDING)).fetchone()
        if row is not None or high >= store.following:
            return True
    return False
