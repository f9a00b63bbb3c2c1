"""A simulated air handler with its zones, speaking real BACnet/IP: `python -m protocols.drivers.bacnet.simulator --help`.

It owns analog, binary and multi-state inputs, outputs and values with names, units, state texts, priority arrays and COV.
Tests and `firstbell up --school` start it in their own process with `Simulator` or `serve`.
"""

import argparse
import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from bacpypes3.basetypes import BinaryPV, PriorityValue, StatusFlags
from bacpypes3.constructeddata import ArrayOf
from bacpypes3.ipv4.link import NormalLinkLayer
from bacpypes3.local.analog import AnalogInputObject, AnalogOutputObject, AnalogValueObject
from bacpypes3.local.binary import BinaryInputObject, BinaryOutputObject, BinaryValueObject
from bacpypes3.local.cov import GenericCriteria
from bacpypes3.local.device import DeviceObject
from bacpypes3.local.multistate import MultiStateValueObject
from bacpypes3.pdu import IPv4Address
from bacpypes3.primitivedata import CharacterString, ObjectIdentifier

from protocols.clock import Clock, SystemClock
from protocols.drivers.bacnet.air_handler import MODES, air, zone
from protocols.drivers.bacnet.faults import Faults, FaultyApplication
from protocols.drivers.bacnet.network import bind_socket

STEP = 5.0
"""Seconds between two steps of the simulated measurements."""
FLAGS = ("in-alarm", "fault", "overridden", "out-of-service")
ZONE = 10
"""Zone n's objects have instance ZONE + n."""


class _Mode(MultiStateValueObject):
    _cov_criteria = GenericCriteria  # the library's own asks for a covIncrement, which multi-state objects do not have


class Simulator:
    """One air handler at `address` ("127.0.0.1:47900"), device `instance`, with `zones` zones.

    `faults` may be changed at any time; `set_flag`, `set_override` and `set_value` force a condition of an object whose
    label is written as the driver writes it ("analog-input,1"). Measurements stand still for objects that were forced.
    """

    def __init__(self, address: str, instance: int, name: str, zones: int, clock: Clock | None = None) -> None:
        self.address, self.instance, self.name, self.zones = address, instance, name, zones
        self.faults = Faults()
        self._clock = clock or SystemClock()
        self._forced: set[str] = set()
        self._application: Any = None
        self._link: Any = None
        self._stepping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Bind and answer. Raises `DeviceError` when the port is taken. A port of 0 takes a free one (see `address`)."""
        device = DeviceObject(
            objectIdentifier=("device", self.instance),
            objectName=self.name,
            vendorName="First Bell",
            modelName="Simulated air handler",
            firmwareRevision="1.0",
            maxApduLengthAccepted=1476,
            utcOffset=0,
            daylightSavingsStatus=False,
        )
        self._application = FaultyApplication.from_object_list([device])
        self._application.faults = self.faults
        for item in self._objects():
            self._application.add_object(item)
        self.step()
        sock = bind_socket(self.address)
        where = IPv4Address(sock.getsockname())
        self.address = f"{where.addrTuple[0]}:{where.addrTuple[1]}"
        self._link = NormalLinkLayer(where, bind_socket=sock)
        self._application.nsap.bind(self._link, address=where)
        await self._link.server._local_transport_ready.wait()
        self._stepping = asyncio.create_task(self._keep_stepping())

    async def stop(self) -> None:
        """Fall silent and release the socket; safe to call twice."""
        if self._stepping is None:
            return
        self._stepping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._stepping
        self._stepping = None
        for detection in list(self._application._cov_detections.values()):
            for subscription in list(detection.cov_subscriptions):
                self._application.cancel_subscription(subscription)
        self._link.close()
        await asyncio.sleep(0)

    @property
    def requests(self) -> int:
        """Confirmed requests received so far."""
        return int(self._application.requests)

    def object(self, label: str) -> Any:
        """The bacpypes3 object called e.g. "analog-input,1"."""
        return self._application.get_object_id(ObjectIdentifier(label))

    def set_value(self, label: str, value: float) -> None:
        """Force the present value of an object, which stands still from now on; subscribers are told."""
        self._forced.add(label)
        self._show(label, value)

    def set_flag(self, label: str, flag: str, on: bool) -> None:
        """Set or clear one of in-alarm, fault, overridden, out-of-service of an object."""
        item = self.object(label)
        flags = list(item.statusFlags)
        flags[FLAGS.index(flag)] = int(on)
        item.statusFlags = StatusFlags(flags)
        if flag == "out-of-service":
            item.outOfService = on
        if flag == "fault":
            item.reliability = "no-sensor" if on else "no-fault-detected"

    def set_override(self, label: str, priority: int, value: float | None) -> None:
        """Command an output at `priority` (1..16); None relinquishes it."""
        self._forced.add(label)
        item = self.object(label)
        item.priorityArray[priority - 1] = PriorityValue(null=()) if value is None else PriorityValue(real=value)

    def step(self) -> None:
        """Bring every object that is not forced to the clock's moment."""
        now = self._clock.now_ms()
        for label, value in _measured(now, self.zones).items():
            if label not in self._forced:
                self._show(label, value)

    def _show(self, label: str, value: float) -> None:
        item = self.object(label)
        if label.startswith("binary"):
            item.presentValue = BinaryPV("active" if value else "inactive")
        elif label.startswith("multi"):
            item.presentValue = int(value)
        else:
            item.presentValue = round(float(value), 2)

    async def _keep_stepping(self) -> None:
        while True:
            await self._clock.sleep(STEP)
            self.step()

    def _objects(self) -> list[Any]:
        name = self.name
        made: list[Any] = [
            _analog(AnalogInputObject, 1, f"{name} SA-T", "degreesCelsius", 0.3),
            _analog(AnalogInputObject, 2, f"{name} RA-T", "degreesCelsius", 0.3),
            _analog(AnalogInputObject, 3, f"{name} MA-T", "degreesCelsius", 0.3),
            _analog(AnalogInputObject, 4, f"{name} OA-T", "degreesCelsius", 0.3),
            _analog(AnalogInputObject, 5, f"{name} SA-P", "pascals", 10.0),
            _analog(AnalogInputObject, 6, f"{name} RA-CO2", "partsPerMillion", 25.0),
            _analog(AnalogOutputObject, 1, f"{name} CLG-VLV", "percent", 2.0),
            _analog(AnalogOutputObject, 2, f"{name} HTG-VLV", "percent", 2.0),
            _analog(AnalogOutputObject, 3, f"{name} OA-DMPR", "percent", 2.0),
            _analog(AnalogOutputObject, 4, f"{name} SF-SPD", "percent", 2.0),
            _analog(AnalogValueObject, 1, f"{name} SA-SP", "degreesCelsius", 0.1),
            _binary(BinaryInputObject, 1, f"{name} SF-S", "stopped", "running", polarity="normal"),
            _binary(
                BinaryOutputObject, 1, f"{name} SF-C", "stop", "run", polarity="normal", relinquishDefault="inactive"
            ),
            _binary(BinaryValueObject, 1, f"{name} OCC", "unoccupied", "occupied"),
            _Mode(
                objectIdentifier=("multi-state-value", 1),
                objectName=f"{name} MODE",
                presentValue=1,
                numberOfStates=len(MODES),
                stateText=ArrayOf(CharacterString)(list(MODES)),
                **_quiet(),
            ),
        ]
        for number in range(1, self.zones + 1):
            at = ZONE + number
            made += [
                _analog(AnalogInputObject, at, f"{name} Zone {number} ZN-T", "degreesCelsius", 0.2),
                _analog(AnalogValueObject, at, f"{name} Zone {number} ZN-SP", "degreesCelsius", 0.1),
                _analog(AnalogOutputObject, at, f"{name} Zone {number} DMPR", "percent", 2.0),
            ]
        return made


