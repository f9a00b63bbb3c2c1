"""Modbus TCP, the two functions that read: 3 (holding registers) and 4 (input registers). There is no other in here.

Source: Modbus Application Protocol 1.1b3, Modbus Messaging on TCP/IP 1.0b. Not over pymodbus: that takes an answer with transaction 0
for any request, waits out the time on a foreign protocol, and has every function that writes. It is the peer in the tests.
"""

import asyncio
import os
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from protocols.address import Place
from protocols.errors import DeviceError

PORT = 502
_HEAD = struct.Struct(">HHHB")
_ASKED = struct.Struct(">HHHBBHH")
_EXCEPTIONS = {
    1: "does not know function {function}: this map is of another meter",
    4: "says that it has failed (exception 4): read its own display",
    5: "needs longer (exception 5)",
    6: "is busy with another controller (exception 6)",
    10: "is a gateway without a way to unit {unit} (exception 10): see its settings",
    11: "is a gateway that gets no answer from unit {unit} (exception 11): the meter is off, its wiring broken, or unit wrong",
}
_locks: WeakValueDictionary[Place, asyncio.Lock] = WeakValueDictionary()
"""Many meters and gateways accept one connection: those who ask the same one wait for each other."""


class Refused(DeviceError):  # noqa: N818  (a word of the protocol's own)
    """Exception 2 or 3: it has no such registers, or not in one piece."""


class Link:
    """An open connection; one request at a time. After any error but `Refused` it is of no more use."""

    def __init__(
        self, place: Place, streams: tuple[asyncio.StreamReader, asyncio.StreamWriter], timeout: float
    ) -> None:
        self.place = place
        self._reader, self._writer = streams
        self._timeout = timeout
        self._transaction = 0

    async def read(self, function: int, unit: int, start: int, count: int) -> tuple[int, ...]:
        """`count` registers (1 to 125) from `start`. Raises `Refused`, `DeviceError`."""
        if function not in (3, 4) or not 0 < count <= 125:
            raise ValueError(f"function {function}, {count} registers")
        self._transaction = self._transaction % 65535 + 1
        try:
            async with asyncio.timeout(self._timeout):
                self._writer.write(_ASKED.pack(self._transaction, 0, 6, unit, function, start, count))
                await self._writer.drain()
                answer = await self._answer(unit)
        except TimeoutError as error:
            raise DeviceError(
                f"{self.place} gave no complete answer within {self._timeout:g} s: is unit = {unit} right? is the meter on?"
            ) from error
        except (OSError, asyncio.IncompleteReadError) as error:
            raise DeviceError(
                f"{self.place} closed the connection; many meters serve one controller at a time"
            ) from error
        if len(answer) == 2 and answer[0] == function | 0x80:
            raise self._exception(answer[1], function, unit, start, count)
        if answer[0] != function or len(answer) != 2 + 2 * count or answer[1] != 2 * count:
            raise DeviceError(f"{self.place} answered something else than {count} registers: not a Modbus meter?")
        return struct.unpack(f">{count}H", answer[2:])

    async def _answer(self, unit: int) -> bytes:
        transaction, protocol, length, who = _HEAD.unpack(await self._reader.readexactly(_HEAD.size))
        if protocol != 0 or not 3 <= length <= 254:
            raise DeviceError(f"{self.place} answers, but does not speak Modbus TCP")
        body = await self._reader.readexactly(length - 1)
        if transaction != self._transaction or who != unit:
            raise DeviceError(
                f"{self.place} gave the answer to another request (unit {who}, transaction {transaction}): "
                "another controller is at it, or its gateway mixes them up"
            )
        return body

    def _exception(self, code: int, function: int, unit: int, start: int, count: int) -> DeviceError:
        if code in (2, 3):
            return Refused(f"{self.place} has no registers {start} to {start + count - 1}")
        says = _EXCEPTIONS.get(code, f"answers with exception {code}").format(function=function, unit=unit)
        return DeviceError(f"{self.place} {says}")


@asynccontextmanager
async def connected(place: Place, timeout: float) -> AsyncIterator[Link]:
    """A connection for the time of the block, the only one of ours to that place. Raises `DeviceError`."""
    lock = _locks.setdefault(place, asyncio.Lock())
    async with lock:
        try:
            async with asyncio.timeout(timeout):
                streams = await asyncio.open_connection(place.host, place.port, limit=4096)
        except TimeoutError as error:
            raise DeviceError(f"{place} does not answer within {timeout:g} s") from error
        except OSError as error:
            why = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
            raise DeviceError(f"{place} cannot be reached: {why}; is Modbus TCP on in its settings?") from error
        try:
            yield Link(place, streams, timeout)
        finally:
            streams[1].transport.abort()
