"""kill -9 of the reporter at every step: the report comes, and only the one window hands it over twice, with the same key."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from collector.notify.sender import LEASE
from tests.integration.report.conftest import Hook, Morning
from tests.integration.report.conftest import hook as hook  # a fixture
from tests.integration.report.conftest import morning as morning

HOUSE = Path(__file__).parents[2]


@pytest.mark.soak
@pytest.mark.parametrize(("step", "times"), [("made", 1), ("kept", 1), ("claimed", 1), ("handed", 2), ("noted", 1)])
async def test_a_reporter_killed_at_any_step_loses_nothing_and_repeats_in_one_window_alone(
    morning: Morning, hook: Hook, dsn: str, tmp_path: Path, step: str, times: int
) -> None:
    await morning.channel("Hook", hook.url, wanted=True)
    await morning.at("2026-09-01 06:45")
    assert await _reporter(dsn, tmp_path, morning, step) == -signal.SIGKILL
    for _ in range(3):
        assert await _reporter(dsn, tmp_path, morning, "none") == 0
        await morning.clock.advance(LEASE.total_seconds() + 1)
    assert len(hook.got) == times
    assert len(set(hook.keys)) == 1
    [row] = await morning.database.rows("select delivered_at from report_message")
    assert row["delivered_at"] is not None
    assert len(await morning.database.rows("select from report_morning")) == 3


async def _reporter(dsn: str, data: Path, morning: Morning, step: str) -> int:
    program = (sys.executable, "-m", "tests.faults.reporter", dsn, str(data), str(morning.clock.now_ms()), step)
    process = await asyncio.create_subprocess_exec(*program, cwd=HOUSE)
    return await process.wait()
