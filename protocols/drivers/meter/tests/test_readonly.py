"""Only functions 3 and 4 ever leave: captured at the meter, over every map, fault and the search."""

import ast
import contextlib
from pathlib import Path
from typing import Any

import pytest

from protocols.address import read_place
from protocols.clock import ManualClock
from protocols.drivers.meter.client import connected
from protocols.drivers.meter.discover import discover
from protocols.drivers.meter.register_map import names
from protocols.drivers.meter.simulator import FAULTS, simulate
from protocols.errors import DeviceError

FOLDER = Path(__file__).parents[1]


async def test_only_reads_leave(clock: ManualClock, opener: Any) -> None:
    asked: set[int] = set()
    for name in names():
        async with simulate("127.0.0.1:0", clock, name) as simulator:
            session = await opener(simulator.address, **{**simulator.options, "timeout": 0.5})
            for fault in sorted(set(FAULTS) - {"no-answer"}):
                await simulator.fault(fault)
                with contextlib.suppress(DeviceError):
                    await session.poll()
                await simulator.heal()
            assert [found async for found in discover(simulator.address, clock)] or name != "sunspec"
            asked |= {function for function, _, _ in simulator.meter.functions}
    assert asked == {3, 4}


async def test_the_client_cannot_ask_anything_else(clock: ManualClock) -> None:
    async with simulate("127.0.0.1:0", clock) as simulator:
        async with connected(read_place(simulator.address, 502, "test"), 2.0) as link:
            for function in {*range(256)} - {3, 4}:
                with pytest.raises(ValueError, match="function"):
                    await link.read(function, 1, 0, 2)
        assert simulator.meter.functions == []


def test_one_place_in_the_driver_writes_to_the_wire() -> None:
    calls = [
        (path.name, node.func.attr)
        for path in FOLDER.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("write", "writelines", "sendto")
    ]
    assert calls == [("client.py", "write")]