@contextlib.asynccontextmanager
async def serve(address: str, instance: int, name: str, zones: int, clock: Clock) -> AsyncIterator[Simulator]:
    """A running `Simulator` for the time of the block."""
    simulator = Simulator(address, instance, name, zones, clock)
    await simulator.start()
    try:
        yield simulator
    finally:
        await simulator.stop()


def _quiet() -> dict[str, Any]:
    return {
        "statusFlags": [0, 0, 0, 0],
        "eventState": "normal",
        "outOfService": False,
        "reliability": "no-fault-detected",
    }


def _analog(kind: Any, instance: int, name: str, units: str, increment: float) -> Any:
    label = {AnalogInputObject: "analog-input", AnalogOutputObject: "analog-output"}.get(kind, "analog-value")
    extra = {"relinquishDefault": 0.0} if kind is AnalogOutputObject else {}
    return kind(
        objectIdentifier=(label, instance),
        objectName=name,
        presentValue=0.0,
        units=units,
        covIncrement=increment,
        **_quiet(),
        **extra,
    )


def _binary(kind: Any, instance: int, name: str, inactive: str, active: str, **extra: Any) -> Any:
    label = {BinaryInputObject: "binary-input", BinaryOutputObject: "binary-output"}.get(kind, "binary-value")
    return kind(
        objectIdentifier=(label, instance),
        objectName=name,
        presentValue="inactive",
        inactiveText=inactive,
        activeText=active,
        **_quiet(),
        **extra,
    )


def _measured(now_ms: int, zones: int) -> dict[str, float]:
    now = air(now_ms)
    values: dict[str, float] = {
        "analog-input,1": now.supply,
        "analog-input,2": now.returned,
        "analog-input,3": now.mixed,
        "analog-input,4": now.outdoor,
        "analog-input,5": now.pressure,
        "analog-input,6": now.carbon_dioxide,
        "analog-output,1": now.cooling,
        "analog-output,2": now.heating,
        "analog-output,3": now.damper,
        "analog-output,4": now.fan,
        "analog-value,1": now.setpoint,
        "binary-input,1": now.occupied,
        "binary-output,1": now.occupied,
        "binary-value,1": now.occupied,
        "multi-state-value,1": now.mode,
    }
    for number in range(1, zones + 1):
        here = zone(now_ms, number)
        values[f"analog-input,{ZONE + number}"] = here.temperature
        values[f"analog-value,{ZONE + number}"] = here.setpoint
        values[f"analog-output,{ZONE + number}"] = here.damper
    return values


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Simulate an air handler with zones over BACnet/IP.",
        epilog='example: python -m protocols.drivers.bacnet.simulator --address 127.0.0.1:47900 --name "AHU 1" --zones 6',
    )
    parser.add_argument("--address", default="127.0.0.1:47900", help="address and UDP port to answer at")
    parser.add_argument("--instance", type=int, default=1001, help="BACnet device instance")
    parser.add_argument("--name", default="AHU 1", help="name of the device and first word of its objects' names")
    parser.add_argument("--zones", type=int, default=6, help="how many zones it serves")
    return parser.parse_args()


async def _main() -> None:
    chosen = _arguments()
    async with serve(chosen.address, chosen.instance, chosen.name, chosen.zones, SystemClock()) as simulator:
        print(f"{chosen.name} answers at {simulator.address} as device {chosen.instance}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main())
