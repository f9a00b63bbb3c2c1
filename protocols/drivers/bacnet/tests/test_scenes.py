"""What the simulated school can break: each fault reaches the driver's reading, and healing takes it back."""

import pytest

from protocols.clock import SystemClock
from protocols.driver import Reading, Target
from protocols.drivers.bacnet import DRIVER
from protocols.drivers.bacnet.options import Options
from protocols.drivers.bacnet.simulator import FAULTS, simulate
from protocols.errors import DeviceError

TOLD = {
    "heating-and-cooling": ("bacnet.value", "analog-output,2", 71.0),
    "zone-warm": ("bacnet.setpoint.deviation", "AHU 1 Zone 1", 5.0),
    "zone-cold": ("bacnet.setpoint.deviation", "AHU 1 Zone 1", -5.0),
    "stale-air": ("bacnet.value", "analog-input,6", 1740.0),
    "fan-failed": ("bacnet.value", "binary-input,1", 0.0),
    "sensor-failed": ("bacnet.status", "analog-input,1.fault", 1.0),
    "overridden": ("bacnet.override.priority", "analog-output,2", 8.0),
    "door-forced": ("door.alarm", "access-door,1", 1.0),
    "door-held": ("door.alarm", "access-door,1", 2.0),
}


async def read(address: str, timeout: float = 3.0) -> Reading:
    session = await DRIVER.open(Target("ahu", address), Options(timeout=timeout, retries=0), SystemClock())
    try:
        return await session.poll()
    finally:
        await session.close()


def value(reading: Reading, metric: str, label: str) -> float | None:
    return next((each.value for each in reading.samples if (each.metric, each.label) == (metric, label)), None)


async def test_each_fault_reaches_the_reading_and_heals() -> None:
    async with simulate("127.0.0.1:0", SystemClock(), doors=1) as scene:
        before = await read(scene.address)
        for name, (metric, label, says) in TOLD.items():
            await scene.fault(name)
            assert value(await read(scene.address), metric, label) == pytest.approx(says, abs=0.1), name
            await scene.heal()
        after = await read(scene.address)
        for metric, label, _ in TOLD.values():
            assert value(after, metric, label) == pytest.approx(value(before, metric, label), abs=5)
        await scene.fault("unreachable")
        with pytest.raises(DeviceError):
            await read(scene.address, 0.5)


async def test_a_fault_that_is_none_and_a_door_that_is_none_are_refused() -> None:
    async with simulate("127.0.0.1:0", SystemClock()) as scene:
        for name in ("no-such", "door-forced"):
            with pytest.raises(KeyError):
                await scene.fault(name)
    assert set(TOLD) | {"unreachable", "slow", "clock-wrong"} == set(FAULTS)
