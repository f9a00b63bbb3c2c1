"""Whoever changes devices takes their locks in one order: nobody is made to start again by a deadlock."""

import asyncio
import random
from array import array
from datetime import UTC, datetime

import numpy as np
import pytest

from collector.ingest import contents
from collector.ingest.group import nothing
from collector.store.database import Database
from collector.store.fleet import ensure_agent, ensure_building
from collector.store.latest import write_latest
from collector.store.resolve import Resolver
from collector.store.watched import set_device_states
from protocols.wire.batch import Batch, PointKey, Reach

START = 1_772_600_000_000
DEVICES = 200
ROUNDS = 12


@pytest.fixture
async def school(database: Database) -> Database:
    """Devices and points whose rows lie in no order."""
    async with database.transaction() as connection:
        await ensure_agent(connection, "lincoln", "Lincoln", await ensure_building(connection, "Lincoln MS"))
    await database.execute(
        "insert into device (agent_id, key, building_id, kind, name) select 'lincoln', n, 1, 'host', n"
        " from generate_series(1, %s) n order by random()",
        [DEVICES],
    )
    await database.execute(
        "insert into point (device_id, metric, unit) select id, 'up', '' from device order by random()"
    )
    return database


def batch(chance: random.Random, at: int) -> Batch:
    keys = chance.sample(range(1, DEVICES + 1), 25)
    made = Batch(b"s" * 16, 1, "lincoln", at, True, bytes(16), devices=[(str(key), "host") for key in keys])
    made.points = [PointKey(0, "up", None, "")]
    made.index, made.times, made.values = array("H", [0]), array("q", [at]), array("d", [1.0])
    made.reach = [Reach(place, at, chance.random() < 0.5, "") for place in range(len(keys))]
    return made


async def test_ingest_the_newest_values_and_the_problem_loop_do_not_deadlock(school: Database) -> None:
    chance = random.Random(1)

    async def ingest() -> None:
        resolver = Resolver()
        for turn in range(ROUNDS):
            async with school.transaction() as connection:
                batches = [batch(chance, START + turn * 1000) for _ in range(6)]
                await contents.write(connection, resolver, batches, nothing(START))

    async def newest() -> None:
        ids = np.arange(1, DEVICES + 1, dtype=np.int32)
        for turn in range(ROUNDS):
            await write_latest(school, ids, np.full(DEVICES, START + turn), np.ones(DEVICES))

    async def states() -> None:
        for turn in range(ROUNDS):
            devices = chance.sample(range(1, DEVICES + 1), DEVICES)
            await set_device_states(school, dict.fromkeys(devices, ("ok", "problem")[turn % 2]), datetime.now(UTC))

    await asyncio.gather(ingest(), newest(), states())
    assert await school.row("select count(*) from device where last_seen is null") == {"count": 0}
