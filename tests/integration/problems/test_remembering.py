"""What detectors learned is saved by the running loop, given back after a start, and learned from history where it is missing."""

import logging
import re

import numpy as np
import pytest

from collector.problems.learned.detector import LearnedNormal
from collector.problems.rules import load
from collector.store import detector_state
from collector.store.detector_state import Saved
from collector.store.samples import write_samples
from protocols.clock import utc
from tests.integration.problems.conftest import CPU, World

PART = "learned/0"


def normal(world: World) -> LearnedNormal:
    engine = world.loop.engine
    assert engine is not None
    return next(each for each in engine.detectors if isinstance(each, LearnedNormal))


async def test_what_was_learned_survives_a_restart(world: World) -> None:
    await world.minutes(20, (CPU, 20.0))
    saved = await detector_state.read(world.database, PART)
    assert saved is not None
    known = normal(world).blocks[0].last[normal(world).column_of(CPU)]
    await world.minutes(16, (CPU, 21.0))
    world.restart()
    await world.loop.tick()
    after = normal(world).blocks[0].last[normal(world).column_of(CPU)]
    assert known < after
    assert await detector_state.names(world.database, "learned") == [PART]


async def test_a_damaged_state_is_refused_with_a_line_and_the_rest_goes_on(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await detector_state.save(world.database, Saved(PART, utc(world.clock.now_ms()), b"junk"))
    with caplog.at_level(logging.ERROR):
        await world.loop.tick()
    assert "detector state learned/0 is refused: it is no saved normal" in caplog.text
    assert await detector_state.names(world.database, "learned") == []
    await world.minutes(20, (CPU, 20.0))
    assert await detector_state.names(world.database, "learned") == [PART]


async def test_without_a_state_it_is_learned_from_history(world: World) -> None:
    now = world.clock.now_ms()
    times = np.arange(now - 5 * 86_400_000, now, 1_800_000, dtype=np.int64)
    values = 20 + np.random.default_rng(1).normal(size=len(times))
    async with world.database.transaction() as connection:
        await write_samples(connection, np.full(len(times), CPU, np.int32), times, values)
        await connection.execute("insert into point_last values (%s, %s, 20)", [CPU, utc(int(times[-1]))])
    await world.loop.tick()
    await world.loop.tick()
    column = normal(world).column_of(CPU)
    assert normal(world).blocks[0].days[column] >= 5
    assert normal(world).blocks[0].hours.days[:, column].sum() >= 5 * 24 - 2


async def test_a_restart_changes_no_open_problem(world: World) -> None:
    world.book = load()
    world.restart()
    await world.minutes(3, (CPU, 20.0))
    block, column = normal(world).blocks[0], normal(world).column_of(CPU)
    now = world.clock.now_ms()
    block.fired[column], block.out_since[column], block.out_last[column] = True, now - 3_600_000, now
    await world.minutes(1, (CPU, 95.0))
    rows = await world.database.rows("select id, title, severity from problem where rule = 'point.unusual'")
    assert [row["severity"] for row in rows] == ["info"]
    assert re.search(
        r"server: Processor time in use, .* is 20 % to 95 % since \w+ \d\d:\d\d, usual is not known", rows[0]["title"]
    )
    world.restart()
    await world.minutes(3, (CPU, 95.0))
    again = await world.database.rows("select id, title, severity from problem where rule = 'point.unusual'")
    assert again == rows
    assert (await world.live())["point.unusual point:2"] == "open"
    assert not [told for told in await world.outbox() if told[0] == "point.unusual"], "information waits for the report"
