"""A call into a driver that cannot hold the agent up: bounded in time, stopped when told to, left behind when it will not."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, TypeVar

from protocols.clock import Clock
from protocols.errors import DeviceError

T = TypeVar("T")
GRACE_S = 2.0
"""How long a call that was told to stop may take to do so."""


@dataclass(slots=True)
class Guard:
    """One device's calls. While a call that was left behind still runs, no other is made."""

    clock: Clock
    _left: "asyncio.Future[Any] | None" = None

    @property
    def stuck(self) -> bool:
        """Whether a call that was left behind still runs."""
        return self._left is not None and not self._left.done()

    async def call(self, call: Awaitable[T], seconds: float) -> T:
        """The call's result. Raises TimeoutError after `seconds`, `DeviceError` while stuck, and what the call raises."""
        task = asyncio.ensure_future(call)
        if self.stuck:
            await self.stop(task)
            raise DeviceError("the driver has not ended an earlier call")
        alarm = asyncio.ensure_future(self.clock.sleep(seconds))
        try:
            await asyncio.wait((task, alarm), return_when=asyncio.FIRST_COMPLETED)
            if task.cancelled():
                raise RuntimeError("the driver cancelled its own call")
            if task.done():
                return task.result()
        finally:
            alarm.cancel()
            if not task.done():
                await self.stop(task)
        raise TimeoutError

    async def stop(self, task: "asyncio.Future[Any]") -> None:
        """Cancel the task and wait a moment for its end; what it raises then is of no use to anybody."""
        task.add_done_callback(_read)
        task.cancel()
        grace = asyncio.ensure_future(self.clock.sleep(GRACE_S))
        await asyncio.wait((task, grace), return_when=asyncio.FIRST_COMPLETED)
        grace.cancel()
        if not task.done():
            self._left = task


def _read(task: "asyncio.Future[Any]") -> None:
    if not task.cancelled():
        task.exception()
