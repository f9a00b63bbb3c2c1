"""One OSDP device, open for reading: every state asked anew in each poll, and told at once when it changes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from protocols.driver import DeviceEvent, Reading, Sample
from protocols.drivers.door.osdp.bus import Bus, Settings, join, leave
from protocols.drivers.door.osdp.decode import Wiring, attributes, samples
from protocols.drivers.door.osdp.reader import NO_ANSWER, Identity, Reader
from protocols.errors import DeviceError

ROUNDS_S = 3.0
"""Seconds in which a device that is on line tells all its states."""
SOON_S = 1.2
"""Seconds of that just after listening, so that the two together stay below the 10 s that a poll may take at least."""


class OsdpSession:
    """A reader on a bus that others may share. Nothing is sent before the first poll."""

    def __init__(self, settings: Settings, address: int, key: bytes | None, wiring: Wiring) -> None:
        self._settings, self._wiring = settings, wiring
        self._name = f"osdp {settings.where} address {address}"
        self._changed = asyncio.Event()
        self._version = 0
        self._reader = Reader(address, key, self._tell)
        self._bus: Bus | None = None
        self._told: Identity | None = None
        self._tampered: bool | None = None
        """As told last; None: never."""

    async def poll(self) -> Reading:
        """One complete reading. Raises `DeviceError` when the bus or the device does not answer, or another master is heard."""
        bus = self._bus = self._bus or join(self._settings, self._reader)
        bus.start()
        patience = ROUNDS_S if bus.silent.is_set() else SOON_S
        await bus.silent.wait()
        reader = self._reader
        reader.ask()
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._until(lambda: not reader.asking() or reader.certain or bus.failure() is not None)
        if (failure := bus.failure()) is not None:
            raise DeviceError(str(failure), permanent=failure.permanent) from failure
        if reader.asking():
            raise DeviceError(f"{self._name}: {self._why(bus)}")
        reading = self._reading()
        identity = self._reader.identity
        if identity is not None and identity != self._told:
            self._told, reading.attributes = identity, {**attributes(identity), "protocol": "osdp"}
        return reading

    async def push(self) -> AsyncIterator[Reading]:
        """What changed, as it is told, until closed; nothing while the device is off line: the polls say so."""
        seen = self._version
        while True:
            while self._version == seen:
                await self._changed.wait()
            seen = self._version
            if self._reader.online:
                yield self._reading()

    async def close(self) -> None:
        """Leave the bus; the last one gives the line back. Safe to call twice."""
        bus, self._bus = self._bus, None
        if bus is not None:
            await leave(bus, self._reader)

    def _reading(self) -> Reading:
        label, reader = self._wiring.label, self._reader
        own = [
            Sample("door.events", label, float(reader.presented)),
            Sample("door.encryption", label, 1.0 if reader.secure else 0.0),
        ]
        found = samples(reader.states, self._wiring)
        tampered = next((sample.value == 1 for sample in found if sample.metric == "door.tamper"), self._tampered)
        begun = tampered is True and self._tampered is False
        self._tampered = tampered
        events = [DeviceEvent("door.tampered", "major", {"door": label})] if begun else []
        return Reading(samples=found + own, events=events)

    def _why(self, bus: Bus) -> str:
        """Why there is no answer, as far as the line told."""
        reason, others = self._reader.reason, sorted(bus.strangers)
        if self._reader.identity is None and reason == NO_ANSWER:
            if others:
                return f"no answer; address {', '.join(map(str, others[:8]))} answers on this bus: is its address set right?"
            if bus.heard.broken or bus.heard.noise:
                return f"no whole answer ({bus.heard.noise} stray octets, {bus.heard.broken} wrong checks): is baud right, and A and B not swapped?"
            return "no answer: is it powered, are A and B connected, and are address and baud those of the reader?"
        return reason

    def _tell(self) -> None:
        self._version += 1
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _until(self, done: Callable[[], bool]) -> None:
        while not done():
            await self._changed.wait()
