"""Loops that end are started again with backoff, and are said to be down meanwhile."""

import asyncio

import pytest

from collector.supervisor import Supervisor
from protocols.clock import ManualClock


@pytest.fixture
async def supervisor():
    """A supervisor on a clock that stands."""
    clock = ManualClock()
    made = Supervisor(clock)
    made.clock = clock
    yield made
    await made.stop()


async def settle():
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_loop_that_fails_is_down_then_runs_again_with_backoff(supervisor, caplog):
    starts = []

    async def run():
        starts.append(supervisor.clock.monotonic())
        raise ValueError("no such thing")

    supervisor.start("ingest", run)
    await settle()
    assert supervisor.failed == {"ingest": "ValueError: no such thing"}
    await supervisor.clock.advance(7.5)
    assert [start - starts[0] for start in starts] == [0, 1, 3, 7]
    assert "ingest stopped (ValueError: no such thing); it starts again in 1 s" in caplog.text


async def test_a_loop_that_runs_again_is_no_longer_down(supervisor):
    starts = []

    async def run():
        starts.append(1)
        if len(starts) > 1:
            await asyncio.Event().wait()

    supervisor.start("x", run)
    await settle()
    assert supervisor.failed == {"x": "returned"}
    await supervisor.clock.advance(1)
    assert supervisor.failed == {}


async def test_stopping_cancels_every_loop_and_waits_for_it(supervisor):
    ended = []

    async def run():
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append(1)

    supervisor.start("a", run)
    supervisor.start("b", run)
    await settle()
    await supervisor.stop()
    assert len(ended) == 2
