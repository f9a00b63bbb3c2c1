"""Several collectors on one database: one judges at a time, and hears of what the others took in."""

import asyncio
from collections.abc import Callable

import numpy as np

from collector.ingest.committed import Committed
from collector.live import Hub
from collector.problems.loop.loop import ProblemLoop
from collector.store import turn
from collector.store.database import Database
from tests.integration.problems.conftest import CPU, DISK, World


async def reached(world: World, done: Callable[[], bool]) -> None:
    """Let seconds pass until it is so."""
    async with asyncio.timeout(20):
        while not done():
            await world.clock.advance(1)
            await asyncio.sleep(0.01)


async def test_the_turn_is_one_collectors_until_it_ends(database: Database) -> None:
    async with turn.judging(database) as first, turn.judging(database) as second:
        assert await first.is_mine()
        assert not await second.is_mine()
    async with turn.judging(database) as next_one:
        assert await next_one.is_mine()


async def test_a_second_collector_waits_and_takes_over(world: World) -> None:
    first, second = (ProblemLoop(world.database, Hub(), world.clock, book=world.book) for _ in range(2))
    judging = asyncio.create_task(first.run())
    await reached(world, lambda: first._engine is not None)
    waiting = asyncio.create_task(second.run())
    nothing = Committed(world.clock.now_ms(), np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0))
    second.on_committed(nothing)
    await reached(world, lambda: not second._waiting)
    assert second._engine is None
    judging.cancel()
    await asyncio.wait([judging])
    await reached(world, lambda: second._engine is not None)
    waiting.cancel()
    await asyncio.wait([waiting])


async def test_a_database_that_restarts_ends_the_turn_and_it_is_taken_again(world: World) -> None:
    loop = world.loop
    judging = asyncio.create_task(loop.run())
    await reached(world, lambda: loop._engine is not None)
    before = loop._engine
    await world.database.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
        " and pid <> pg_backend_pid()"
    )
    await reached(world, lambda: loop._engine is not None and loop._engine is not before)
    judging.cancel()
    await asyncio.wait([judging])


async def test_a_judge_that_is_stopped_when_its_database_goes_ends(world: World) -> None:
    judging = asyncio.create_task(world.loop.run())
    await reached(world, lambda: world.loop._engine is not None)
    await world.database.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
        " and pid <> pg_backend_pid()"
    )
    judging.cancel()
    await asyncio.wait([judging], timeout=10)
    assert judging.cancelled()


async def test_what_another_collector_took_in_is_judged(world: World) -> None:
    world.loop = ProblemLoop(world.database, Hub(), world.clock, book=world.book, shared=True)
    world.loop.on_committed = lambda committed: None  # type: ignore[method-assign]  # it came to another one
    await world.minutes(12, (DISK, 95.0), (CPU, 10.0))
    assert await world.live() == {"host.disk.full point:1": "open"}
    await world.reach(2, False)
    await world.minutes(4, (DISK, 50.0), (CPU, 10.0))
    assert await world.live() == {"device.unreachable device:2": "open"}
    await world.reach(2, True)
    await world.minutes(10, (DISK, 50.0), (CPU, 10.0))
    assert await world.live() == {}
