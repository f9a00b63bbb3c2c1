"""A simulated switch and sessions that are closed for sure."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from protocols.clock import ManualClock
from protocols.driver import Reading, Target
from protocols.drivers.network import DRIVER
from protocols.drivers.network.options import NetworkOptions
from protocols.drivers.network.simulator import SimulatedSwitch, simulate

Opener = Callable[..., Awaitable[Any]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def switch(clock: ManualClock) -> AsyncIterator[SimulatedSwitch]:
    """An Aruba with 12 ports and 4 uplinks, whose traffic is even."""
    async with simulate("127.0.0.1:0", clock, ports=12, steady=True) as running:
        yield running


@pytest.fixture
async def opener(clock: ManualClock) -> AsyncIterator[Opener]:
    opened: list[Any] = []

    async def open_at(address: str, **options: Any) -> Any:
        chosen = NetworkOptions(**{"timeout": 2.0, "retries": 0, **options})
        session = await DRIVER.open(Target("sw", address), chosen, clock)
        opened.append(session)
        return session

    yield open_at
    for session in opened:
        await session.close()


def values(reading: Reading, metric: str) -> dict[str | None, float]:
    """The values of a metric by label."""
    return {sample.label: sample.value for sample in reading.samples if sample.metric == metric}
