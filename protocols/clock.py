"""The only reader of a clock. Everything else takes `now` as an argument or a `Clock` at its edge.

Units: milliseconds since the Unix epoch (UTC) for stamps, seconds for `monotonic` and `sleep`.
"""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What loops at the edge are given; tests give `ManualClock`."""

    def now_ms(self) -> int:
        """Wall clock, milliseconds since the Unix epoch."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never steps."""

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""


class SystemClock:
    """The machine's own clocks."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class ManualClock:
    """A clock that stands still until `advance` moves it: for tests and simulations.

    `sleep` returns when enough time has been advanced; `step` moves the wall clock alone, as an operator or NTP does.
    """

    def __init__(self, now_ms: int = 1_760_000_000_000) -> None:
        self._now_ms = now_ms
        self._monotonic = 1000.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def now_ms(self) -> int:
        return self._now_ms

    def monotonic(self) -> float:
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        wake = asyncio.Event()
        self._sleepers.append((self._monotonic + seconds, wake))
        await wake.wait()

    async def advance(self, seconds: float) -> None:
        """Let time pass in the order of the sleepers' deadlines; each woken task runs before time goes on."""
        target = self._monotonic + seconds
        while True:
            due = sorted((at for at, wake in self._sleepers if at <= target and not wake.is_set()))
            if not due:
                break
            self._move(max(due[0], self._monotonic))
            for at, wake in self._sleepers:
                if at <= self._monotonic:
                    wake.set()
            self._sleepers = [(at, wake) for at, wake in self._sleepers if not wake.is_set()]
            await _settle()
        self._move(target)
        await _settle()

    def step(self, milliseconds: int) -> None:
        """Move the wall clock without letting time pass."""
        self._now_ms += milliseconds

    def _move(self, monotonic: float) -> None:
        self._now_ms += round((monotonic - self._monotonic) * 1000)
        self._monotonic = monotonic


async def _settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def utc(milliseconds: int) -> datetime:
    """The aware UTC datetime of a stamp in milliseconds."""
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
