"""One OSDP bus: listens before it speaks, then asks each device on it in turn. It is the only master, or it is silent.

A bus has one control panel. What another master says, or what a device answers to it, ends this bus at once: two masters make
the doors fail.
"""

import asyncio
from contextlib import suppress
from typing import NamedTuple

from protocols.drivers.door.osdp.frame import Frame, Heard
from protocols.drivers.door.osdp.line import Line, Where, open_line
from protocols.drivers.door.osdp.reader import Reader
from protocols.errors import DeviceError

ANSWER_S = 0.2
"""Seconds a device may take to begin its answer (standard: 200 ms); the time on the wire comes on top."""
OVER_NETWORK_S = 0.3
"""Seconds more where a converter lies between."""
ROUND_S = 0.25
"""Seconds between two rounds of questions: an event is told within one; a device that hears nothing for 8 s drops out."""
NOISE = 16
"""Octets that are no frame, heard while listening, from which the line is in use: a master at another speed, or noise."""
CONNECT_S = 3.0
LEAST_COMMAND = 0x60


class OtherMasterError(DeviceError):
    """Somebody else speaks on this bus."""


class Settings(NamedTuple):
    """How a bus is driven; those who share a bus must agree."""

    where: Where
    listen: float


class Bus:
    """The line, its readers by address, and the task that asks them. `heard` counts noise and broken frames."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.readers: dict[int, Reader] = {}
        self.strangers: set[int] = set()
        """Addresses that answered without being asked for."""
        self.heard = Heard()
        self.silent = asyncio.Event()
        """Set once the line was found silent, or the bus has failed."""
        self._failure: DeviceError | None = None
        self._line: Line | None = None
        self._running: asyncio.Task[None] | None = None
        self._sent = b""

    def start(self) -> None:
        """Run, unless it does; after a failure it begins anew with listening."""
        if self._running is None or self._running.done():
            self._failure = None
            self.silent.clear()
            self._running = asyncio.create_task(self._run(), name=f"osdp {self.settings.where}")

    def failure(self) -> DeviceError | None:
        """Why it does not run; None while it does."""
        return self._failure

    async def stop(self) -> None:
        """End the task and give the line back."""
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def _run(self) -> None:
        line: Line | None = None
        try:
            line = self._line = await open_line(self.settings.where, CONNECT_S)
            await self._listen(line)
            self.silent.set()
            while True:
                for reader in list(self.readers.values()):
                    await reader.turn(self)
                await asyncio.sleep(ROUND_S)
        except DeviceError as error:
            self._failure = error
            for reader in self.readers.values():
                reader.lost(str(error))
        finally:
            self._line = None
            self.silent.set()
            if line is not None:
                await line.close()

    async def _listen(self, line: Line) -> None:
        """Hear nothing for the time in which any master must have spoken. Raises `OtherMasterError`."""
        self.heard = Heard()
        loop = asyncio.get_running_loop()
        until = loop.time() + self.settings.listen
        while (left := until - loop.time()) > 0:
            frames = self.heard.feed(await line.read(left))
            if frames:
                raise self._other(frames[0])
            if self.heard.noise > NOISE:
                raise OtherMasterError(
                    f"osdp {self.settings.where}: the line is not silent ({self.heard.noise} octets that are no OSDP at "
                    f"{self.settings.where.baud} baud): another panel at another speed, or noise; nothing was sent. Connect a bus of its own"
                )
        self.heard = Heard()

    async def exchange(self, request: bytes, address: int, sequence: int) -> Frame | None:
        """Send a request and wait for its answer; None: none came in time, or none that is whole.

        An adapter that hears itself gives the request back: it is skipped. Raises `OtherMasterError`, `DeviceError`.
        """
        line = self._line
        if line is None:
            raise DeviceError(f"osdp {self.settings.where}: the line is closed")
        self.heard.clear()
        self._sent = request
        await line.write(request)
        loop = asyncio.get_running_loop()
        until = loop.time() + self._patience(len(request))
        while (left := until - loop.time()) > 0:
            for frame in self.heard.feed(await line.read(left)):
                if (answer := self._judge(frame, address, sequence)) is not None:
                    return answer
        return None

    def _judge(self, frame: Frame, address: int, sequence: int) -> Frame | None:
        """The frame, when it is the answer. Raises `OtherMasterError` for a question that is not ours."""
        if not frame.reply:
            own, self._sent = Heard().feed(self._sent), b""
            if own and own[0] == frame:
                return None  # heard once; a second time it is somebody else's
            if not frame.crc and frame.code < LEAST_COMMAND:
                return None  # noise agrees with a checksum once in 256 times
            raise self._other(frame)
        if frame.address != address:
            self.strangers.add(frame.address)
            return None
        return frame if frame.sequence == sequence or frame.sequence == 0 else None

    def _patience(self, octets: int) -> float:
        """Seconds until an answer must be whole: both ways on the wire at 10 bits an octet, and the time to begin."""
        wire = 10 * (octets + 128) / self.settings.where.baud
        return ANSWER_S + wire + (OVER_NETWORK_S if self.settings.where.place else 0)

    def _other(self, frame: Frame) -> OtherMasterError:
        """The error for a frame that proves another master."""
        who = f"a device (address {frame.address}) answers it" if frame.reply else f"it asks address {frame.address}"
        return OtherMasterError(
            f"osdp {self.settings.where}: another control panel drives this bus: {who}. Nothing more is sent. A bus has one panel: "
            "read the doors from that panel (ONVIF, BACnet), or give this reader a bus of its own"
        )


_buses: dict[str, Bus] = {}


def join(settings: Settings, reader: Reader) -> Bus:
    """The bus of these settings, shared by all who name it, with the reader on it. Raises `DeviceError`: they disagree."""
    name = str(settings.where)
    bus = _buses.get(name)
    if bus is None:
        bus = _buses[name] = Bus(settings)
    if bus.settings != settings:
        raise DeviceError(
            f"osdp {name}: two devices on it differ in baud or listen; give both the same", permanent=True
        )
    if reader.address in bus.readers:
        raise DeviceError(f"osdp {name}: address {reader.address} is read by two devices; list it once", permanent=True)
    bus.readers[reader.address] = reader
    return bus


async def leave(bus: Bus, reader: Reader) -> None:
    """Take the reader off; the last one stops the bus."""
    if bus.readers.get(reader.address) is reader:
        del bus.readers[reader.address]
    if not bus.readers:
        if _buses.get(str(bus.settings.where)) is bus:
            del _buses[str(bus.settings.where)]
        await bus.stop()
