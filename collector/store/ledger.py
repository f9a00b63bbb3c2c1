"""The delivery ledger: which batches of which stream are in the database. It is what makes a resend harmless.

A stream has one row with the `int8multirange` of the sequence numbers received. It is locked before anything of a batch
is written and committed with it, so that a batch is in the database once, whoever else delivers it at the same time.
"""

import hashlib
from collections.abc import Sequence
from typing import LiteralString, NamedTuple

from psycopg.rows import DictRow

from collector.store.database import Connection, UnusableError

DIGESTS_KEPT = 512
"""How many sequence numbers behind the newest one a stream's digests are kept for."""
_PRUNE_EVERY = 64


class Delivery(NamedTuple):
    """One batch as it arrived: its stream (16 bytes), number (from 1), the agent whose topic it came on, its digest."""

    stream: bytes
    seq: int
    agent: str
    digest: bytes


class Seen(NamedTuple):
    """`new`: take it. `conflict`: the number was used for other bytes, or the stream is another agent's: quarantine it.

    Neither: a resend of what is already here.
    """

    new: bool
    conflict: bool


NEW = Seen(True, False)
RESENT = Seen(False, False)
CONFLICT = Seen(False, True)


async def record(connection: Connection, deliveries: Sequence[Delivery]) -> list[Seen]:
    """Enter the deliveries into the ledger, in the connection's transaction; what each one is, in their order.

    Locks the streams' rows until the transaction ends. Every agent must be known; its right to write is not judged here.
    """
    if not deliveries:
        return []
    await _lock(connection, deliveries)
    rows = await _known(connection, deliveries)
    seen = judge(deliveries, rows)
    fresh = [delivery for delivery, verdict in zip(deliveries, seen, strict=True) if verdict.new]
    if fresh:
        await _enter(connection, fresh)
    return seen


def judge(deliveries: Sequence[Delivery], rows: Sequence[DictRow]) -> list[Seen]:
    """What each delivery is, from the ledger's rows (agent_id, received, digest) for each and from those before it."""
    group: dict[tuple[bytes, int], bytes] = {}
    verdicts = []
    for delivery, row in zip(deliveries, rows, strict=True):
        number = (delivery.stream, delivery.seq)
        known = group.get(number, row["digest"])
        if row["agent_id"] != delivery.agent or (known is not None and known != delivery.digest):
            verdicts.append(CONFLICT)
        elif row["received"] or number in group:
            verdicts.append(RESENT)
        else:
            group[number] = delivery.digest
            verdicts.append(NEW)
    return verdicts


async def _lock(connection: Connection, deliveries: Sequence[Delivery]) -> None:
    """Lock the row of each stream, in one order for everybody; make those that are missing."""
    owners = {delivery.stream: delivery.agent for delivery in reversed(deliveries)}
    streams = sorted(owners)
    query = "select stream from delivery where stream = any(%s) order by stream for update"
    found = await (await connection.execute(query, [streams])).fetchall()
    if len(found) == len(streams):
        return
    missing = sorted(set(streams) - {row["stream"] for row in found})
    await connection.execute(
        "insert into delivery (stream, agent_id) select * from unnest(%s::bytea[], %s::text[]) as n (stream, agent)"
        " order by stream on conflict do nothing",
        [missing, [owners[stream] for stream in missing]],
    )
    await connection.execute(query, [missing])


async def _known(connection: Connection, deliveries: Sequence[Delivery]) -> list[DictRow]:
    found = await connection.execute(
        "select delivery.agent_id, delivery.received @> asked.seq as received, delivery_digest.digest"
        " from unnest(%s::bytea[], %s::bigint[]) with ordinality as asked (stream, seq, position)"
        " join delivery using (stream) left join delivery_digest using (stream, seq) order by position",
        [[delivery.stream for delivery in deliveries], [delivery.seq for delivery in deliveries]],
    )
    return await found.fetchall()


async def _enter(connection: Connection, fresh: Sequence[Delivery]) -> None:
    streams, seqs = [delivery.stream for delivery in fresh], [delivery.seq for delivery in fresh]
    await connection.execute(
        "with fresh as (select * from unnest(%s::bytea[], %s::bigint[], %s::bytea[]) as n (stream, seq, digest)),"
        " digests as (insert into delivery_digest select * from fresh)"
        " update delivery set received = received + ranges, last_at = now() from"
        " (select stream, range_agg(int8range(seq, seq, '[]')) as ranges from fresh group by stream) as n"
        " where delivery.stream = n.stream",
        [streams, seqs, [delivery.digest for delivery in fresh]],
    )
    if any(seq % _PRUNE_EVERY == 0 for seq in seqs):
        await connection.execute(
            "delete from delivery_digest using (select stream, max(seq) as newest from delivery_digest"
            " where stream = any(%s) group by stream) as n"
            " where delivery_digest.stream = n.stream and seq <= newest - %s",
            [sorted(set(streams)), DIGESTS_KEPT],
        )


async def received(connection: Connection, stream: bytes) -> tuple[int, list[tuple[int, int]]]:
    """What is here of a stream: all of 1..upto (0: not even 1), and the further ranges, both ends inclusive."""
    found = await connection.execute(
        "select lower(part) as low, upper(part) - 1 as high"
        " from delivery, unnest(received) as part where stream = %s order by low",
        [stream],
    )
    ranges = [(int(row["low"]), int(row["high"])) for row in await found.fetchall()]
    if ranges and ranges[0][0] <= 1:
        return ranges[0][1], ranges[1:]
    return 0, ranges


async def db_epoch(connection: Connection) -> str:
    """A text that is another one once the database was restored, replaced or failed over: agents then send again.

    Made of the epoch in `meta` (`firstbell restore` renews it), the database's id, and, where this account may ask, the
    cluster's system identifier and timeline.
    """
    found = await connection.execute(
        "select value, (select oid from pg_database where datname = current_database())::text as oid,"
        " has_function_privilege('pg_control_system()', 'execute') as identified,"
        " has_function_privilege('pg_control_checkpoint()', 'execute') as controlled,"
        " has_function_privilege('pg_walfile_name(pg_lsn)', 'execute') and not pg_is_in_recovery() as walled"
        " from meta where key = 'epoch'"
    )
    row = await found.fetchone()
    if row is None:
        raise UnusableError(
            "the database has no epoch: its table meta was emptied; restore it from a backup", permanent=True
        )
    parts = [row["value"], row["oid"]]
    if row["identified"]:
        parts.append(await _value(connection, "select system_identifier::text as value from pg_control_system()"))
    if row["walled"]:
        parts.append(await _value(connection, "select left(pg_walfile_name(pg_current_wal_lsn()), 8) as value"))
    elif row["controlled"]:
        parts.append(
            await _value(connection, "select lpad(to_hex(timeline_id), 8, '0') as value from pg_control_checkpoint()")
        )
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]


async def _value(connection: Connection, query: LiteralString) -> str:
    row = await (await connection.execute(query)).fetchone()
    assert row is not None
    return str(row["value"])
