"""Every line that ever leaves is a query: it ends in ` ?`. Captured at the simulated projector, over every state and fault."""

import contextlib
from typing import Any

from protocols.drivers.display.points import FIGURES, FIGURES_2, IDENTITY, IDENTITY_2
from protocols.drivers.display.session import SELDOM
from protocols.drivers.display.simulator import FAULTS, Simulator
from protocols.errors import DeviceError


async def test_only_queries_leave(simulator: Simulator, opener: Any) -> None:
    session = await opener(simulator.address)
    for fault in sorted(FAULTS):
        await simulator.fault(fault)
        with contextlib.suppress(DeviceError):
            await session.poll()
        await simulator.heal()
    for _ in range(SELDOM):
        await session.poll()
    lines = simulator.projector.queries
    assert {line[2:6] for line in lines} == {*FIGURES, *FIGURES_2, *IDENTITY, *IDENTITY_2, "CLSS"}
    assert [line for line in lines if not line.endswith(" ?") or len(line) != 8] == []
