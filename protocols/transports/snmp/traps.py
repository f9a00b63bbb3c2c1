"""Hears what devices tell by themselves: traps and informs of versions 1, 2c and 3, at one UDP socket a port for all sessions.

A source address can be forged: a notification is a hint to look at the device now, and never itself a figure. The community
of a trap is not looked at (many devices send another one); of version 3 the user's signature is demanded.
"""

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from protocols.address import Place
from protocols.clock import Clock
from protocols.errors import DeviceError
from protocols.transports.snmp.notifications import Notification, Receiver, notification
from protocols.transports.snmp.options import TrapOptions, credential
from protocols.transports.stream.lookup import lookup

__all__ = ["Hearing", "Notification", "hear"]
MOST_WAITING = 100
"""Most notifications that wait for one session; beyond them the oldest are dropped."""


class Hearing:
    """What one device tells, from when it was opened until closed."""

    def __init__(self, port: "_Port", place: Place, hosts: set[str], receiver: Receiver) -> None:
        self.place, self.hosts, self.receiver = place, hosts, receiver
        self.dropped = 0
        self._port = port
        self._waiting: deque[Notification] = deque()
        self._ready = asyncio.Event()
        self._closed = False

    def told(self, what: Notification) -> None:
        """Keep it for whoever iterates."""
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append(what)
        self._ready.set()

    def forget(self) -> None:
        """Drop what waits: it is known already what they would say."""
        self._waiting.clear()

    async def __aiter__(self) -> AsyncIterator[Notification]:
        while not self._closed:
            await self._ready.wait()
            while self._waiting and not self._closed:
                yield self._waiting.popleft()
            if not self._closed:
                self._ready.clear()

    async def close(self) -> None:
        """Hear no more; iteration ends. Safe to call twice."""
        if not self._closed:
            self._closed = True
            self._ready.set()
            self._port.leave(self)


class _Port(asyncio.DatagramProtocol):
    """One socket and who listens there. What comes from nobody's address is dropped unread."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.hearings: list[Hearing] = []
        self.is_closed = False
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def error_received(self, exc: Exception) -> None:
        """An acknowledgement that could not be sent: the device will ask again."""

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        source = Place(plain(str(addr[0])), int(addr[1]))
        at_host = [hearing for hearing in self.hearings if source.host in hearing.hosts]
        concerned = [hearing for hearing in at_host if hearing.place.port == source.port] or at_host
        acknowledged = False
        for hearing in concerned:
            what, answer = hearing.receiver.receive(data)
            if answer is not None and not acknowledged:
                acknowledged = True
                self._transport.sendto(answer, addr)
            if what is not None:
                hearing.told(notification(source, what))

    async def open(self) -> None:
        """Bind the port, for IPv6 too where there is such a thing. Raises `DeviceError`."""
        try:
            self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: self, sock=_socket(self.number)
            )
        except OSError as error:
            right = "; ports below 1024 need the right to bind them" if isinstance(error, PermissionError) else ""
            raise DeviceError(
                f"traps: UDP port {self.number} cannot be opened: {error.strerror}{right}: choose another trap_port, "
                "and name it on the devices"
            ) from error

    def leave(self, hearing: Hearing) -> None:
        """The last one closes the socket."""
        self.hearings.remove(hearing)
        if not self.hearings:
            self.is_closed = True
            _PORTS.pop((asyncio.get_running_loop(), self.number), None)
            self._transport.close()


_PORTS: dict[tuple[asyncio.AbstractEventLoop, int], "asyncio.Task[_Port]"] = {}


def _socket(port: int) -> socket.socket:
    with contextlib.suppress(OSError):
        sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        try:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            sock.setblocking(False)
            sock.bind(("::", port))
        except OSError:
            sock.close()
            raise
        return sock
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.bind(("0.0.0.0", port))  # noqa: S104 (a trap may come from any of the building's networks)
    except OSError:
        sock.close()
        raise
    return sock


def plain(host: str) -> str:
    """An address without its zone, and an IPv4 address that came over IPv6 as what it is."""
    return host.partition("%")[0].removeprefix("::ffff:")


async def hear(place: Place, options: TrapOptions, clock: Clock, where: str) -> Hearing:
    """What the device at `place` tells at `options.trap_port`.

    Where several sessions listen for one address, the one whose port it was sent from is told, else all of them.
    Raises `OptionError` for a credential file, `DeviceError` for a port that cannot be opened or a name that leads nowhere.
    """
    user = credential(options, where).user
    try:
        found = await lookup(place)
    except DeviceError as error:
        raise DeviceError(f"traps: the name or address leads nowhere: {error}") from error
    port = await _port(options.trap_port)
    while port.is_closed:  # its last session left while this one came
        port = await _port(options.trap_port)
    receiver = Receiver(options.version, user, clock)
    hearing = Hearing(port, place, {plain(str(each.address[0])) for each in found}, receiver)
    port.hearings.append(hearing)
    return hearing


async def _port(number: int) -> _Port:
    key = (asyncio.get_running_loop(), number)
    for old in [each for each in _PORTS if each[0].is_closed()]:
        del _PORTS[old]
    if key not in _PORTS:
        _PORTS[key] = asyncio.create_task(_opened(number))
    try:
        return await asyncio.shield(_PORTS[key])
    except DeviceError:
        _PORTS.pop(key, None)
        raise


async def _opened(number: int) -> _Port:
    port = _Port(number)
    await port.open()
    return port
