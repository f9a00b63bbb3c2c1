"""One machine, open for reading: a quick look at each poll, the costly questions beside it."""

import asyncio
from contextlib import suppress
from typing import Protocol

from protocols.driver import Reading
from protocols.drivers.host.decode import decode
from protocols.drivers.host.snapshot import Snapshot, Upkeep

_PATIENCE = 1.0
"""Seconds the first poll waits for the costly answers, so that a single reading has them where they come quickly.

Not longer: the first sample is to be with the collector 3 s after the agent starts."""


class Source(Protocol):
    """Where snapshots come from: this machine, or a simulated one."""

    def read(self, upkeep: Upkeep) -> Snapshot:
        """One look; blocks. Raises `DeviceError`."""


class Costly(Protocol):
    """Where the costly answers come from."""

    told: Upkeep

    def due(self) -> bool:
        """Whether it is time to ask again."""

    async def ask(self) -> Upkeep:
        """Ask; the answer stays in `told`."""


class HostSession:
    """Keeps the snapshot before, from which rates are made, and one task that asks the costly questions."""

    def __init__(self, source: Source, costly: Costly) -> None:
        self._source = source
        self._costly = costly
        self._previous: Snapshot | None = None
        self._asking: asyncio.Task[Upkeep] | None = None

    async def poll(self) -> Reading:
        """One reading; a poll is never held up by the costly questions, except the first for a few seconds."""
        await self._ask()
        current = await asyncio.to_thread(self._source.read, self._costly.told)
        reading = decode(self._previous, current)
        self._previous = current
        return reading

    async def close(self) -> None:
        """Stop asking."""
        task, self._asking = self._asking, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _ask(self) -> None:
        if self._asking is not None and self._asking.done():
            self._asking.result()
            self._asking = None
        if self._asking is None and self._costly.due():
            self._asking = asyncio.create_task(self._costly.ask())
            await asyncio.wait({self._asking}, timeout=_PATIENCE if self._previous is None else 0)
