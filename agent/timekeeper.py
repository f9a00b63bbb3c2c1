"""The machine's clock with what is known of its quality: one object that the agent's loops share."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from agent.clock_quality import boot_id, measure, plausible, synchronised
from agent.draft import Clocking
from agent.waiting import wait
from protocols.clock import Clock


@dataclass
class Timekeeper:
    """`synchronised` is asked at each `state`; tests give their own."""

    clock: Clock
    boot: bytes = field(default_factory=boot_id)
    synchronised: Callable[[], bool] = synchronised

    def state(self) -> Clocking:
        """How well a stamp taken now is known."""
        return measure(self.clock, self.boot, self.synchronised())

    def plausible(self, confirmed_ms: int) -> bool:
        """Whether batches may be published by this clock (`clock_quality.plausible`)."""
        return plausible(self.clock.now_ms(), self.synchronised(), confirmed_ms)

    async def wait(self, wake: asyncio.Event, seconds: float | None) -> None:
        """Until `wake` is set, `seconds` at most; clears it."""
        await wait(self.clock, wake, seconds)
