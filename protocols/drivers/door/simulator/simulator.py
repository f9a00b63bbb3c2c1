"""Starts a simulated controller or OSDP device and breaks it on request."""

import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from protocols.address import Place, read_place
from protocols.clock import Clock
from protocols.drivers.door.simulator.controller import STANDING, Controller
from protocols.drivers.door.simulator.peripheral import Peripheral
from protocols.transports.onvif.simulated import Traits
from protocols.wire.batch import Scalar

FAULTS: Mapping[str, str] = {
    "forced": "the first door is opened without a grant",
    "held": "the first door stands open longer than it may",
    "tamper": "a tamper switch of the first door is open",
    "fault": "the contact of the first door is broken",
    "unknown": "the controller does not know how the first door stands",
    "lockdown": "every door is locked down",
    "power-failing": "mains power has failed",
    "battery-low": "the battery of the first door's lock runs low",
    "reader-disabled": "the first reader takes no credential",
    "silent": "it answers nothing any more",
    "wrong-password": "its password was changed",
    "wrong-key": "its key was changed",
}
NAMES = ("Main Entrance", "Gym North", "Loading Dock", "Server Room", "Kitchen", "Library")
KEY = bytes.fromhex("00112233445566778899aabbccddeeff")


@dataclass
class SimulatedController:
    """A Profile C controller. `options` say how it is read."""

    device: Controller
    options: Mapping[str, Scalar]
    place: Place

    @property
    def address(self) -> str:
        """`host:port`."""
        return self.device.address

    async def fault(self, name: str) -> None:
        """One of `FAULTS` beside those there are; `KeyError` for one that no controller has."""
        first = next(iter(self.device.doors))
        changes: dict[str, Callable[[], None]] = {
            "forced": lambda: self.device.set(first, DoorPhysicalState="Open", Alarm="DoorForcedOpen"),
            "held": lambda: self.device.set(first, DoorPhysicalState="Open", Alarm="DoorOpenTooLong"),
            "tamper": lambda: self.device.set(first, Tamper="TamperDetected"),
            "fault": lambda: self.device.set(first, Fault="FaultDetected", DoorPhysicalState="Fault"),
            "unknown": lambda: self.device.set(
                first, **dict.fromkeys(("DoorPhysicalState", "LockPhysicalState", "DoorMode"), "Unknown")
            ),
            "lockdown": self._lock_down,
            "power-failing": lambda: self.device.supply(failed=True),
            "battery-low": lambda: self.device.battery(first, low=True),
            "reader-disabled": lambda: self.device.disabled.add(next(iter(self.device.readers))),
            "wrong-password": lambda: self._password("changed"),
        }
        if name == "silent":
            await self.device.stop()
        else:
            changes[name]()

    async def heal(self) -> None:
        """Undo every fault, at the address it had."""
        for token, each in self.device.doors.items():
            self.device.set(
                token, **{part: word for part, word in STANDING.items() if each.parts.get(part, word) != word}
            )
        first = next(iter(self.device.doors))
        self.device.supply(failed=False)
        self.device.battery(first, low=False)
        self.device.disabled.clear()
        self._password(str(self.options.get("user", "")) and PASSWORD)
        await self.device.stop()
        host, _, port = self.address.rpartition(":")
        await self.device.start(host, int(port))

    def _lock_down(self) -> None:
        for each in self.device.doors:
            self.device.set(each, DoorMode="LockedDown")

    def _password(self, password: str) -> None:
        object.__setattr__(self.device.traits, "password", password)


PASSWORD = "watch"  # noqa: S105  (the simulation's own)


@dataclass
class SimulatedReader:
    """An OSDP device over TCP."""

    device: Peripheral
    options: Mapping[str, Scalar]

    @property
    def address(self) -> str:
        """`osdp+tcp://host:port/address`."""
        host, port = self.device.place
        return f"osdp+tcp://{host}:{port}/{self.device.address}"

    async def fault(self, name: str) -> None:
        """One of `FAULTS` beside those there are; `KeyError` for one that no OSDP device can tell."""
        device = self.device
        if name == "silent":
            device.silent = True
        elif name == "wrong-key":
            device.key = bytes(16)
        else:
            octets, at, value = {
                "forced": (device.inputs, 0, 1),
                "held": (device.inputs, 0, 1),
                "tamper": (device.local, 0, 1),
                "power-failing": (device.local, 1, 1),
                "fault": (device.readers, 0, 1),
                "unknown": (device.inputs, 0, 9),
            }[name]
            octets[at] = value
            device.tell()

    async def heal(self) -> None:
        """Undo every fault."""
        device = self.device
        device.silent, device.key = False, KEY if "key_file" in self.options else None
        for octets in (device.inputs, device.local, device.readers):
            octets[:] = bytes(len(octets))
        device.tell()


@asynccontextmanager
async def simulate(
    address: str, clock: Clock, names: Sequence[str] = NAMES, traits: Traits | None = None, secure: bool = True
) -> AsyncIterator[SimulatedController | SimulatedReader]:
    """A controller at `host:port` with a door of each name, or at `osdp+tcp://host:port/1` an OSDP device with or without a key."""
    with tempfile.TemporaryDirectory(prefix="door-") as folder:
        if address.startswith("osdp+tcp://"):
            line, _, number = address.removeprefix("osdp+tcp://").rpartition("/")
            host, _, port = line.rpartition(":")
            device = Peripheral(int(number), KEY if secure else None, secure_only=secure)
            await device.start(host, int(port))
            try:
                yield SimulatedReader(device, _secret(folder, "key_file", KEY.hex()) if secure else {})
            finally:
                await device.stop()
            return
        controller = Controller(
            traits or Traits(name="Doors", model="Simulated door controller", password=PASSWORD, profiles=("C", "A")),
            names,
            clock,
        )
        host, _, port = address.rpartition(":")
        await controller.start(host, int(port))
        user = controller.traits.user
        options: dict[str, Scalar] = (
            {"user": user, **_secret(folder, "password_file", controller.traits.password)} if user else {}
        )
        try:
            yield SimulatedController(controller, options, read_place(controller.address, 80, "simulator"))
        finally:
            await controller.stop()


def _secret(folder: str, option: str, content: str) -> dict[str, Scalar]:
    path = Path(folder) / option
    path.write_text(content + "\n", "utf-8")
    return {option: str(path)}
