"""Until something happens or time has passed, whichever is first."""

import asyncio
from typing import Any

from protocols.clock import Clock


async def wait(clock: Clock, wake: asyncio.Event, seconds: float | None) -> None:
    """Until `wake` is set, `seconds` at most; clears it."""
    waiting: list[asyncio.Future[Any]] = [asyncio.ensure_future(wake.wait())]
    if seconds is not None:
        waiting.append(asyncio.ensure_future(clock.sleep(seconds)))
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    wake.clear()
