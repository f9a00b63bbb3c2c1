"""Keeps child processes running: started in order, started again when they end, stopped in the reverse order."""

import asyncio
import logging
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from protocols.clock import Clock
from protocols.errors import FirstBellError, StartError

log = logging.getLogger(__name__)
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10.0
STEADY = 10.0
"""Seconds after which a part that ran counts as steady: its next pause is the first one again."""


class Part(Protocol):
    """One thing that runs: a database, a broker, a program of ours."""

    name: str

    @property
    def process(self) -> Process | None:
        """The running process, None before `start` and after `stop`."""

    async def start(self) -> None:
        """Start it and wait until it serves. Raises `StartError` when it cannot."""

    async def stop(self) -> None:
        """End it cleanly; safe when it is not running."""


@dataclass
class Program:
    """One of our own programs as a part. `ready` waits until it serves; None: running is enough."""

    name: str
    spawn: Callable[[], Awaitable[Process]]
    ready: Callable[[], Awaitable[bool]] | None = None
    patience: float = 60.0
    _process: Process | None = field(default=None, init=False)

    @property
    def process(self) -> Process | None:
        return self._process

    async def start(self) -> None:
        self._process = await self.spawn()
        waited = 0.0
        while self.ready is not None and not await self.ready():
            if self._process.returncode is not None:
                raise StartError(
                    f"{self.name} ended at once (exit status {self._process.returncode}); its last lines say why"
                )
            if waited >= self.patience:
                raise StartError(f"{self.name} did not become ready within {self.patience:.0f} s")
            await asyncio.sleep(0.1)
            waited += 0.1

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 15)
        except TimeoutError:
            log.warning("%s did not end within 15 s; killing it", self.name)
            process.kill()
            await process.wait()


def next_pause(pause: float, ran_for: float) -> float:
    """Seconds to wait before the next start: doubled up to the longest, from the first again after a steady run."""
    return FIRST_PAUSE if ran_for >= STEADY else min(2 * pause, LONGEST_PAUSE)


class Supervisor:
    """Starts parts in order, watches them, starts again what ended, stops all in the reverse order."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._parts: list[Part] = []
        self._watchers: list[asyncio.Task[None]] = []

    async def add(self, part: Part) -> None:
        """Start `part` and keep it running. Raises what its first start raises."""
        self._parts.append(part)
        await part.start()
        self._watchers.append(asyncio.create_task(self._watch(part), name=f"watch {part.name}"))

    async def stop(self) -> None:
        """End every part, the last started first."""
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        for part in reversed(self._parts):
            await part.stop()

    async def _watch(self, part: Part) -> None:
        pause = FIRST_PAUSE / 2
        while True:
            since = self._clock.monotonic()
            if part.process is not None:
                status = await part.process.wait()
                pause = next_pause(pause, self._clock.monotonic() - since)
                log.warning("%s ended (exit status %s); starting it again in %.1f s", part.name, status, pause)
            await self._clock.sleep(pause)
            try:
                await part.start()
            except (FirstBellError, OSError) as error:
                pause = next_pause(pause, 0)
                log.error("%s: %s; trying again in %.1f s", part.name, error, pause)
                await part.stop()
