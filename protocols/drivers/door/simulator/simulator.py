"""Starts a simulated controller or OSDP device and breaks it on request."""

import atexit
import functools
import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
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
TRAITS = Traits(
    name="Doors",
    model="Simulated door controller",
    serial="FBD0000001",
    mac="02:00:00:00:d0:01",
    uuid="0a1b2c3d-0000-4000-8000-02000000d001",
    location="MDF",
    profiles=("C", "A"),
)
KEY = bytes.fromhex("00112233445566778899aabbccddeeff")


@dataclass
class SimulatedController:
    """A Profile C controller. `options` say how it is read."""

    device: Controller
    options: Mapping[str, Scalar]
    place: Place
    password: str
    _broken: set[str] = field(default_factory=set)

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
        self._broken.add(name)

    async def heal(self) -> None:
        """Undo every fault, at the address it had."""
        broken, self._broken = self._broken, set()
        for token, each in self.device.doors.items():
            self.device.set(
                token, **{part: word for part, word in STANDING.items() if each.parts.get(part, word) != word}
            )
        first = next(iter(self.device.doors))
        if "power-failing" in broken:
            self.device.supply(failed=False)
        if "battery-low" in broken:
            self.device.battery(first, low=False)
        self.device.disabled.clear()
        self._password(self.password)
        await self.device.stop()
        host, _, port = self.address.rpartition(":")
        await self.device.start(host, int(port))

    def _lock_down(self) -> None:
        for each in self.device.doors:
            self.device.set(each, DoorMode="LockedDown")

    def _password(self, password: str) -> None:
        object.__setattr__(self.device.traits, "password", password)


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
    if address.startswith("osdp+tcp://"):
        line, _, number = address.removeprefix("osdp+tcp://").rpartition("/")
        host, _, port = line.rpartition(":")
        device = Peripheral(int(number), KEY if secure else None, secure_only=secure)
        await device.start(host, int(port))
        try:
            key = _secret("key_file", KEY.hex()) if secure else {}
            yield SimulatedReader(device, {**key, "position_input": 1})
        finally:
            await device.stop()
        return
    controller = Controller(replace(traits or TRAITS), names, clock)
    host, _, port = address.rpartition(":")
    await controller.start(host, int(port))
    try:
        yield SimulatedController(
            controller,
            _login(controller.traits),
            read_place(controller.address, 80, "simulator"),
            controller.traits.password,
        )
    finally:
        await controller.stop()


def _login(traits: Traits) -> dict[str, Scalar]:
    return {"user": traits.user, **_secret("password_file", traits.password)} if traits.user else {}


def _secret(option: str, content: str) -> dict[str, Scalar]:
    """The option that names a file of `content`; the file stays until the process ends, so that a device may come and go."""
    path = _folder() / f"{option}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"
    path.write_text(content + "\n", "utf-8")
    return {option: str(path)}


@functools.cache
def _folder() -> Path:
    made = tempfile.mkdtemp(prefix="firstbell-simulated-doors-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)
