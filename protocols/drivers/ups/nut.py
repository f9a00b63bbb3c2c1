"""Asks a NUT server (upsd) over TCP: LIST UPS, LIST VAR and GET VAR, and can say nothing else (RFC 9271).

aionut reads ASCII alone and offers INSTCMD; this reads whatever bytes come, bounded, and has no way to command.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

from protocols.address import Place
from protocols.errors import DeviceError
from protocols.transports.stream.lookup import lookup

MOST_LINE = 4096
MOST_LINES = 2000
REFUSALS = {
    "ACCESS-DENIED": "allow this agent's address in upsd.conf and its firewall",
    "UNKNOWN-UPS": "correct the name behind the slash; `upsc -l` shows the names",
    "DATA-STALE": "the server has lost the UPS: look at its cable and at the NUT driver",
    "DRIVER-NOT-CONNECTED": "the server's driver for this UPS does not run: upsdrvctl start",
    "TLS-REQUIRED": "the server demands TLS: allow reading without it",
}
"""What the server's errors mean to a person (RFC 9271 section 7.3)."""

T = TypeVar("T")


class NutServer:
    """One connection, opened when needed and closed after an error. Everything that goes wrong is `DeviceError`."""

    def __init__(self, place: Place, timeout: float) -> None:
        self.place, self.timeout = place, timeout
        self._stream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._turn = asyncio.Lock()

    async def names(self) -> list[str]:
        """The UPSs that the server knows."""
        return [words[1] for words in await self._list("UPS") if len(words) >= 2]

    async def variables(self, name: str) -> dict[str, str]:
        """Everything that the server knows of this UPS."""
        return {words[2]: words[3] for words in await self._list(f"VAR {name}") if len(words) == 4}

    async def variable(self, name: str, variable: str) -> str:
        """One variable of this UPS."""
        asked = f"VAR {name} {variable}"
        return await self._ask(f"GET {asked}", lambda reader: self._single(reader, asked))

    async def _list(self, what: str) -> list[list[str]]:
        return await self._ask(f"LIST {what}", lambda reader: self._rows(reader, what))

    async def _ask(self, question: str, answer: Callable[[asyncio.StreamReader], Awaitable[T]]) -> T:
        async with self._turn:
            try:
                async with asyncio.timeout(self.timeout):
                    reader, writer = await self._open()
                    writer.write(f"{question}\n".encode())
                    await writer.drain()
                    return await answer(reader)
            except TimeoutError as error:
                self._drop()
                raise DeviceError(f"nut {self.place}: no complete answer within {self.timeout:g} s") from error
            except ConnectionRefusedError as error:
                self._drop()
                raise DeviceError(
                    f"nut {self.place}: nothing listens there: does upsd run, and does it LISTEN on that address (upsd.conf)?"
                ) from error
            except (OSError, ValueError, asyncio.IncompleteReadError) as error:
                self._drop()
                reason = getattr(error, "strerror", None) or error
                raise DeviceError(f"nut {self.place}: the connection failed or makes no sense: {reason}") from error
            except (DeviceError, asyncio.CancelledError):
                self._drop()
                raise

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._stream is None or self._stream[1].is_closing() or self._stream[0].at_eof():
            self._drop()
            self._stream = await self._connected()
        return self._stream

    async def _single(self, reader: asyncio.StreamReader, what: str) -> str:
        line = await self._line(reader)
        if line.startswith("ERR"):
            raise self._refusal(line, what)
        found = words(line)
        if found[:3] != what.split() or len(found) != 4:
            raise DeviceError(f"nut {self.place}: asked for {what[:80]}, it says {line[:60]!r}")
        return found[3]

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        failures: list[OSError] = []
        for endpoint in await lookup(self.place):
            host, port = str(endpoint.address[0]), self.place.port
            try:
                return await asyncio.open_connection(host, port, limit=MOST_LINE)
            except OSError as error:
                failures.append(error)
        raise failures[0]

    async def _rows(self, reader: asyncio.StreamReader, what: str) -> list[list[str]]:
        first = await self._line(reader)
        if first.startswith("ERR"):
            raise self._refusal(first, what)
        if first != f"BEGIN LIST {what}":
            raise DeviceError(f"nut {self.place}: this is no NUT server: it begins with {first[:60]!r}")
        rows: list[list[str]] = []
        while len(rows) < MOST_LINES:
            line = await self._line(reader)
            if line == f"END LIST {what}":
                return rows
            rows.append(words(line))
        raise DeviceError(f"nut {self.place}: more than {MOST_LINES} lines of {what}: no UPS has that")

    async def _line(self, reader: asyncio.StreamReader) -> str:
        raw = await reader.readline()
        if not raw.endswith(b"\n"):
            raise DeviceError(f"nut {self.place}: it closed the connection")
        return raw.decode("utf-8", "replace").strip("\r\n ")

    def _refusal(self, line: str, what: str) -> DeviceError:
        code = line.split()[1] if len(line.split()) > 1 else "?"
        return DeviceError(
            f"nut {self.place}: answers {code[:40]!r} to {what[:80]!r}: {REFUSALS.get(code, 'see the log of upsd')}"
        )

    def _drop(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream[1].close()

    async def close(self) -> None:
        """End the connection; safe to call twice."""
        stream = self._stream
        self._drop()
        if stream is not None:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await stream[1].wait_closed()


def words(line: str) -> list[str]:
    """The words of a line; one in quotes may hold spaces, and a backslash makes the next sign plain."""
    found: list[str] = []
    current, quoted, open_word = [], False, False
    signs = iter(line)
    for sign in signs:
        if sign == "\\":
            current.append(next(signs, ""))
        elif sign == '"':
            quoted, open_word = not quoted, True
        elif sign == " " and not quoted:
            if current or open_word:
                found.append("".join(current))
            current, open_word = [], False
        else:
            current.append(sign)
    if current or open_word:
        found.append("".join(current))
    return found
