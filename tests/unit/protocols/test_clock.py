"""The clock of tests keeps time as a real one would; the real one agrees with the system."""

import asyncio
import time
from datetime import UTC, datetime

from protocols.clock import ManualClock, SystemClock, utc


async def test_sleepers_wake_in_the_order_of_their_deadlines() -> None:
    clock, woken = ManualClock(now_ms=1000), []

    async def sleeper(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((seconds, clock.now_ms()))

    tasks = [asyncio.create_task(sleeper(seconds)) for seconds in (3, 1, 2, 9)]
    await asyncio.sleep(0)
    await clock.advance(5)
    assert woken == [(1, 2000), (2, 3000), (3, 4000)]
    assert clock.now_ms() == 6000
    await clock.advance(4)
    await asyncio.gather(*tasks)
    assert woken[-1] == (9, 10_000)


async def test_a_loop_that_sleeps_again_runs_as_often_as_time_allows() -> None:
    clock, ticks = ManualClock(), []

    async def loop() -> None:
        while True:
            await clock.sleep(10)
            ticks.append(clock.monotonic())

    task = asyncio.create_task(loop())
    await asyncio.sleep(0)
    await clock.advance(35)
    task.cancel()
    assert ticks == [1010, 1020, 1030]


async def test_a_sleep_of_nothing_yields_once() -> None:
    await asyncio.wait_for(ManualClock().sleep(0), 1)
    await asyncio.wait_for(ManualClock().sleep(-5), 1)


async def test_a_cancelled_sleeper_is_no_trouble() -> None:
    clock = ManualClock()
    task = asyncio.create_task(clock.sleep(5))
    await asyncio.sleep(0)
    task.cancel()
    await clock.advance(10)
    assert task.cancelled()


async def test_a_step_moves_the_wall_clock_alone() -> None:
    clock = ManualClock(now_ms=1000)
    before = clock.monotonic()
    clock.step(-3_600_000)
    assert (clock.now_ms(), clock.monotonic()) == (-3_599_000, before)


async def test_the_systems_clock() -> None:
    clock = SystemClock()
    assert abs(clock.now_ms() - time.time() * 1000) < 5000
    before = clock.monotonic()
    await clock.sleep(0)
    assert clock.monotonic() >= before


def test_utc_is_aware_and_keeps_milliseconds() -> None:
    assert utc(1_760_000_000_123) == datetime(2025, 10, 9, 8, 53, 20, 123000, tzinfo=UTC)
