"""Detectors that count minutes go on after a start as if the collector had run all along: from the samples that are kept."""

import numpy as np
import pytest

from collector.problems.hvac.detector import HvacFaults
from collector.problems.rules import load
from collector.store import detector_state
from collector.store.samples import write_samples
from protocols.clock import utc
from tests.integration.problems.conftest import World

AIR = {
    "AHU-1 SA-T": (22.5, "Cel"), "AHU-1 MA-T": (22.0, "Cel"), "AHU-1 CLG-VLV": (80.0, "%"), "AHU-1 HTG-VLV": (0.0, "%"),
    "AHU-1 SF-S": (1.0, "1"), "AHU-1 SF-C": (1.0, "1"), "AHU-1 SF-SPD": (60.0, "%"), "AHU-1 OCC": (1.0, "1"),
    "AHU-1 DSP": (300.0, "Pa"),
}  # fmt: skip
"""Told to cool, and it does not: `hvac.valve.stuck`, half an hour after the fan began and three quarters after that."""


@pytest.fixture
async def points(world: World) -> dict[int, float]:
    """Ids and values of an air handler's points; the built-in rules, nothing saved."""
    world.book = load()
    world.restart()
    found = {}
    for name, (value, unit) in AIR.items():
        row = await world.database.row(
            "insert into point (device_id, metric, label, unit, name) values (1, 'bacnet.value', %s, %s, %s) returning id",
            [name, unit, name],
        )
        assert row is not None
        found[row["id"]] = value
    return found


async def _past(world: World, points: dict[int, float], minutes: int, every: int = 1) -> None:
    """Samples of the minutes before now, only in the table; sensors waver a little."""
    now, ids = world.clock.now_ms(), np.array(list(points), np.int32)
    times = now - np.arange(minutes, 0, -every, dtype=np.int64) * 60_000
    values = np.tile(list(points.values()), (len(times), 1))
    values[:, :2] += np.random.default_rng(1).normal(0, 0.01, (len(times), 2))
    async with world.database.transaction() as connection:
        await write_samples(connection, np.tile(ids, len(times)), np.repeat(times, len(ids)), values.ravel())
        for point, value in points.items():
            await connection.execute("insert into point_last values (%s, %s, %s)", [point, utc(int(times[-1])), value])


def _hvac(world: World) -> HvacFaults:
    assert world.loop.engine is not None
    return next(each for each in world.loop.engine.detectors if isinstance(each, HvacFaults))


async def test_what_was_pending_is_found_though_nothing_was_saved(world: World, points: dict[int, float]) -> None:
    await _past(world, points, 70)
    await world.loop.tick()
    assert not [key for key in await world.live() if key.startswith("hvac.")], "settling and holding take 75 minutes"
    await world.minutes(8, *points.items())
    assert [key for key in await world.live() if key.startswith("hvac.valve.stuck")]


async def test_what_came_after_it_was_saved_is_counted_once(world: World, points: dict[int, float]) -> None:
    await _past(world, points, 40)
    await world.minutes(17, *points.items())
    assert await detector_state.names(world.database, "hvac") == ["hvac/0"]
    await world.minutes(8, *points.items())
    before = _hvac(world).judge.lasting.score.copy()
    world.restart()
    await world.loop.tick()
    assert before.max() > 10
    assert np.array_equal(_hvac(world).judge.lasting.score, before)


async def test_days_are_learned_from_history(world: World, points: dict[int, float]) -> None:
    await _past(world, points, 8 * 1440, every=20)
    await world.loop.tick()
    await world.loop.tick()
    days = _hvac(world).judge.usual.days[1]
    assert np.isfinite(days).sum() >= 7
    assert np.nanmedian(days) == pytest.approx(300.0 / 0.6**2)
