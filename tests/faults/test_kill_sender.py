"""kill -9 of the sender at every step: nothing is lost, and only the one window hands a message over twice, with the same key."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.notify.sender import LEASE
from collector.secrets import Secrets
from collector.store import outbox, problems
from collector.store.channels import NewChannel, add
from collector.store.database import Database
from protocols.clock import ManualClock, utc
from tests.receiver import Request, receiving

HOUSE = Path(__file__).parents[2]


@pytest.fixture
def hook() -> Iterator[tuple[int, list[str]]]:
    keys: list[str] = []

    def take(request: Request) -> None:
        keys.append(request.headers["idempotency-key"])

    with receiving(take) as port:
        yield port, keys


@pytest.mark.parametrize(("step", "times"), [("before-claim", 1), ("claimed", 1), ("handed", 2), ("noted", 1)])
async def test_a_sender_killed_at_any_step_loses_nothing_and_repeats_in_one_window_alone(
    database: Database, dsn: str, tmp_path: Path, hook: tuple[int, list[str]], step: str, times: int
) -> None:
    port, keys = hook
    clock = ManualClock()
    url = Secrets(tmp_path).encrypt(f"http://127.0.0.1:{port}/")
    await add(database, NewChannel("hook", url, "http", "minor"))
    now = utc(clock.now_ms())
    async with database.transaction() as connection:
        problem = await problems.open_problem(
            connection, problems.NewProblem("test.rule", "device:1", "major", "Cold", "", now), now
        )
        assert problem is not None
        await outbox.tell(connection, outbox.Told(problem, "opened", 0, "major", now), now)
    assert await _sender(dsn, tmp_path, clock, step) == -signal.SIGKILL
    for _ in range(3):
        assert await _sender(dsn, tmp_path, clock, "none") == 0
        await clock.advance(LEASE.total_seconds() + 1)
    assert len(keys) == times
    assert len(set(keys)) == 1
    rows = await database.rows("select delivered_at from outbox")
    assert [row["delivered_at"] is not None for row in rows] == [True]


async def _sender(dsn: str, data: Path, clock: ManualClock, step: str) -> int:
    program = (sys.executable, "-m", "tests.faults.sender", dsn, str(data), str(clock.now_ms()), step)
    process = await asyncio.create_subprocess_exec(*program, cwd=HOUSE)
    return await process.wait()
