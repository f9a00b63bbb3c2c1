"""Displays that answer PJLink's search: a class 2 broadcast (`%2SRCH`) at UDP 4352; class 1 has none."""

import asyncio
import contextlib
import importlib
import ipaddress
import re
import socket
from collections.abc import AsyncIterator

from protocols.address import Place
from protocols.clock import Clock
from protocols.driver import Found
from protocols.drivers.display.client import PORT
from protocols.drivers.display.options import DisplayOptions
from protocols.drivers.display.session import DisplaySession
from protocols.errors import DeviceError, OptionError

SEARCH = b"%2SRCH\r"
PATIENCE = 3.0
"""Seconds to wait for answers."""
MOST = 1000
_ACKNOWLEDGED = re.compile(rb"%2ACKN=((?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2})\s*\r?")
_SIOCGIFBRDADDR = 0x8919


async def discover(network: str | None, clock: Clock) -> AsyncIterator[Found]:
    """Each display that answers, with what it tells without a password.

    `network`: None for the local networks, "10.1.2.0/24" (its broadcast address is asked) or "10.1.2.3[:port]" for one.
    Raises `OptionError` for anything else.
    """
    targets = _targets(network)
    heard: dict[tuple[str, int], str] = {}
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Ear(heard), sock=_socket())
    try:
        for target in targets:
            with contextlib.suppress(OSError):  # a network that is down: the others are asked all the same
                transport.sendto(SEARCH, target)
        await clock.sleep(PATIENCE)
    finally:
        transport.close()
    for (host, port), mac in sorted(heard.items()):
        yield await _describe(Place(host, port), mac)


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, heard: dict[tuple[str, int], str]) -> None:
        self.heard = heard

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        found = _ACKNOWLEDGED.fullmatch(data)
        if found and len(self.heard) < MOST:
            self.heard[addr[:2]] = found[1].decode().lower().replace("-", ":")


def _targets(network: str | None) -> list[tuple[str, int]]:
    if network is None:
        return [(each, PORT) for each in _local_broadcasts()]
    host, _, port = network.partition(":")
    try:
        return [(str(ipaddress.IPv4Network(host, strict=False).broadcast_address), int(port or PORT))]
    except ValueError as error:
        raise OptionError(f"network: {network!r}: write a network (10.1.2.0/24) or a display (10.1.2.3)") from error


def _local_broadcasts() -> list[str]:
    """The broadcast address of each network this machine is in (netdevice(7))."""
    found: list[str] = []
    with contextlib.suppress(ImportError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        ioctl = importlib.import_module("fcntl").ioctl  # not on Windows
        for _, name in socket.if_nameindex():
            with contextlib.suppress(OSError):
                told = ioctl(probe, _SIOCGIFBRDADDR, name.encode()[:15].ljust(40, b"\0"))
                found.append(socket.inet_ntoa(told[20:24]))
    return [each for each in dict.fromkeys(found) if each != "0.0.0.0"] or ["255.255.255.255"]  # noqa: S104


def _socket() -> socket.socket:
    """Bound to 4352 where it is free: some displays answer to that port whatever port asked."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    sock.setblocking(False)
    try:
        sock.bind(("", PORT))
    except OSError:
        sock.bind(("", 0))
    return sock


async def _describe(place: Place, mac: str) -> Found:
    address = place.host if place.port == PORT else str(place)
    try:
        attributes = (await DisplaySession(place, None, DisplayOptions()).poll()).attributes
    except DeviceError as error:
        return Found("display", address, None, {}, {"mac": mac, "error": str(error)[:200]})
    name = attributes.get("name")
    return Found("display", address, str(name) if name else None, {}, attributes | {"mac": mac})
