"""A simulated air handler with its zones, speaking real BACnet/IP: `python -m protocols.drivers.bacnet.simulator --help`.

It owns analog, binary and multi-state inputs, outputs and values with names, units, state texts, priority arrays, COV and trend logs.
Tests and `firstbell up --school` start it in their own process with `Simulator` or `serve`.
"""

import argparse
import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

from bacpypes3.basetypes import BinaryPV, PriorityValue, StatusFlags
from bacpypes3.ipv4.link import NormalLinkLayer
from bacpypes3.pdu import IPv4Address
from bacpypes3.primitivedata import ObjectIdentifier

from protocols.clock import Clock, SystemClock
from protocols.drivers.bacnet.air_handler import air, zone
from protocols.drivers.bacnet.air_log import Device, Entry, recorded, trend_log
from protocols.drivers.bacnet.air_objects import ZONE, access_doors, air_handler_objects
from protocols.drivers.bacnet.controller import Controller, Faults
from protocols.drivers.bacnet.network import bind_socket

STEP = 5.0
"""Seconds between two steps of the simulated measurements."""
FLAGS = ("in-alarm", "fault", "overridden", "out-of-service")

_DOOR = {"position": "doorStatus", "lock": "lockStatus", "secured": "securedStatus", "alarm": "doorAlarmState"}


class Simulator:
    """One air handler at `address` ("127.0.0.1:47900"), device `instance`, with `zones` zones and `doors` access doors.

    `faults` may be changed at any time; `set_flag`, `set_alarm`, `set_override` and `set_value` force a condition of an object whose
    label is written as the driver writes it ("analog-input,1"). Measurements stand still for objects that were forced.
    """

    def __init__(
        self, address: str, instance: int, name: str, zones: int, clock: Clock | None = None, doors: int = 0
    ) -> None:
        self.doors = doors
        self.address, self.instance, self.name, self.zones = address, instance, name, zones
        self.faults = Faults()
        self._clock = clock or SystemClock()
        self._forced: set[str] = set()
        self._kept: dict[str, Sequence[Entry]] = {}
        self._application: Any = None
        self._link: Any = None
        self._stepping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Bind and answer. Raises `DeviceError` when the port is taken. A port of 0 takes a free one (see `address`)."""
        device = Device(
            objectIdentifier=("device", self.instance),
            objectName=self.name,
            vendorName="First Bell",
            modelName="Simulated air handler",
            firmwareRevision="1.0",
            maxApduLengthAccepted=1476,
            utcOffset=0,
            daylightSavingsStatus=False,
        )
        device._now = lambda: self._clock.now_ms() + self._ahead_ms()
        self._application = Controller.from_object_list([device])
        self._application.faults = self.faults
        for item in (*air_handler_objects(self.name, self.zones), *access_doors(self.name, self.doors)):
            self._application.add_object(item)
        for number, label in enumerate(self._logged(), 1):
            log = trend_log(number, f"{self.name} Trend {number}", label)
            log._entries = partial(self._entries, label)
            self._application.add_object(log)
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
        """Set or clear one of in-alarm, fault, overridden, out-of-service of an object; subscribers are told."""
        item = self.object(label)
        flags = list(item.statusFlags)
        flags[FLAGS.index(flag)] = int(on)
        item.statusFlags = StatusFlags(flags)  # tells subscribers; the flags themselves follow from what is set below
        if flag == "in-alarm":
            item.eventState = "offnormal" if on else "normal"
        elif flag == "fault":
            item.reliability = "no-sensor" if on else "no-fault-detected"
        elif flag == "overridden":
            item._is_overridden = on
        else:
            item.outOfService = on

    def set_alarm(self, label: str, state: str) -> None:
        """Put an object into an event state: "normal", "fault", "offnormal", "high-limit", "low-limit"."""
        self.set_flag(label, "in-alarm", state != "normal")
        self.object(label).eventState = state

    def set_override(self, label: str, priority: int, value: float | None) -> None:
        """Command an output at `priority` (1..16); None relinquishes it."""
        self._forced.add(label)
        item = self.object(label)
        item.priorityArray[priority - 1] = PriorityValue(null=()) if value is None else PriorityValue(real=value)

    def set_door(self, label: str, **states: str) -> None:
        """Put a door into a state, for example position="opened", alarm="forced-open"; also lock= and secured=."""
        item = self.object(label)
        for state, value in states.items():
            setattr(item, _DOOR[state], value)

    def set_log(self, label: str, entries: Sequence[Entry]) -> None:
        """Let the trend log of an object hold these records and no others."""
        self._kept[label] = entries

    def _logged(self) -> list[str]:
        """The objects that have a trend log: the supply air, and each zone's temperature."""
        return ["analog-input,1", *(f"analog-input,{ZONE + number}" for number in range(1, self.zones + 1))]

    def _entries(self, label: str) -> Sequence[Entry]:
        kept = self._kept.get(label)
        now, zones = self._clock.now_ms(), self.zones
        return recorded(lambda at: _measured(at, zones)[label], now, self._ahead_ms()) if kept is None else kept

    def _ahead_ms(self) -> int:
        return round(self.faults.clock_ahead * 1000)

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


@contextlib.asynccontextmanager
async def serve(
    address: str, instance: int, name: str, zones: int, clock: Clock, doors: int = 0
) -> AsyncIterator[Simulator]:
    """A running `Simulator` for the time of the block."""
    simulator = Simulator(address, instance, name, zones, clock, doors)
    await simulator.start()
    try:
        yield simulator
    finally:
        await simulator.stop()


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
    parser.add_argument("--doors", type=int, default=0, help="how many access doors it has")
    return parser.parse_args()


async def _serve_until_stopped(chosen: argparse.Namespace) -> None:
    clock = SystemClock()
    async with serve(chosen.address, chosen.instance, chosen.name, chosen.zones, clock, chosen.doors) as simulator:
        print(f"{chosen.name} answers at {simulator.address} as device {chosen.instance}", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Play the air handler until it is interrupted."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve_until_stopped(_arguments()))


if __name__ == "__main__":
    main()
