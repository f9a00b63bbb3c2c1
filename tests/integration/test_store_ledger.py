"""The delivery ledger on a real database: nothing twice, whoever delivers; conflicts are told."""

import asyncio
import hashlib
import random

import numpy as np
import pytest

from collector.store.database import Database, UnusableError
from collector.store.fleet import ensure_agent, ensure_building
from collector.store.ledger import CONFLICT, DIGESTS_KEPT, NEW, RESENT, Delivery, db_epoch, received, record
from collector.store.samples import write_samples
from protocols.errors import StoreError

A, B = b"a" * 16, b"b" * 16
START = 1_772_600_000_000


@pytest.fixture
async def known(store: Database) -> Database:
    await enrol(store)
    return store


@pytest.fixture
async def native(database: Database) -> Database:
    await enrol(database)
    return database


async def enrol(database: Database) -> None:
    async with database.transaction() as connection:
        building = await ensure_building(connection, "Lincoln MS")
        for agent in ("lincoln", "washington"):
            await ensure_agent(connection, agent, agent, building)


def deliver(stream: bytes, seq: int, digest: bytes = b"x", agent: str = "lincoln") -> Delivery:
    return Delivery(stream, seq, agent, digest)


async def test_new_resent_and_conflict_in_one_group(native: Database) -> None:
    async with native.transaction() as connection:
        group = [
            deliver(A, 1),
            deliver(B, 7),
            deliver(A, 1),
            deliver(A, 1, b"other"),
            deliver(A, 2, agent="washington"),
            deliver(A, 2),
        ]
        assert await record(connection, group) == [NEW, NEW, RESENT, CONFLICT, CONFLICT, NEW]
    async with native.transaction() as connection:
        again = [deliver(A, 2), deliver(A, 1, b"other"), deliver(B, 7, agent="washington"), deliver(B, 8)]
        assert await record(connection, again) == [RESENT, CONFLICT, CONFLICT, NEW]
        assert await record(connection, []) == []


async def test_received_tells_what_is_whole_and_what_lies_beyond(native: Database) -> None:
    async with native.transaction() as connection:
        assert await received(connection, A) == (0, [])
        await record(connection, [deliver(A, seq) for seq in (3, 4, 9)])
        assert await received(connection, A) == (0, [(3, 4), (9, 9)])
        await record(connection, [deliver(A, seq) for seq in (2, 1)])
        assert await received(connection, A) == (4, [(9, 9)])


async def test_a_rollback_leaves_no_trace(native: Database) -> None:
    async def fail() -> None:
        async with native.transaction() as connection:
            await record(connection, [deliver(A, 1)])
            await connection.execute("select 1 / 0")

    with pytest.raises(StoreError, match="division by zero"):
        await fail()
    async with native.transaction() as connection:
        assert await record(connection, [deliver(A, 1)]) == [NEW]


async def test_digests_are_kept_for_the_newest_numbers_only(native: Database) -> None:
    last = DIGESTS_KEPT + 256
    async with native.transaction() as connection:
        for first in range(1, last + 1, 32):
            await record(connection, [deliver(A, seq) for seq in range(first, first + 32)])
        count = await (await connection.execute("select count(*) from delivery_digest")).fetchone()
        assert count == {"count": DIGESTS_KEPT}
        assert await record(connection, [deliver(A, 1, b"other"), deliver(A, last, b"other")]) == [RESENT, CONFLICT]


async def test_two_collectors_with_one_batch_take_it_once(known: Database) -> None:
    """Each on its own connection, as several collectors behind a shared subscription are."""

    async def take() -> bool:
        async with known.transaction() as connection:
            (seen,) = await record(connection, [deliver(A, 1)])
            if seen.new:
                await write_samples(connection, np.array([1], np.int32), np.array([START]), np.array([1.0]))
            return seen.new

    assert sorted(await asyncio.gather(*(take() for _ in range(5)))) == [False] * 4 + [True]
    assert await known.row("select count(*) from sample") == {"count": 1}


async def test_every_batch_five_times_shuffled_gives_the_same_table(known: Database) -> None:
    """Delivered by three workers in groups; the table's hash equals that of the batches written once, in order."""
    batches = {(stream, seq): _samples(stream, seq) for stream in (A, B) for seq in range(1, 21)}
    arrivals = list(batches) * 5
    random.Random(4).shuffle(arrivals)

    async def worker(mine: list[tuple[bytes, int]]) -> None:
        for first in range(0, len(mine), 6):
            async with known.transaction() as connection:
                group = mine[first : first + 6]
                seen = await record(connection, [deliver(*number) for number in group])
                new = [batches[number] for number, verdict in zip(group, seen, strict=True) if verdict.new]
                if new:
                    await write_samples(connection, *(np.concatenate(column) for column in zip(*new, strict=True)))

    await asyncio.gather(*(worker(arrivals[part::3]) for part in range(3)))
    rows = await known.rows("select point_id, (extract(epoch from time) * 1000)::bigint as ms, value from sample")
    expected = [row for batch in batches.values() for row in zip(*(column.tolist() for column in batch), strict=True)]
    assert _hash([tuple(row.values()) for row in rows]) == _hash(expected)
    async with known.transaction() as connection:
        assert await received(connection, A) == (20, [])


def _samples(stream: bytes, seq: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    points = np.arange(stream[0], stream[0] + 10, dtype=np.int32)
    return points, START + seq * 60_000 - np.arange(10) * 7_000_000, points / 7 + seq


def _hash(rows: list[tuple[int, int, float]]) -> str:
    return hashlib.sha256(repr(sorted(rows)).encode()).hexdigest()


async def epoch(database: Database) -> str:
    async with database.transaction() as connection:
        return await db_epoch(connection)


async def test_the_epoch_changes_with_the_database_alone(database: Database, dsn: str) -> None:
    first = await epoch(database)
    again = Database(dsn, connections=1)
    await again.open()
    assert await epoch(again) == first
    await again.close()
    await database.execute("update meta set value = 'another' where key = 'epoch'")
    assert await epoch(database) != first
    await database.execute("delete from meta where key = 'epoch'")
    with pytest.raises(UnusableError, match="no epoch"):
        await epoch(database)


async def test_the_epoch_is_told_to_an_account_that_may_ask_little(database: Database, dsn: str) -> None:
    await database.execute("revoke execute on function pg_control_system() from public")
    await database.execute("revoke execute on function pg_walfile_name(pg_lsn) from public")
    await database.execute("drop role if exists modest")
    await database.execute("create role modest login")
    await database.execute("grant select on meta to modest")
    modest = Database(dsn.replace("user=firstbell", "user=modest"), connections=1)
    await modest.open()
    try:
        assert len(await epoch(modest)) == 32
    finally:
        await modest.close()
        await database.execute("drop owned by modest")
        await database.execute("drop role modest")
