"""kill -9 of the collector with what it has learned: no false alarm by it, and nothing unusual is forgotten or told twice."""

import asyncio
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from collector.ingest.committed import Committed
from collector.problems import detector
from collector.problems.fleet import Device, PointRow
from collector.problems.learned.detector import LearnedNormal
from collector.problems.rules import load
from collector.store import detector_state
from collector.store.database import Database
from collector.store.detector_state import Saved
from protocols.clock import utc
from tests.faults.learner import DAY, FAN, FAULT, HOUR, MINUTE, ROOM, STEP, values

HOUSE = Path(__file__).parents[2]
TODAY = int(datetime(2026, 1, 27, tzinfo=UTC).timestamp() * 1000)
"""A Tuesday."""
LEARNED_DAYS = 22
UNTIL = TODAY + 18 * HOUR
DOWN = 4 * MINUTE
POINTS = (
    PointRow(ROOM, 1, "sensor.value", "room", unit="Cel"),
    PointRow(FAN, 1, "bacnet.value", "binary-output,1", unit="1", states={"0": "off", "1": "on"}),
)


def learned() -> bytes:
    """What the detector knows after three weeks in which nothing was wrong."""
    world = detector.World(load(), devices={1: Device(1, "lincoln", None, True, 0, "ok", 1)})
    normal = LearnedNormal(world)
    normal.learn(POINTS)
    for at in range(TODAY - LEARNED_DAYS * DAY, TODAY + 9 * HOUR, 2 * STEP):
        rows = values(at, fails=False)
        ids, figures = np.array([point for point, _ in rows], np.int32), np.array([value for _, value in rows])
        normal.observe(Committed(at, ids, np.full(len(ids), at, np.int64), figures))
        assert not list(normal.findings(at))
    return normal.copied(0)()


@pytest.fixture
async def taught(database: Database) -> Database:
    """A building with two points, and what was learned of them."""
    await database.execute("insert into building (name) values ('Lincoln MS')")
    await database.execute("insert into agent (id, building_id, name) values ('lincoln', 1, 'Lincoln')")
    await database.execute(
        "insert into device (agent_id, key, building_id, kind, name) values ('lincoln', 'ahu', 1, 'bacnet', 'AHU 1')"
    )
    for point in POINTS:
        await database.execute(
            "insert into point (device_id, metric, label, unit) values (1, %s, %s, %s)",
            [point.metric, point.label, point.unit],
        )
    await detector_state.save(database, Saved("learned/0", utc(TODAY + 9 * HOUR), learned()))
    return database


async def plays(dsn: str, start: int, dies: int = 0) -> int:
    """The status of a collector that plays the day from `start` on."""
    program = (sys.executable, "-m", "tests.faults.learner", dsn, str(start), str(UNTIL), str(dies))
    process = await asyncio.create_subprocess_exec(*program, cwd=HOUSE)
    return await process.wait()


@pytest.mark.soak
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "kills",
    [
        pytest.param((), id="never"),
        pytest.param((10 * HOUR + 10 * MINUTE, 10 * HOUR + 35 * MINUTE), id="before it is found"),
        pytest.param((9 * HOUR + 55 * MINUTE, 11 * HOUR, 13 * HOUR), id="while it is open"),
        pytest.param((15 * HOUR + 10 * MINUTE, 15 * HOUR + 25 * MINUTE), id="before it is over"),
    ],
)
async def test_a_collector_killed_with_what_it_learned_finds_what_it_would_have_found(
    taught: Database, dsn: str, kills: tuple[int, ...]
) -> None:
    start = TODAY + 9 * HOUR
    for kill in kills:
        assert await plays(dsn, start, TODAY + kill) == -signal.SIGKILL
        start = TODAY + kill + DOWN
    assert await plays(dsn, start) == 0
    rows = await taught.rows("select rule, subject, opened_at, resolved_at from problem where rule like '%%.unusual'")
    assert [(row["rule"], row["subject"]) for row in rows] == [("point.unusual", f"point:{ROOM}")]
    late = DOWN * len(kills) + 2 * STEP
    opened, resolved = (round(rows[0][key].timestamp() * 1000) - TODAY for key in ("opened_at", "resolved_at"))
    assert FAULT[0] <= opened <= FAULT[0] + HOUR + late
    assert FAULT[1] <= resolved <= FAULT[1] + HOUR + late
