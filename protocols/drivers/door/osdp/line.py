"""The line to an OSDP bus: a serial port, or a serial-to-Ethernet converter over TCP. Octets in and out, bounded."""

import asyncio
import os
from contextlib import suppress
from typing import NamedTuple, Protocol

from protocols.address import Place
from protocols.errors import DeviceError

LIMIT = 4096
"""Octets that wait to be read; the kernel holds back the rest."""


class Where(NamedTuple):
    """A bus: a serial port's path or a converter's place, and the speed (which over TCP is the converter's own)."""

    path: str | None
    place: Place | None
    baud: int

    def __str__(self) -> str:
        return self.path or str(self.place)


class Line(Protocol):
    """An open line."""

    async def read(self, seconds: float) -> bytes:
        """What has come, at most `LIMIT` octets; b"" when nothing came within `seconds`. Raises `DeviceError`."""

    async def write(self, octets: bytes) -> None:
        """Send. Raises `DeviceError`."""

    async def close(self) -> None:
        """Give it back; safe to call twice."""


async def open_line(where: Where, timeout: float) -> Line:
    """Open the line. Raises `DeviceError`: no such port, in use, or nobody answers."""
    return await _tcp(where, timeout) if where.place is not None else await _serial(where)


class _Stream:
    """A line over an asyncio reader and something that takes octets."""

    def __init__(self, where: Where, reader: asyncio.StreamReader) -> None:
        self._where, self._reader = where, reader

    async def read(self, seconds: float) -> bytes:
        try:
            async with asyncio.timeout(seconds):
                octets = await self._reader.read(LIMIT)
        except TimeoutError:
            return b""
        except OSError as error:
            raise DeviceError(f"{self._where}: {error.strerror or error}") from error
        if not octets:
            raise DeviceError(f"{self._where}: the line was closed; is the adapter or converter still there?")
        return octets


class _Tcp(_Stream):
    def __init__(
        self, where: Where, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, timeout: float
    ) -> None:
        super().__init__(where, reader)
        self._writer, self._timeout = writer, timeout

    async def write(self, octets: bytes) -> None:
        try:
            self._writer.write(octets)
            async with asyncio.timeout(self._timeout):
                await self._writer.drain()
        except (OSError, TimeoutError) as error:
            raise DeviceError(f"{self._where}: the converter takes no more: {error or 'no answer'}") from error

    async def close(self) -> None:
        self._writer.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(1):
                await self._writer.wait_closed()


class _Serial(_Stream):
    def __init__(self, where: Where, reader: asyncio.StreamReader, transport: asyncio.ReadTransport, port: int) -> None:
        super().__init__(where, reader)
        self._transport, self._port = transport, port

    async def write(self, octets: bytes) -> None:
        try:
            sent = os.write(self._port, octets)
        except OSError as error:
            raise DeviceError(f"{self._where}: {error.strerror}; is the adapter still plugged in?") from error
        if sent < len(octets):
            raise DeviceError(f"{self._where}: the port takes no more")

    async def close(self) -> None:
        if not self._transport.is_closing():
            self._transport.close()
            await asyncio.sleep(0)  # the transport gives the port back in the loop's next round


async def _tcp(where: Where, timeout: float) -> Line:
    place = where.place
    if place is None:
        raise TypeError("a line over TCP has a place")
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await asyncio.open_connection(place.host, place.port, limit=LIMIT)
    except TimeoutError as error:
        raise DeviceError(
            f"{where}: no answer within {timeout:g} s; is the converter on, and is this its TCP port?"
        ) from error
    except OSError as error:
        raise DeviceError(
            f"{where}: {error.strerror or error}; is the converter on, and is this its TCP port?"
        ) from error
    return _Tcp(where, reader, writer, timeout)


async def _serial(where: Where) -> Line:
    import termios  # here, because Windows has none: there a bus is reached over TCP

    path = where.path or ""
    try:
        port = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError as error:
        fix = (
            "add the agent's user to the group dialout"
            if isinstance(error, PermissionError)
            else "is the adapter plugged in?"
        )
        raise DeviceError(f"{path}: cannot be opened: {error.strerror}; {fix}") from error
    file = os.fdopen(port, "rb", buffering=0)
    try:
        _configure(port, where.baud)
        reader = asyncio.StreamReader(limit=LIMIT)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), file
        )
    except (OSError, ValueError, termios.error) as error:
        file.close()
        raise DeviceError(f"{path}: is no serial port, or another program has it: {error}") from error
    return _Serial(where, reader, transport, port)


def _configure(port: int, baud: int) -> None:
    """8 data bits, no parity, one stop bit, nothing interpreted; and nobody else on this machine may open it."""
    import fcntl
    import termios

    fcntl.flock(port, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.ioctl(port, termios.TIOCEXCL)
    attributes = termios.tcgetattr(port)
    control = attributes[2] & ~(termios.CSIZE | termios.PARENB | termios.CSTOPB | termios.CRTSCTS)
    characters = list(attributes[6])
    characters[termios.VMIN], characters[termios.VTIME] = 1, 0
    speed = getattr(termios, f"B{baud}")
    wanted = [0, 0, control | termios.CS8 | termios.CREAD | termios.CLOCAL, 0, speed, speed, characters]
    termios.tcsetattr(port, termios.TCSANOW, wanted)
    termios.tcflush(port, termios.TCIOFLUSH)
