"""The air handler as `protocols.simulated` wants it: what can go wrong, by name, and `simulate`."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping

from protocols.clock import Clock
from protocols.drivers.bacnet.simulator.controller import Faults
from protocols.drivers.bacnet.simulator.objects import ZONE
from protocols.drivers.bacnet.simulator.simulator import Simulator
from protocols.wire.batch import Scalar

FAULTS = {
    "unreachable": "it is without power or network",
    "slow": "each answer takes a second",
    "heating-and-cooling": "it heats and cools at once: both valves are open",
    "zone-warm": "the first zone is 5 K above its setpoint",
    "zone-cold": "the first zone is 5 K below its setpoint",
    "stale-air": "the outdoor air damper is stuck shut, carbon dioxide rises",
    "fan-failed": "the supply fan is commanded on and stands still",
    "sensor-failed": "the supply air sensor is broken",
    "overridden": "somebody commands the heating valve by hand",
    "clock-wrong": "its clock is an hour ahead",
    "door-forced": "its first door was forced",
    "door-held": "its first door is held open",
}
_ZONE = f"{ZONE + 1}"
_VALUES: Mapping[str, Mapping[str, float]] = {
    "heating-and-cooling": {"analog-output,1": 62.0, "analog-output,2": 71.0},
    "zone-warm": {f"analog-input,{_ZONE}": 27.0, f"analog-value,{_ZONE}": 22.0},
    "zone-cold": {f"analog-input,{_ZONE}": 16.0, f"analog-value,{_ZONE}": 21.0},
    "stale-air": {"analog-output,3": 0.0, "analog-input,6": 1740.0},
    "fan-failed": {"binary-output,1": 1.0, "binary-input,1": 0.0, "analog-input,5": 0.0},
}
_FLAGS = {"fan-failed": ("binary-input,1", "in-alarm"), "sensor-failed": ("analog-input,1", "fault")}
_BEHAVIOUR: Mapping[str, Callable[[Faults], None]] = {
    "slow": lambda faults: setattr(faults, "delay", 1.0),
    "clock-wrong": lambda faults: setattr(faults, "clock_ahead", 3600.0),
}
_DOORS = {
    "door-forced": {"position": "opened", "secured": "unsecured", "alarm": "forced-open"},
    "door-held": {"position": "opened", "secured": "unsecured", "alarm": "door-open-too-long"},
}
_AT_REST = {"position": "closed", "lock": "locked", "secured": "secured", "alarm": "normal"}
_OVERRIDE = ("analog-output,2", 8)


class Scene:
    """A running air handler that can be broken by name; keeps `protocols.simulated.Simulated`."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self._broken: set[str] = set()

    @property
    def address(self) -> str:
        """Where it answers."""
        return self.simulator.address

    @property
    def options(self) -> Mapping[str, Scalar]:
        """Which device must answer there."""
        return {"instance": self.simulator.instance}

    async def fault(self, name: str) -> None:
        """Break it: one of `FAULTS`. Raises `KeyError` for another name, and for a door where it has none."""
        if name not in FAULTS or (name in _DOORS and not self.simulator.doors):
            raise KeyError(name)
        self._broken.add(name)
        force = self.simulator.force
        for label, value in _VALUES.get(name, {}).items():
            force.value(label, value)
        if name in _FLAGS:
            force.flag(*_FLAGS[name], True)
        if name in _BEHAVIOUR:
            _BEHAVIOUR[name](self.simulator.faults)
        if name in _DOORS:
            force.door("access-door,1", **_DOORS[name])
        if name == "overridden":
            force.override(*_OVERRIDE, 100.0)
        if name == "unreachable":
            self.simulator.faults.silent = True
        await asyncio.sleep(0)

    async def heal(self) -> None:
        """Undo every fault."""
        force = self.simulator.force
        for name in self._broken & set(_FLAGS):
            force.flag(*_FLAGS[name], False)
        if self._broken & set(_DOORS):
            force.door("access-door,1", **_AT_REST)
        if "overridden" in self._broken:
            force.override(*_OVERRIDE, None)
        self.simulator.faults.__dict__.update(Faults().__dict__)
        self._broken.clear()
        force.held.clear()
        self.simulator.step()
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def simulate(
    address: str, clock: Clock, instance: int = 1001, name: str = "AHU 1", zones: int = 6, doors: int = 0
) -> AsyncIterator[Scene]:
    """A running air handler for the time of the block. Raises `DeviceError` when the port is taken."""
    simulator = Simulator(address, instance, name, zones, clock, doors)
    await simulator.start()
    try:
        yield Scene(simulator)
    finally:
        await simulator.stop()
