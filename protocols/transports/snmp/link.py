"""One UDP socket to one device: a datagram out, the one answer to it in. Waits no longer than it is told to."""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import TypeVar

from protocols.address import Place
from protocols.errors import DeviceError
from protocols.transports.stream.lookup import Endpoint, lookup

MOST_NONSENSE = 64
"""Most datagrams that are looked at for one answer; a device that sends more is not listened to."""

LOOKUP_S = 10.0
"""Seconds that a name may take."""

T = TypeVar("T")


class Unanswered(DeviceError):  # noqa: N818
    """Nothing came in time, or nothing that makes sense."""


class NotMine(Exception):  # noqa: N818
    """A datagram that is not the answer waited for; says what was wrong with it."""


class _Inbox(asyncio.DatagramProtocol):
    """Keeps what comes while somebody waits; a flood at any other time costs nothing."""

    def __init__(self) -> None:
        self.waiting: asyncio.Future[bytes] | None = None
        self.kept: list[bytes] = []

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self.waiting is None:
            return
        if not self.waiting.done():
            self.waiting.set_result(data)
        elif len(self.kept) < MOST_NONSENSE:
            self.kept.append(data)

    def error_received(self, exc: Exception) -> None:
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_exception(exc)


class Link:
    """Opened by the first exchange, and again after one that failed: the name may mean another address by then.

    Of a name's several addresses one that has not answered gives its place to the next.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self._inbox = _Inbox()
        self._transport: asyncio.DatagramTransport | None = None
        self._has_answered = False
        self._address = 0

    async def exchange(self, request: bytes, understand: Callable[[bytes], T], timeout: float) -> T:
        """Sends and gives what `understand` makes of the answer; it raises `NotMine` for a datagram that is none.

        Raises `Unanswered`, or `DeviceError` when the device cannot be reached at all.
        """
        transport = await self._open()
        wrong = ""
        try:
            async with asyncio.timeout(timeout):
                self._inbox.kept = []
                self._inbox.waiting = asyncio.get_running_loop().create_future()
                transport.sendto(request)
                for _ in range(MOST_NONSENSE):
                    data = await self._next()
                    try:
                        answer = understand(data)
                    except NotMine as nonsense:
                        wrong = str(nonsense)
                    else:
                        self._has_answered = True
                        return answer
            raise Unanswered(f"snmp {self.place}: it sends a flood of datagrams that are no answer ({wrong})")
        except TimeoutError:
            if wrong:
                raise Unanswered(f"snmp {self.place}: its answer makes no sense ({wrong})") from None
            raise Unanswered("") from None
        except ConnectionRefusedError as error:
            raise DeviceError(
                f"snmp {self.place}: the device is there and nothing listens at UDP port {self.place.port}: "
                "switch SNMP on in its settings"
            ) from error
        except OSError as error:
            raise DeviceError(f"snmp {self.place}: cannot be reached: {error.strerror or error}") from error
        finally:
            self._inbox.waiting = None

    async def _next(self) -> bytes:
        if self._inbox.kept:
            return self._inbox.kept.pop(0)
        waiting = self._inbox.waiting
        assert waiting is not None
        data = await waiting
        self._inbox.waiting = asyncio.get_running_loop().create_future()
        return data

    async def _open(self) -> asyncio.DatagramTransport:
        if self._transport is None:
            sock = await self._connected()
            self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: self._inbox, sock=sock
            )
        return self._transport

    async def _connected(self) -> socket.socket:
        try:
            async with asyncio.timeout(LOOKUP_S):
                found = await lookup(self.place)
        except (DeviceError, TimeoutError) as error:
            why = str(error) or f"no resolver answers within {LOOKUP_S:g} s"
            raise DeviceError(f"snmp {self.place}: the name or address leads nowhere: {why}") from error
        first = self._address % len(found)
        failure: OSError | None = None
        for endpoint in found[first:] + found[:first]:
            try:
                return _socket(endpoint)
            except OSError as error:  # this machine has no way there, as with IPv6 in a network without
                failure = failure or error
        raise DeviceError(
            f"snmp {self.place}: the name or address leads nowhere: {failure and failure.strerror}"
        ) from failure

    def failed(self) -> None:
        """Begin anew: with the next address, where this one never answered."""
        if not self._has_answered:
            self._address += 1
        self._has_answered = False
        self.close()

    def close(self) -> None:
        """Give the socket back; the next exchange opens another."""
        transport, self._transport = self._transport, None
        if transport is not None:
            with contextlib.suppress(OSError):
                transport.close()


def _socket(endpoint: Endpoint) -> socket.socket:
    """One that hears this address alone."""
    sock = socket.socket(endpoint.family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.connect(endpoint.address)
    except OSError:
        sock.close()
        raise
    return sock
