"""One PJLink connection: signs in, asks, closes. Bounded in time and in the length of a line; it can only ask.

Source of the protocol: PJLink Specifications class 1 and class 2 of JBMIA. Not over aiopjlink: that leaves its socket open
when signing in fails, takes lines of 64 KiB, dies of a name that is not UTF-8, and has methods that switch a display off.
"""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from protocols.address import Place
from protocols.errors import DeviceError
from protocols.secret import Secret

PORT = 4352
MOST_LINE = 1024
"""Bytes of a line; the standard has 136."""


class Link:
    """An open connection. One question at a time; after an error it is of no more use."""

    def __init__(
        self, place: Place, streams: tuple[asyncio.StreamReader, asyncio.StreamWriter], timeout: float
    ) -> None:
        self.place = place
        self._reader, self._writer = streams
        self._timeout = timeout
        self._digest = b""

    async def greet(self, password: Secret | None) -> None:
        """Hear what the display says first; the first question will carry the password's digest. Raises `DeviceError`."""
        line = await self._line()
        kind = line[7:8]
        if line[:7].upper() != "PJLINK " or kind not in ("0", "1"):
            refused = line.upper().startswith("PJLINK ERR")
            what = "refuses the connection" if refused else "is no PJLink display"
            raise DeviceError(
                f"{self.place} answers but {what}: it says {line[:40]!r}; see PJLink in its network settings"
            )
        if kind == "0":
            return
        if password is None:
            raise DeviceError(f"{self.place} answers but wants a password: set password_file to a file that holds it")
        self._digest = hashlib.md5((line[9:] + password.reveal()).encode(), usedforsecurity=False).hexdigest().encode()

    async def ask(self, command: str, level: int = 1) -> str:
        """The display's answer to one query of class `level`: its parameter, or ERR1 to ERR4. Raises `DeviceError`."""
        digest, self._digest = self._digest, b""
        try:
            self._writer.write(digest + f"%{level}{command} ?\r".encode())
            await self._writer.drain()
        except OSError as error:
            raise DeviceError(f"{self.place} closed the connection before it was asked {command}") from error
        line = await self._line()
        if line.upper().startswith("PJLINK ERRA"):
            raise DeviceError(f"{self.place} answers but refuses the password: set password_file to the display's own")
        # Some answer a class 2 question with a class 1 head.
        if line[:2] not in ("%1", "%2") or line[2:6].upper() != command or line[6:7] != "=":
            raise DeviceError(f"{self.place} answered {line[:40]!r} when asked {command}: not PJLink")
        return line[7:]

    async def _line(self) -> str:
        try:
            async with asyncio.timeout(self._timeout):
                raw = await self._reader.readuntil(b"\r")
        except TimeoutError as error:
            raise DeviceError(f"{self.place} gave no complete answer within {self._timeout:g} s") from error
        except asyncio.LimitOverrunError as error:
            raise DeviceError(f"{self.place} answers with a line of more than {MOST_LINE} bytes: not PJLink") from error
        except (asyncio.IncompleteReadError, OSError) as error:
            raise DeviceError(
                f"{self.place} closed the connection; many displays serve one controller at a time"
            ) from error
        return _text(raw[:-1].lstrip(b"\n"))


def _text(raw: bytes) -> str:
    """UTF-8 as class 2 has it, else Latin-1, which never fails."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


@asynccontextmanager
async def connected(place: Place, password: Secret | None, timeout: float) -> AsyncIterator[Link]:
    """A connection that has been greeted, closed at the end whatever happens. Raises `DeviceError`."""
    try:
        async with asyncio.timeout(timeout):
            streams = await asyncio.open_connection(place.host, place.port, limit=MOST_LINE)
    except TimeoutError as error:
        raise DeviceError(
            f"{place} does not answer within {timeout:g} s; in standby only with network standby on"
        ) from error
    except OSError as error:
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise DeviceError(f"{place} cannot be reached: {why}; is PJLink on in its network settings?") from error
    try:
        link = Link(place, streams, timeout)
        await link.greet(password)
        yield link
    finally:
        streams[1].transport.abort()  # nothing of ours is on its way that the display would miss
