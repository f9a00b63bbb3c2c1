"""A problem loop with what it has learned, in a process of its own: it plays a school day and kills itself (SIGKILL) when it is told to."""

import asyncio
import math
import os
import signal
import sys

from collector.live import Hub
from collector.problems.loop.loop import ProblemLoop
from collector.problems.rules import load
from collector.store.database import Database
from protocols.clock import ManualClock
from tests.integration.problems.conftest import World

ROOM, FAN = 1, 2
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
STEP = 5 * MINUTE
FAULT = (10 * HOUR, 15 * HOUR)
"""When the room is far too warm, and the fan runs as it should."""


def values(at: int, *, fails: bool) -> tuple[tuple[int, float], tuple[int, float]]:
    """What the two points read at a time of the day: with a wobble of its own each five minutes."""
    clock = at % DAY
    busy = 7 * HOUR <= clock < 16 * HOUR
    wobble = math.sin(at / STEP * 2.4) + math.sin(at / STEP * 0.7)
    hot = 25.0 if fails and FAULT[0] <= clock < FAULT[1] else 0.0
    return (ROOM, round(17 + 4 * busy + 0.2 * wobble + hot, 2)), (FAN, float(busy))


async def play(world: World, until: int, dies: int = 0) -> None:
    """Let time pass, a look every five minutes. `dies` (ms): then, when the samples are there and before they are judged."""
    while world.clock.now_ms() < until:
        await world.clock.advance(STEP / 1000)
        await world.samples(*values(world.clock.now_ms(), fails=True))
        if dies and world.clock.now_ms() >= dies:
            os.kill(os.getpid(), signal.SIGKILL)
        await world.loop.tick()


async def main(dsn: str, start: int, until: int, dies: int) -> None:
    """Begin at `start` (ms), as after a start of the collector."""
    database = Database(dsn)
    await database.open()
    clock, book = ManualClock(start), load()
    await play(World(database, clock, book, ProblemLoop(database, Hub(), clock, book=book)), until, dies)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], *(int(word) for word in sys.argv[2:5])))
