"""Keeps the collector's loops running: one that ends is logged, told by `/readyz`, and started again with backoff."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from protocols.clock import Clock

log = logging.getLogger(__name__)
_SLOWEST = 60.0
_STEADY = 60.0


class Supervisor:
    """Runs named loops until `stop`. `failed` says which are down at the moment, and why."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._keepers: list[asyncio.Task[None]] = []
        self.failed: dict[str, str] = {}

    def start(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run `run` from now on. It is to run until cancelled: returning counts as a failure."""
        self._keepers.append(asyncio.create_task(self._keep(name, run), name=f"keeper of {name}"))

    async def stop(self) -> None:
        """Cancel every loop, the newest first, and wait until each has ended."""
        for keeper in reversed(self._keepers):
            keeper.cancel()
            await asyncio.wait([keeper])
        self._keepers.clear()

    async def _keep(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        delay = 1.0
        while True:
            started = self._clock.monotonic()
            why, error = await _outcome(name, run)
            self.failed[name] = why
            if self._clock.monotonic() - started >= _STEADY:
                delay = 1.0
            log.error("%s stopped (%s); it starts again in %.0f s", name, why, delay, exc_info=error)
            await self._clock.sleep(delay)
            delay = min(delay * 2, _SLOWEST)
            del self.failed[name]


async def _outcome(name: str, run: Callable[[], Awaitable[None]]) -> tuple[str, BaseException | None]:
    """Run it to its end: why it ended, in words, and the exception if one ended it."""
    task = asyncio.ensure_future(run())
    try:
        await asyncio.wait([task])
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
    if task.cancelled():
        return "cancelled", None
    error = task.exception()
    return (f"{type(error).__name__}: {error}" if error else "returned"), error
