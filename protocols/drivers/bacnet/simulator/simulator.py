"""The simulated air handler as it runs: bound to its port, stepping with the clock, stopped.

Tests and `firstbell up --school` start it in their own process with `Simulator` or `serve`.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

from bacpypes3.ipv4.link import NormalLinkLayer
from bacpypes3.pdu import IPv4Address
from bacpypes3.primitivedata import ObjectIdentifier

from protocols.clock import Clock, SystemClock
from protocols.drivers.bacnet.network import bind_socket
from protocols.drivers.bacnet.simulator.controller import Controller, Faults
from protocols.drivers.bacnet.simulator.forcing import Forcing, show
from protocols.drivers.bacnet.simulator.measured import logged, measured
from protocols.drivers.bacnet.simulator.objects import access_doors, air_handler_objects
from protocols.drivers.bacnet.simulator.trend_log import Device, Entry, recorded, trend_log

STEP = 5.0
"""Seconds between two steps of the simulated measurements."""


class Simulator:
    """One air handler at `address` ("127.0.0.1:47900"), device `instance`, with `zones` zones and `doors` access doors.

    With doors and no zones it is a controller of doors alone.

    `faults` and `force` may be used at any time: how it answers, and what its objects say.
    """

    def __init__(
        self, address: str, instance: int, name: str, zones: int, clock: Clock | None = None, doors: int = 0
    ) -> None:
        self.doors = doors
        self._is_plant = zones > 0 or doors == 0
        self.address, self.instance, self.name, self.zones = address, instance, name, zones
        self.faults = Faults()
        self.force = Forcing(self.object)
        self._clock = clock or SystemClock()
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
        plant = air_handler_objects(self.name, self.zones) if self._is_plant else []
        for item in (*plant, *access_doors(self.name, self.doors)):
            self._application.add_object(item)
        for number, label in enumerate(logged(self.zones) if self._is_plant else [], 1):
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

    @property
    def unanswered(self) -> int:
        """Requests that it met with silence, as its faults say."""
        return int(self._application.unanswered)

    def object(self, label: str) -> Any:
        """The bacpypes3 object called e.g. "analog-input,1"."""
        return self._application.get_object_id(ObjectIdentifier(label))

    def step(self) -> None:
        """Bring every object that is not forced to the clock's moment."""
        now = measured(self._clock.now_ms(), self.zones) if self._is_plant else {}
        for label, value in now.items():
            if label not in self.force.held:
                show(self.object(label), label, value)

    def _entries(self, label: str) -> Sequence[Entry]:
        forced = self.force.logs.get(label)
        if forced is not None:
            return forced
        return recorded(lambda at: measured(at, self.zones)[label], self._clock.now_ms(), self._ahead_ms())

    def _ahead_ms(self) -> int:
        return round(self.faults.clock_ahead * 1000)

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
